"""Losses: logits in, one number out.

For mixed images (`convscope.data.augment.mix`) the loss is share * loss(own label) +
(1 - share) * loss(partner's label). Both losses here are linear in the target, so that this
equals the loss of the mixed target, label smoothing included.

Axes: N batch, K classes.
"""

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional as F

from convscope.data.augment.mix import Mixed
from convscope.record import Record


def _shared(own_N: Tensor, partner_N: Tensor, mixed: Mixed) -> Tensor:
    """Return the mean over images of share * own + (1 - share) * partner."""
    return torch.lerp(partner_N, own_N, mixed.share_N.to(own_N)).mean()


Weight = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class CrossEntropy(Record):
    """-sum_k q[k] ln softmax(z)[k], q = 1 - s + s/K for the true class and s/K for others.

    With class weights w this is sum(w[true] * loss) / sum(w[true]) over the images of a part, as
    torch's `cross_entropy(weight=w)`; of mixed images w is mixed like the loss.

    Args:
        class_weights: "balanced", w[k] = N / (K n[k]) for n[k] of N training images in one of K
            classes; or one number per class, in label order. None weights all classes alike.

    Papers: Szegedy et al. 2016, section 7 (label smoothing s); King and Zeng 2001 (the weights).
    """

    type: Literal["CrossEntropy"] = "CrossEntropy"
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    class_weights: Literal["balanced"] | tuple[Weight, ...] | None = None

    def __call__(
        self,
        logits_NK: Tensor,
        labels_N: Tensor,
        mixed: Mixed | None = None,
        weights_K: Tensor | None = None,
    ) -> Tensor:
        smoothing = self.label_smoothing
        if mixed is None:
            return F.cross_entropy(logits_NK, labels_N, weights_K, label_smoothing=smoothing)
        own_N, partner_N = (
            F.cross_entropy(logits_NK, n, weights_K, label_smoothing=smoothing, reduction="none")
            for n in (labels_N, mixed.labels_N)
        )
        mean = _shared(own_N, partner_N, mixed)
        if weights_K is None:
            return mean
        return mean / _shared(weights_K[labels_N], weights_K[mixed.labels_N], mixed)

    def weights(self, labels_N: Tensor, num_classes: int) -> Tensor | None:
        """Return the weight of each class (K,), float32, from the labels of the training split.

        Classes without a training image get 0 and are not counted in K.
        """
        if self.class_weights is None:
            return None
        if self.class_weights != "balanced":
            return torch.tensor(self.class_weights)
        count_K = torch.bincount(labels_N, minlength=num_classes).double()
        present = count_K > 0
        weights_K = len(labels_N) / (present.sum() * count_K)
        return torch.where(present, weights_K, 0).float()


class RbfMap(Record):
    """E = y[true] + ln(exp(-j) + sum_k exp(-y[k])), with distances y = -logits.

    The first term reduces the distance to the bitmap of the true class; the second increases
    the distance to all bitmaps, and j limits it for those that are far away already.

    Paper: LeCun et al. 1998, equation 9.
    """

    type: Literal["RbfMap"] = "RbfMap"
    j: float = 10.0

    def weights(self, labels_N: Tensor, num_classes: int) -> None:
        """Return None: this loss has no class weights."""

    def __call__(
        self,
        logits_NK: Tensor,
        labels_N: Tensor,
        mixed: Mixed | None = None,
        weights_K: Tensor | None = None,
    ) -> Tensor:
        rubbish_N1 = torch.full_like(logits_NK[:, :1], -self.j)
        push_N = torch.cat([logits_NK, rubbish_N1], dim=1).logsumexp(dim=1)
        own_N = push_N - logits_NK.gather(1, labels_N[:, None])[:, 0]
        if mixed is None:
            return own_N.mean()
        partner_N = push_N - logits_NK.gather(1, mixed.labels_N[:, None])[:, 0]
        return _shared(own_N, partner_N, mixed)


AnyLoss = Annotated[CrossEntropy | RbfMap, Field(discriminator="type")]
