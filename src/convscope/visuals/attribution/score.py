"""Class scores of an image and their gradients.

A score is a logit, the number before softmax. A probability would also rise with everything that
lowers the other classes.

Axes: N batch, C channels, H height, W width, K classes.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from convscope.errors import ConvscopeError, InputError
from convscope.network.backward_rules import Operations, Rule, backward_rule
from convscope.network.hooks import frozen
from convscope.visuals.arguments import checked_index
from convscope.visuals.forward import compute_logits, finite, prepared_image
from convscope.visuals.module import described

BATCH = 16  # images per forward pass in methods that need many


class Score(NamedTuple):
    """Score of one class for an image, and its signal at the pixels."""

    target: int
    value: float
    gradient_NCHW: Tensor
    operations: Operations


def score_gradient(
    network: nn.Module, image_NCHW: Tensor, *, target: int | None = None, rule: Rule = "plain"
) -> Score:
    """Run one forward and one backward pass to the pixels, by a rule for ReLUs.

    Args:
        target: the class; None means the predicted one.

    Raises:
        InputError: an image, class or network that does not fit; values that are not finite;
            under a rule other than "plain", an operation that could contain a ReLU.
    """
    with frozen(network):
        leaf_NCHW = prepared_image(network, image_NCHW).requires_grad_()
        logits_NK = compute_logits(network, leaf_NCHW)
        index = target_class(logits_NK, target)
        with backward_rule(logits_NK, rule) as operations:
            gradient_NCHW = gradient_of(logits_NK[0, index], leaf_NCHW)
    return Score(index, float(logits_NK[0, index].detach()), gradient_NCHW, operations)


def target_class(logits_NK: Tensor, target: int | None) -> int:
    """The requested class, or the predicted class of the first image.

    Raises:
        InputError: no such class.
    """
    if target is None:
        return int(logits_NK[0].argmax())
    return checked_index(target, logits_NK.shape[1], name="target", noun="class")


def gradient_of(score: Tensor, inputs: Tensor) -> Tensor:
    """The gradient of a score with respect to inputs; no `.grad` is filled.

    Raises:
        InputError: the score does not depend on the inputs by differentiable operations.
    """
    (gradient,) = gradients_of(score, [inputs])
    if gradient is None:
        raise InputError(
            "no gradient flows from the score to its inputs",
            expected="a network without detach() or no_grad() between them",
            fix="use occlusion, which needs no gradients",
        )
    return finite(gradient.detach(), "the gradients")


def gradients_of(score: Tensor, tensors: Sequence[Tensor]) -> list[Tensor | None]:
    """The gradients of a score with respect to tensors; None for those it does not depend on.

    Raises:
        InputError: the network's own code raised an error in the backward pass.
    """
    if not score.requires_grad:
        return [None] * len(tensors)
    try:
        return list(torch.autograd.grad(score, list(tensors), allow_unused=True))
    except (ConvscopeError, torch.OutOfMemoryError, MemoryError):
        raise
    except Exception as error:  # tensors overwritten in place, a backward of somebody else
        raise InputError(f"the backward pass of the network failed: {described(error)}") from error


def class_name(target: int, labels: Sequence[str]) -> str:
    """`class 281 (tabby)`; the number alone where it is the name, or names are not known."""
    number = f"class {target}"
    named = target < len(labels) and labels[target] not in (number, str(target))
    return f"{number} ({labels[target]})" if named else number


def score_sentence(
    target: int,
    value: float,
    labels: Sequence[str],
    *,
    requested: int | None,
    noun: str = "logit",
) -> str:
    """A sentence for captions: the class, its score, and whether it is the predicted one."""
    sentence = f"Score: {noun} of {class_name(target, labels)}, {value:.4g}"
    return f"{sentence} (the predicted class)." if requested is None else f"{sentence}."
