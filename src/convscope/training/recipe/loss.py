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


class CrossEntropy(Record):
    """-sum_k q[k] ln softmax(z)[k], q = 1 - s + s/K for the true class and s/K for others.

    Paper: Szegedy et al. 2016, section 7 (label smoothing s).
    """

    type: Literal["CrossEntropy"] = "CrossEntropy"
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0

    def __call__(self, logits_NK: Tensor, labels_N: Tensor, mixed: Mixed | None = None) -> Tensor:
        if mixed is None:
            return F.cross_entropy(logits_NK, labels_N, label_smoothing=self.label_smoothing)
        own_N, partner_N = (
            F.cross_entropy(logits_NK, n, label_smoothing=self.label_smoothing, reduction="none")
            for n in (labels_N, mixed.labels_N)
        )
        return _shared(own_N, partner_N, mixed)


class RbfMap(Record):
    """E = y[true] + ln(exp(-j) + sum_k exp(-y[k])), with distances y = -logits.

    The first term reduces the distance to the bitmap of the true class; the second increases
    the distance to all bitmaps, and j limits it for those that are far away already.

    Paper: LeCun et al. 1998, equation 9.
    """

    type: Literal["RbfMap"] = "RbfMap"
    j: float = 10.0

    def __call__(self, logits_NK: Tensor, labels_N: Tensor, mixed: Mixed | None = None) -> Tensor:
        rubbish_N1 = torch.full_like(logits_NK[:, :1], -self.j)
        push_N = torch.cat([logits_NK, rubbish_N1], dim=1).logsumexp(dim=1)
        own_N = push_N - logits_NK.gather(1, labels_N[:, None])[:, 0]
        if mixed is None:
            return own_N.mean()
        partner_N = push_N - logits_NK.gather(1, mixed.labels_N[:, None])[:, 0]
        return _shared(own_N, partner_N, mixed)


AnyLoss = Annotated[CrossEntropy | RbfMap, Field(discriminator="type")]
