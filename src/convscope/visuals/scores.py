"""Scores of any network: the logits behind its output, and what they mean.

A softmax or a sigmoid at the end of the network is undone: the search goes from the output back
through changes of shape, copies and scalings, and the logits are brought to the output's shape.
A softmax written by hand is known by its values, which sum to 1.

Axes: N images, K classes.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from convscope.errors import InputError
from convscope.network.recorder import Recorder, Step

Link = Literal["softmax", "sigmoid", "none"]
"""The function from scores to probabilities; "none" where the scores are probabilities."""


class Scores(NamedTuple):
    """Scores of the classes: logits, or probabilities where the logits cannot be found.

    A network with one output has two classes: class 1 with the output as its logit, and class 0
    with the negative of it.
    """

    values_NK: Tensor
    link: Link

    @property
    def noun(self) -> str:
        return "probability" if self.link == "none" else "logit"

    def probabilities(self) -> Tensor:
        """The probabilities of the classes, (N, K)."""
        if self.link == "softmax":
            return self.values_NK.softmax(1)
        return self.values_NK.sigmoid() if self.link == "sigmoid" else self.values_NK

    def loss(self, labels_N: Tensor) -> Tensor:
        """The mean cross-entropy; binary cross-entropy for the classes of a sigmoid."""
        if self.link == "softmax":
            return F.cross_entropy(self.values_NK, labels_N)
        if self.link == "none":
            smallest = torch.finfo(self.values_NK.dtype).tiny
            return F.nll_loss(self.values_NK.clamp(min=smallest).log(), labels_N)
        one_hot_NK = F.one_hot(labels_N, self.values_NK.shape[1]).to(self.values_NK)
        return F.binary_cross_entropy_with_logits(self.values_NK, one_hot_NK)


def find_scores(output: Tensor, recorder: Recorder, num_images: int) -> Scores:
    """The logits behind an output, or the output itself where nothing is to be undone.

    Raises:
        InputError: not (N, K), not real numbers, or a softmax that is not over the classes.
    """
    values_NK = as_rows(output, num_images)
    chain = recorder.chain(output)
    is_log = _sum_to_one(values_NK.detach().exp())
    is_distribution = is_log or _sum_to_one(values_NK.detach())
    links = _links(chain, is_distribution)
    by_hand = None if links else _before_sigmoid_by_hand(values_NK, chain, num_images)
    scores: Scores | None
    if links:
        scores = _before_link(chain, links, num_images)
    elif by_hand is not None or values_NK.shape[1] == 1:
        return _sigmoid(values_NK if by_hand is None else by_hand)
    elif not is_distribution:
        return Scores(values_NK, "softmax")
    else:
        root = _before_softmax_by_hand(chain, "sub" if is_log else "exp")
        scores = None if root is None else Scores(as_rows(root, num_images), "softmax")
    if scores is None or (is_distribution and not _same_order(scores.values_NK, values_NK)):
        return Scores(values_NK.exp() if is_log else values_NK, "none")
    return scores


def as_rows(output: Tensor, num_images: int) -> Tensor:
    """The output as (N, K), without axes of length 1.

    Raises:
        InputError: not (N, K), or not real numbers.
    """
    if not output.is_floating_point():
        kind = str(output.dtype).removeprefix("torch.")
        raise InputError(
            f"the network's output holds {kind}",
            expected="real scores, (N, classes), not the number of the predicted class",
            fix="select the logits: output='logits', or a function of the output",
        )
    values = output
    if num_images == 1 and (values.ndim == 0 or (values.ndim == 1 and len(values) > 1)):
        values = values[None]  # squeezed, the axis of the images included
    if values.ndim == 1:
        values = values[:, None]
    if values.ndim > 2 and max(values.shape[2:]) == 1:
        values = values.flatten(1)
    if values.ndim == 2 and len(values) == num_images and values.shape[1] > 0:
        return values
    maps = values.ndim == 4 and len(values) == num_images
    raise InputError(
        f"the network's output has the shape {tuple(output.shape)}",
        expected=f"scores, ({num_images}, classes)",
        fix="select scores: output=lambda y: y.mean((2, 3)), or y[:, :, 8, 8] for one position"
        if maps
        else "select scores with output=, a function of the output",
    )


def _links(chain: list[Step], is_distribution: bool) -> list[int]:
    """Positions of the softmaxes and sigmoids whose output, or its logarithm, is passed on."""
    end = len(chain)
    for i, step in enumerate(chain):
        # times a weight or plus a bias of each class: no longer the output of the softmax
        if step.kind == "tanh" or (step.kind == "broadcast" and not is_distribution):
            end = i
            break
    return [i for i, step in enumerate(chain[:end]) if step.kind in ("softmax", "sigmoid")]


def _before_link(chain: list[Step], links: list[int], num_images: int) -> Scores:
    """The input of a softmax or sigmoid; of the first one where several follow each other."""
    at = links[0]
    for following in links[1:]:
        if chain[following].kind == "softmax" == chain[at].kind:
            at = following
    step, after = chain[at], chain[:at]
    logits_NK = as_rows(_reshaped(after, step.before), num_images)
    if _sum_to_one(logits_NK.detach().exp()):  # normalised before, as in torch.distributions
        root = _before_softmax_by_hand(chain[at + 1 :], "sub")
        logits_NK = logits_NK if root is None else as_rows(_reshaped(after, root), num_images)
    flips = sum(later.kind == "negative" for later in after) % 2
    if step.kind == "sigmoid":
        return _sigmoid(-logits_NK if flips else logits_NK)
    probabilities_NK = as_rows(_reshaped(after, step.replay(step.before.detach())), num_images)
    if step.name.endswith("log_softmax"):
        probabilities_NK = probabilities_NK.exp()
    if flips or not _sum_to_one(probabilities_NK):
        raise InputError(
            "the softmax inside the network is not over the classes: "
            "its outputs do not sum to 1 for each image",
            expected="(N, classes), and softmax(dim=1); one output has a sigmoid",
            fix="end the network with its logits, or select them with output=",
        )
    return Scores(-logits_NK if step.name == "softmin" else logits_NK, "softmax")


def _sigmoid(logits_NK: Tensor) -> Scores:
    if logits_NK.shape[1] == 1:
        logits_NK = torch.cat([-logits_NK, logits_NK], dim=1)
    return Scores(logits_NK, "sigmoid")


def _before_sigmoid_by_hand(values_NK: Tensor, chain: list[Step], num_images: int) -> Tensor | None:
    """X of 1 / (1 + exp(-x)), exp(x) / (1 + exp(x)) or (1 + tanh(x / 2)) / 2; None otherwise."""
    for at, step in enumerate(chain):
        scale = {"exp": 1, "tanh": 2}.get(step.name)
        if scale is None or step.before.numel() != values_NK.numel():
            continue
        logits_NK = as_rows(_reshaped(chain[:at], step.before), num_images)
        for factor in (scale, -scale):
            expected_NK = (factor * logits_NK.detach()).sigmoid()
            if torch.allclose(expected_NK, values_NK.detach(), atol=1e-6):
                return factor * logits_NK
    return None


def _before_softmax_by_hand(chain: list[Step], name: str) -> Tensor | None:
    """X of exp(x - maximum) / sum, or of x - log(sum), in the shape of the output."""
    at = next((i for i, step in enumerate(chain) if step.name == name), None)
    if at is None:
        return None
    root, between = chain[at].before, chain[at + 1 :]
    for i, step in enumerate(between):
        if step.kind == "broadcast":
            if step.name == "sub" and name == "exp":
                root = step.before
                for again in reversed(between[:i]):
                    root = again.replay(root)
            break
        if step.kind not in ("shape", "copy", "scale"):
            break
    return _reshaped(chain[:at], root)


def _reshaped(steps: Sequence[Step], tensor: Tensor) -> Tensor:
    """A tensor after the changes of shape among some steps; the last step comes first."""
    for step in reversed(steps):
        tensor = step.replay(tensor) if step.kind == "shape" else tensor
    return tensor


def _sum_to_one(values_NK: Tensor) -> bool:
    """Return whether each row is a distribution over at least two classes."""
    if values_NK.shape[1] < 2:
        return False
    exact_NK = values_NK.double()
    tolerance = 1e-4 if values_NK.element_size() >= 4 else 2e-2
    return bool((exact_NK >= 0).all()) and bool(((exact_NK.sum(1) - 1).abs() < tolerance).all())


def _same_order(logits_NK: Tensor, values_NK: Tensor) -> bool:
    """Return whether a higher logit is a higher probability, to rounding."""
    if logits_NK.shape != values_NK.shape:
        return False
    ordered_NK = values_NK.detach().double().gather(1, logits_NK.detach().argsort(1))
    return bool((ordered_NK.diff(dim=1) >= -1e-3 * ordered_NK.abs().amax()).all())
