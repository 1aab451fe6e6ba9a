"""What training makes small. Logits in, one number out.

Axes: N batch, K classes.
"""

from typing import Annotated, Literal

import pydantic
import torch
from pydantic import ConfigDict, Field
from torch import Tensor
from torch.nn import functional as F


class _Loss(pydantic.BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class CrossEntropy(_Loss):
    """-sum_k q[k] ln softmax(z)[k], q = 1 - s + s/K for the true class and s/K for others.

    Paper: Szegedy et al. 2016, section 7 (label smoothing s).
    """

    type: Literal["CrossEntropy"] = "CrossEntropy"
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0

    def __call__(self, logits_NK: Tensor, labels_N: Tensor) -> Tensor:
        return F.cross_entropy(logits_NK, labels_N, label_smoothing=self.label_smoothing)


class RbfMap(_Loss):
    """E = y[true] + ln(exp(-j) + sum_k exp(-y[k])), with distances y = -logits.

    The first term pulls towards the bitmap of the true class; the second pushes away from all
    of them, and j keeps it from pushing what is far away already.

    Paper: LeCun et al. 1998, equation 9.
    """

    type: Literal["RbfMap"] = "RbfMap"
    j: float = 10.0

    def __call__(self, logits_NK: Tensor, labels_N: Tensor) -> Tensor:
        rubbish_N1 = torch.full_like(logits_NK[:, :1], -self.j)
        push_N = torch.cat([logits_NK, rubbish_N1], dim=1).logsumexp(dim=1)
        pull_N = -logits_NK.gather(1, labels_N[:, None])[:, 0]
        return (pull_N + push_N).mean()


AnyLoss = Annotated[CrossEntropy | RbfMap, Field(discriminator="type")]
