"""What attributions share: the image, the score of a class, and its gradient.

A score is a logit, the number before softmax: after it, a class also gains by what speaks
against the others.

Axes: N batch, C channels, H height, W width, K classes.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from convscope.errors import InputError
from convscope.network import Network
from convscope.network.backward_rules import Passed, Rule, backward_rule
from convscope.network.hooks import still
from convscope.visuals.subject import output_of

BATCH = 16  # images that go through the network together, where a method needs many


class Score(NamedTuple):
    """One class's score for an image, and the signal that came back to the pixels."""

    target: int
    value: float
    gradient_NCHW: Tensor
    passed: Passed


def score_gradient(
    network: nn.Module, image_NCHW: Tensor, *, target: int | None = None, rule: Rule = "plain"
) -> Score:
    """One forward pass, and one back to the pixels by a rule for rectifiers.

    Args:
        target: the class; None means the one with the highest score.

    Raises:
        InputError: an image, class or network that does not fit, numbers that are not finite;
            under a rule other than "plain", rectifiers that cannot be told.
    """
    with still(network):
        leaf_NCHW = prepared(network, image_NCHW).requires_grad_()
        logits_NK = answered(network, leaf_NCHW)
        index = chosen(logits_NK, target)
        with backward_rule(logits_NK, rule) as passed:
            gradient_NCHW = gradient_of(logit_of(logits_NK, index)[0], leaf_NCHW)
    return Score(index, float(logits_NK[0, index].detach()), gradient_NCHW, passed)


def prepared(network: nn.Module, image_NCHW: Tensor) -> Tensor:
    """A copy of the image, of which gradients can be asked, where the network's numbers are.

    Raises:
        InputError: not one image, not prepared, not finite, or of another size.
    """
    return _copied(network, image_NCHW, most=1)


def prepared_batch(network: nn.Module, images_NCHW: Tensor) -> Tensor:
    """As `prepared`, for any number of images."""
    return _copied(network, images_NCHW, most=None)


def _copied(network: nn.Module, images_NCHW: Tensor, *, most: int | None) -> Tensor:
    wanted = "(1, C, H, W): one image" if most == 1 else "(N, C, H, W)"
    if not isinstance(images_NCHW, Tensor):
        raise InputError(f"an image of type {type(images_NCHW).__name__}", expected="a tensor")
    shape = tuple(images_NCHW.shape)
    if images_NCHW.ndim != 4 or 0 in shape or (most == 1 and shape[0] != 1):
        raise InputError(f"an image of shape {shape}", expected=wanted)
    if not images_NCHW.is_floating_point():
        raise InputError(
            f"an image of {str(images_NCHW.dtype).removeprefix('torch.')}",
            expected="floating numbers, as the model's preprocessing gives them",
            fix="model.preprocessing(pixels_NCHW)",
        )
    if isinstance(network, Network) and shape[1:] != tuple(network.architecture.input):
        raise InputError(
            f"an image of {'x'.join(map(str, shape[1:]))}",
            expected=f"{network.architecture.input}, the input of {network.architecture.name}",
            fix="resize it first",
        )
    if not bool(images_NCHW.isfinite().all()):
        raise InputError("the image has numbers that are not finite")
    like = next((p for p in network.parameters() if p.is_floating_point()), images_NCHW)
    return images_NCHW.detach().clone().to(device=like.device, dtype=like.dtype)


def answered(network: nn.Module, inputs_NCHW: Tensor) -> Tensor:
    """The logits, (N, K): finite, with their record of how they came about.

    Raises:
        InputError: the network cannot take such images, or answers with something else.
    """
    # a copy, as a network that begins in place may not write over the image itself
    return answered_once(network, inputs_NCHW.clone())


def answered_once(network: nn.Module, inputs_NCHW: Tensor) -> Tensor:
    """As `answered`, for images that nobody needs afterwards."""
    logits_NK = output_of(network, inputs_NCHW)
    if not isinstance(logits_NK, Tensor):
        raise InputError(
            f"the network answers with a {type(logits_NK).__name__}",
            expected="one tensor of scores, (N, classes)",
        )
    if logits_NK.ndim != 2 or len(logits_NK) != len(inputs_NCHW):
        raise InputError(
            f"the network answers with the shape {tuple(logits_NK.shape)}",
            expected=f"scores, ({len(inputs_NCHW)}, classes)",
        )
    return finite(logits_NK, "the network's scores")


def finite(values: Tensor, what: str) -> Tensor:
    """The same numbers.

    Raises:
        InputError: one of them is infinite or no number.
    """
    if not bool(values.detach().isfinite().all()):
        raise InputError(f"{what} are not finite", fix="check the weights and the image")
    return values


def chosen(logits_NK: Tensor, target: int | None) -> int:
    """The class that is asked for, or the one with the highest score for the first image.

    Raises:
        InputError: there is no such class.
    """
    if target is None:
        return int(logits_NK[0].argmax())
    return within(target, logits_NK.shape[1], name="target", noun="class")


def logit_of(logits_NK: Tensor, target: int) -> Tensor:
    """The class's score for each image, (N,).

    Raises:
        InputError: the network ends in softmax, after which a class also gains by what speaks
            against the others.
    """
    last = logits_NK.grad_fn.name() if logits_NK.grad_fn is not None else ""
    if last.startswith(("SoftmaxBackward", "LogSoftmaxBackward")):
        raise InputError(
            "the network ends in softmax, and a score is the number before it",
            expected="a network that ends at its logits",
            fix="leave its last layer away; occlusion needs no gradients and takes it as it is",
        )
    return logits_NK[:, target]


def within(index: int, num: int, *, name: str, noun: str) -> int:
    """The index, if there is such a one.

    Raises:
        InputError: it is not among 0 ... num - 1, or no whole number.
    """
    if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < num:
        raise InputError(f"{name}={index!r}", expected=f"a {noun} from 0 to {num - 1}", where=name)
    return index


def gradient_of(score: Tensor, inputs: Tensor) -> Tensor:
    """The gradient of a score; nothing is left in the network.

    Raises:
        InputError: the score does not come from the inputs by anything that has a gradient.
    """
    found = None
    try:
        if score.requires_grad:
            (found,) = torch.autograd.grad(score, inputs, allow_unused=True)
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:  # what it wrote over in place, checkpoints that re-enter
        first = str(error).splitlines()[0]
        raise InputError(f"the network does not give gradients: {first}") from error
    if found is None:
        raise InputError(
            "no gradient leads from the score to what it was computed from",
            expected="a network without detach() or no_grad() on its way",
            fix="occlusion needs no gradients",
        )
    return finite(found.detach(), "the gradients")


def class_name(target: int, labels: Sequence[str]) -> str:
    """`class 281 (tabby)`; the number alone where there are no names."""
    return f"class {target} ({labels[target]})" if target < len(labels) else f"class {target}"


def class_words(target: int, value: float, labels: Sequence[str], *, asked: int | None) -> str:
    """A caption's sentence: which class, its score, and whether it was picked."""
    words = f"The score is the logit of {class_name(target, labels)}, {value:.4g}"
    return f"{words}: the predicted class." if asked is None else f"{words}."


def positive(value: int, *, name: str) -> int:
    """The number, if it is 1 or more.

    Raises:
        InputError: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InputError(f"{name}={value!r}", expected="a whole number, 1 or more", where=name)
    return value
