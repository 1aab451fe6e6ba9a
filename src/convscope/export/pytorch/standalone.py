"""What torch lacks, written so that an exported file can carry it: torch only, lines of 88.

`pytorch_source` copies the definitions that an architecture needs, text for text. Their
arithmetic is that of `convscope.layers.modules` and `convscope.network.build`, and the tests
hold the two against each other bit for bit.

Tensor names end in their axes: N batch, C input channels, K output channels, H height,
W width, F features, P places of a window, D all numbers of an image.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Chain(nn.Sequential):
    """Named layers, one after another."""

    def __init__(self, /, **layers: nn.Module) -> None:
        super().__init__()
        self._modules.update(layers)


class Concat(nn.Module):
    """Named branches on one input, joined along the channels."""

    def __init__(self, /, **branches: nn.Module) -> None:
        super().__init__()
        self._modules.update(branches)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([branch(x) for branch in self.children()], dim=1)


class Residual(nn.Module):
    """body(x) + shortcut(x)."""

    def __init__(self, body: nn.Module, shortcut: nn.Module) -> None:
        super().__init__()
        self.body = body
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.body(x) + self.shortcut(x)
        return y


class AuxiliaryHead(nn.Module):
    """x itself; the head's logits go into `heads` when somebody asks for them."""

    def __init__(self, head: nn.Module) -> None:
        super().__init__()
        self.head = head

    def forward(self, x: Tensor, heads: list[Tensor] | None = None) -> Tensor:
        if heads is not None:
            heads.append(self.head(x))
        return x


