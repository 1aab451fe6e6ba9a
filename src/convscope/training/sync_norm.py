"""Batch normalisation over the batches of all ranks.

Torch's own SyncBatchNorm has kernels for CUDA only. On the CPU this one takes its place: two
means over the ranks forwards, and two backwards. Both keep the names of the weights.

Axes: N batch, C channels, H height, W width.
"""

from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.nn import functional as F
from torch.nn.modules.batchnorm import _BatchNorm

from convscope.distributed import Group


class SharedBatchNorm(_BatchNorm):
    """y = gamma[c] (x - mean[c]) / sqrt(var[c] + eps) + beta[c], over the images of all ranks.

    (N, C, H, W) -> (N, C, H, W). Every rank must hold as many images. As torch has it, the
    running variance is the unbiased one.

    Paper: Ioffe and Szegedy 2015; over devices: Peng et al. 2018 (MegDet).
    """

    def __init__(self, norm: nn.BatchNorm2d, *, world_size: int) -> None:
        assert norm.momentum is not None
        super().__init__(norm.num_features, norm.eps, norm.momentum, norm.affine)
        self._parameters.update(norm._parameters)
        self._buffers.update(norm._buffers)
        self._momentum = norm.momentum
        self._world_size = world_size

    def forward(self, x_NCHW: Tensor) -> Tensor:
        mean_C, var_C = self.running_mean, self.running_var
        assert mean_C is not None
        assert var_C is not None
        if not self.training:
            return F.batch_norm(x_NCHW, mean_C, var_C, self.weight, self.bias, eps=self.eps)
        number = x_NCHW.numel() // self.num_features * self._world_size
        x = x_NCHW.float()
        batch_mean_C = _mean_over_ranks(x.mean(dim=(0, 2, 3)))
        centred = x - batch_mean_C[:, None, None]
        batch_var_C = _mean_over_ranks(centred.square().mean(dim=(0, 2, 3)))
        with torch.no_grad():
            mean_C.lerp_(batch_mean_C, self._momentum)
            var_C.lerp_(batch_var_C * (number / max(1, number - 1)), self._momentum)
            assert self.num_batches_tracked is not None
            self.num_batches_tracked.add_(1)
        scale_C = (batch_var_C + self.eps).rsqrt()
        if self.affine:
            scale_C = scale_C * self.weight
        y = centred * scale_C[:, None, None]
        if self.affine:
            y = y + self.bias[:, None, None]
        return y.to(x_NCHW.dtype)


class _Mean(torch.autograd.Function):
    @staticmethod
    def forward(_: Any, values: Tensor) -> Tensor:
        return _averaged(values)

    @staticmethod
    def backward(_: Any, *gradients: Tensor) -> Tensor:
        return _averaged(gradients[0])


def _mean_over_ranks(values: Tensor) -> Tensor:
    """The mean over all ranks, through which gradients flow back the same way."""
    found: Tensor = _Mean.apply(values)  # type: ignore[no-untyped-call]
    return found


def _averaged(values: Tensor) -> Tensor:
    total = values.clone(memory_format=torch.contiguous_format)
    distributed.all_reduce(total)
    return total / distributed.get_world_size()


def synchronise(network: nn.Module, group: Group, *, device: torch.device) -> None:
    """Have every batch normalisation of a network see the batches of all ranks."""
    if group.world_size == 1:
        return
    for name, module in list(network.named_modules()):
        if isinstance(module, nn.BatchNorm2d):
            parent = network.get_submodule(name.rpartition(".")[0])
            parent._modules[name.rpartition(".")[2]] = _replacement(module, group, device)


def _replacement(norm: nn.BatchNorm2d, group: Group, device: torch.device) -> nn.Module:
    if device.type != "cuda":
        return SharedBatchNorm(norm, world_size=group.world_size)
    found: nn.Module = nn.SyncBatchNorm.convert_sync_batchnorm(norm)  # type: ignore[no-untyped-call]
    return found
