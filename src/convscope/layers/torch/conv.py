"""Convolutions with "same" padding, a connection table, and without shared weights."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convscope.shapes import same_padding


class SameConv2d(nn.Module):
    """A convolution padded to ceil(size / stride); an odd padding is longer at the end.

    The padding follows the size of each input.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: tuple[int, int],
        stride: tuple[int, int] = (1, 1),
        dilation: tuple[int, int] = (1, 1),
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
    ) -> None:
        super().__init__()
        self.kernel_size, self.stride = kernel_size, stride
        self.dilation, self.groups = dilation, groups
        self.padding_mode = "constant" if padding_mode == "zeros" else padding_mode
        fan_in = in_channels // groups * kernel_size[0] * kernel_size[1]
        weight_KCHW = torch.empty(out_channels, in_channels // groups, *kernel_size)
        self.weight = nn.Parameter(weight_KCHW.uniform_(-1, 1) / fan_in**0.5)
        self.bias = None
        if bias:
            bias_K = torch.empty(out_channels).uniform_(-1, 1) / fan_in**0.5
            self.bias = nn.Parameter(bias_K)

    def padding(self, axis: int, size: int) -> tuple[int, int]:
        """Return the padding before and behind an axis of this size; 0 is the height."""
        extent = self.dilation[axis] * (self.kernel_size[axis] - 1) + 1
        return same_padding(size, extent, self.stride[axis])

    def forward(self, x_NCHW: Tensor) -> Tensor:
        top, bottom = self.padding(0, x_NCHW.shape[2])
        left, right = self.padding(1, x_NCHW.shape[3])
        sides = (0, 0)
        if self.padding_mode == "constant" and (top, left) == (bottom, right):
            sides = (top, left)  # without a padded copy
        else:
            x_NCHW = F.pad(x_NCHW, (left, right, top, bottom), self.padding_mode)
        window = self.stride, sides, self.dilation, self.groups
        return F.conv2d(x_NCHW, self.weight, self.bias, *window)


class PartialConv2d(nn.Module):
    """A convolution in which each output channel reads the input channels of a table.

    Holds only the kernels of the table: weight (links, kh, kw).
    """

    rows: Tensor
    cols: Tensor

    def __init__(
        self,
        in_channels: int,
        table: tuple[tuple[int, ...], ...],
        kernel_size: tuple[int, int],
        stride: tuple[int, int] = (1, 1),
        padding: tuple[int, int] = (0, 0),
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.in_channels, self.out_channels = in_channels, len(table)
        self.stride, self.padding = stride, padding
        links = [(k, c) for k, row in enumerate(table) for c in row]
        rows = torch.tensor([k for k, _ in links], device="cpu")
        cols = torch.tensor([c for _, c in links], device="cpu")
        self.register_buffer("rows", rows, persistent=False)
        self.register_buffer("cols", cols, persistent=False)
        self.weight = nn.Parameter(torch.empty(len(links), *kernel_size))
        self.bias = nn.Parameter(torch.empty(len(table))) if bias else None
        with torch.no_grad():
            window = kernel_size[0] * kernel_size[1]
            bound = (rows.bincount(minlength=len(table)) * window).float().rsqrt()
            bound_L11 = bound[rows][:, None, None].to(self.weight.device)
            self.weight.uniform_(-1, 1).mul_(bound_L11)
            if self.bias is not None:
                self.bias.uniform_(-1, 1).mul_(bound.to(self.bias.device))

    def dense_weight(self) -> Tensor:
        """Return (K, C, kh, kw), with zeros for the links that the table lacks."""
        kh, kw = self.weight.shape[1:]
        dense = self.weight.new_zeros(self.out_channels, self.in_channels, kh, kw)
        return dense.index_put((self.rows, self.cols), self.weight)

    def forward(self, x_NCHW: Tensor) -> Tensor:
        dense_KCHW = self.dense_weight()
        return F.conv2d(x_NCHW, dense_KCHW, self.bias, self.stride, self.padding)


class LocallyConnected2d(nn.Module):
    """A convolution with separate weights at every position.

    `output_size` is (height, width); weight (positions, K, C * kh * kw).
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        output_size: tuple[int, int],
        kernel_size: tuple[int, int],
        stride: tuple[int, int] = (1, 1),
        padding: tuple[int, int] = (0, 0),
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding
        self.output_size = output_size
        fan_in = in_channels * kernel_size[0] * kernel_size[1]
        places, bound = output_size[0] * output_size[1], 1 / fan_in**0.5
        weight_PKF = torch.empty(places, out_channels, fan_in).uniform_(-bound, bound)
        self.weight = nn.Parameter(weight_PKF)
        self.bias = None
        if bias:
            bias_KHW = torch.empty(out_channels, *output_size).uniform_(-bound, bound)
            self.bias = nn.Parameter(bias_KHW)

    def forward(self, x_NCHW: Tensor) -> Tensor:
        windows_NFP = F.unfold(x_NCHW, self.kernel_size, 1, self.padding, self.stride)
        y_NKP = torch.einsum("nfp,pkf->nkp", windows_NFP, self.weight)
        y_NKHW = y_NKP.view(len(y_NKP), -1, *self.output_size)
        return y_NKHW if self.bias is None else y_NKHW + self.bias