class PartialConv2d(nn.Module):
    """A convolution in which each output map sees the input maps that a table names.

    Holds only the kernels of the table: weight (links, kh, kw).
    """

    rows: Tensor
    cols: Tensor

    def __init__(
        self,
        in_channels: int,
        table: list[list[int]],
        kernel_size: tuple[int, int],
        stride: tuple[int, int] = (1, 1),
        padding: tuple[int, int] = (0, 0),
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.in_channels, self.stride, self.padding = in_channels, stride, padding
        links = [(k, c) for k, row in enumerate(table) for c in row]
        rows = torch.tensor([k for k, _ in links])
        cols = torch.tensor([c for _, c in links])
        self.register_buffer("rows", rows, persistent=False)
        self.register_buffer("cols", cols, persistent=False)
        bound = (len(table) / (len(links) * kernel_size[0] * kernel_size[1])) ** 0.5
        weight_LHW = torch.empty(len(links), *kernel_size).uniform_(-bound, bound)
        self.weight = nn.Parameter(weight_LHW)
        self.bias = None
        if bias:
            self.bias = nn.Parameter(torch.empty(len(table)).uniform_(-bound, bound))
        self.out_channels = len(table)

    def forward(self, x_NCHW: Tensor) -> Tensor:
        kh, kw = self.weight.shape[1:]
        dense_KCHW = self.weight.new_zeros(self.out_channels, self.in_channels, kh, kw)
        dense_KCHW = dense_KCHW.index_put((self.rows, self.cols), self.weight)
        return F.conv2d(x_NCHW, dense_KCHW, self.bias, self.stride, self.padding)


class LocallyConnected2d(nn.Module):
    """The windows of a convolution, with weights of its own at every place.

    `output_size` is the (height, width) of the places; weight (places, K, C * kh * kw).
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
        places, bound = output_size[0] * output_size[1], fan_in**-0.5
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


class GlobalAvgPool2d(nn.Module):
    """The mean over height and width, kept as 1 x 1."""

    def forward(self, x_NCHW: Tensor) -> Tensor:
        return x_NCHW.mean((2, 3), keepdim=True)


class TrainableSubsample2d(nn.Module):
    """Sums of windows, times `weight`, plus `bias`, one of each for a channel."""

    def __init__(self, channels: int, kernel_size: tuple[int, int]) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        mean = 1 / (kernel_size[0] * kernel_size[1])
        self.weight = nn.Parameter(torch.full((channels,), mean))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x_NCHW: Tensor) -> Tensor:
        sums_NCHW = F.avg_pool2d(x_NCHW, self.kernel_size, divisor_override=1)
        return sums_NCHW * self.weight[:, None, None] + self.bias[:, None, None]


class ScaledTanh(nn.Module):
    """amplitude * tanh(slope * x)."""

    def __init__(self, amplitude: float, slope: float) -> None:
        super().__init__()
        self.amplitude, self.slope = amplitude, slope

    def forward(self, x: Tensor) -> Tensor:
        return torch.tanh(x * self.slope) * self.amplitude


class EuclideanRBF(nn.Module):
    """Minus the squared distance to each centre. `centres`: numbers, rows ending in `;`."""

    centres_KF: Tensor

    def __init__(self, centres: str) -> None:
        super().__init__()
        rows = [[float(n) for n in row.split()] for row in centres.split(";")]
        self.register_buffer("centres_KF", torch.tensor(rows), persistent=False)

    def forward(self, x_NF: Tensor) -> Tensor:
        return -(x_NF[:, None, :] - self.centres_KF).square().sum(2)


class ZeroPadShortcut(nn.Module):
    """Every stride-th place, with `missing` channels of zeros behind."""

    def __init__(self, missing: int, stride: int) -> None:
        super().__init__()
        self.missing, self.stride = missing, stride

    def forward(self, x_NCHW: Tensor) -> Tensor:
        kept_NCHW = x_NCHW[:, :, :: self.stride, :: self.stride]
        return F.pad(kept_NCHW, (0, 0, 0, 0, 0, self.missing))


class Normalize(nn.Module):
    """(x / 255 - mean) / std, as one multiplication and one addition a number."""

    scale_CHW: Tensor
    shift_CHW: Tensor

    def __init__(self, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        super().__init__()
        mean_C = torch.tensor(mean, dtype=torch.float64)
        std_C = torch.tensor(std, dtype=torch.float64)
        scale_CHW = (1 / (255 * std_C)).float()[:, None, None]
        shift_CHW = (-mean_C / std_C).float()[:, None, None]
        self.register_buffer("scale_CHW", scale_CHW, persistent=False)
        self.register_buffer("shift_CHW", shift_CHW, persistent=False)

    def forward(self, x_NCHW: Tensor) -> Tensor:
        pixels_NCHW = x_NCHW.to(self.scale_CHW.dtype)
        return (pixels_NCHW * self.scale_CHW).add_(self.shift_CHW)


def resize_matrix(before: int, after: int, interpolation: str) -> Tensor:
    """The rows of a resize along one axis: (after, before), each row summing to 1."""
    scale = before / after
    where = torch.arange(before, dtype=torch.float64) + 0.5
    centre = (torch.arange(after, dtype=torch.float64) + 0.5) * scale
    x = ((where[None, :] - centre[:, None]) / max(scale, 1.0)).abs()
    weight = (1 - x).clamp(min=0) if interpolation == "bilinear" else cubic(x)
    return (weight / weight.sum(1, keepdim=True)).float()


def cubic(x: Tensor) -> Tensor:
    """Keys' cubic convolution kernel with a = -0.5."""
    a = -0.5
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = (((x - 5) * x + 8) * x - 4) * a
    return torch.where(x <= 1, near, torch.where(x < 2, far, torch.zeros_like(x)))


class Resize(nn.Module):
    """Another size without aliasing: two matrix products. One number: the shorter side."""

    def __init__(self, size: int | tuple[int, int], interpolation: str) -> None:
        super().__init__()
        self.size, self.interpolation = size, interpolation

    def target(self, height: int, width: int) -> tuple[int, int]:
        if isinstance(self.size, tuple):
            return self.size
        if height <= width:
            return self.size, self.size * width // height
        return self.size * height // width, self.size

    def forward(self, x_NCHW: Tensor) -> Tensor:
        before = (x_NCHW.shape[2], x_NCHW.shape[3])
        after = self.target(*before)
        if before == after:
            return x_NCHW
        x_NCHW = x_NCHW if x_NCHW.is_floating_point() else x_NCHW.float()
        rows = resize_matrix(before[0], after[0], self.interpolation).to(x_NCHW)
        cols = resize_matrix(before[1], after[1], self.interpolation).to(x_NCHW)
        return rows @ (x_NCHW @ cols.T)


class CenterCrop(nn.Module):
    """The middle, with zeros where the image ends before the crop does."""

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__()
        self.size = size

    def forward(self, x_NCHW: Tensor) -> Tensor:
        for axis, size in zip((2, 3), self.size, strict=True):
            missing = size - x_NCHW.shape[axis]
            if missing <= 0:
                x_NCHW = x_NCHW.narrow(axis, round(-missing / 2), size)
            else:
                before, after = missing // 2, missing - missing // 2
                rows_or_cols = (before, after) if axis == 3 else (0, 0, before, after)
                x_NCHW = F.pad(x_NCHW, rows_or_cols)
        return x_NCHW


class GlobalContrastNorm(nn.Module):
    """Each image less its mean, scaled to one length."""

    def __init__(self, scale: float, epsilon: float) -> None:
        super().__init__()
        self.scale, self.epsilon = scale, epsilon

    def forward(self, x_NCHW: Tensor) -> Tensor:
        x_NCHW = x_NCHW if x_NCHW.is_floating_point() else x_NCHW.float()
        centred_NCHW = x_NCHW - x_NCHW.mean((1, 2, 3), keepdim=True)
        squares_N111 = centred_NCHW.square().sum((1, 2, 3), keepdim=True)
        # the least length before the root, whose slope at 0 has no end
        length_N111 = squares_N111.clamp(min=self.epsilon**2).sqrt()
        return centred_NCHW / length_N111 * self.scale


class ZcaWhiten(nn.Module):
    """W (x - mean), with x the numbers of an image in a row; both come with the weights."""

    mean_D: Tensor
    matrix_DD: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        self.register_buffer("mean_D", torch.zeros(size))
        self.register_buffer("matrix_DD", torch.eye(size))

    def forward(self, x_NCHW: Tensor) -> Tensor:
        x_NCHW = x_NCHW if x_NCHW.is_floating_point() else x_NCHW.float()
        # in bfloat16 three digits would be left of what the network is trained on
        with torch.autocast(x_NCHW.device.type, enabled=False):
            rows_ND = x_NCHW.flatten(1).to(self.mean_D.dtype) - self.mean_D
            white_ND = F.linear(rows_ND, self.matrix_DD)
        return white_ND.view(x_NCHW.shape)
