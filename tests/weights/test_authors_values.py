"""Values of converted weights: the authors' networks written out by hand, equal outputs.

ConvNeXt's authors have the channels last and linear layers in place of 1x1 convolutions; a
wrong transposition keeps every shape of the square ones.
"""

from itertools import pairwise

import pytest
import torch
from torch import nn
from torch.nn.functional import gelu, layer_norm

from convscope.network import build
from convscope.shapes import CHW
from convscope.weights.layout import convert
from convscope.zoo import load

EPS = 1e-6


class ChannelsFirstNorm(nn.LayerNorm):
    def forward(self, maps):
        last = maps.permute(0, 2, 3, 1)
        return layer_norm(last, last.shape[-1:], self.weight, self.bias, EPS).permute(0, 3, 1, 2)


class ResponseNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(1, 1, 1, width))
        self.beta = nn.Parameter(torch.zeros(1, 1, 1, width))

    def forward(self, maps):
        length = maps.pow(2).sum((1, 2), keepdim=True).sqrt()
        ratio = length / (length.mean(-1, keepdim=True) + EPS)
        return self.gamma * (maps * ratio) + self.beta + maps


class ConvNextBlock(nn.Module):
    def __init__(self, width, second):
        super().__init__()
        self.dwconv = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width, eps=EPS)
        self.pwconv1 = nn.Linear(width, 4 * width)
        self.pwconv2 = nn.Linear(4 * width, width)
        if second:
            self.grn = ResponseNorm(4 * width)
        else:
            self.gamma = nn.Parameter(torch.ones(width))

    def forward(self, maps):
        hidden = gelu(self.pwconv1(self.norm(self.dwconv(maps).permute(0, 2, 3, 1))))
        if hasattr(self, "grn"):
            hidden = self.pwconv2(self.grn(hidden))
        else:
            hidden = self.gamma * self.pwconv2(hidden)
        return maps + hidden.permute(0, 3, 1, 2)


class ConvNext(nn.Module):
    def __init__(self, depths, width, second):
        super().__init__()
        widths = [width * 2**place for place in range(4)]
        stem = nn.Sequential(nn.Conv2d(3, width, 4, stride=4), ChannelsFirstNorm(width))
        steps = [
            nn.Sequential(ChannelsFirstNorm(a), nn.Conv2d(a, b, 2, stride=2))
            for a, b in pairwise(widths)
        ]
        self.downsample_layers = nn.ModuleList([stem, *steps])
        self.stages = nn.ModuleList(
            nn.Sequential(*(ConvNextBlock(size, second) for _ in range(depth)))
            for depth, size in zip(depths, widths, strict=True)
        )
        self.norm = nn.LayerNorm(widths[-1], eps=EPS)
        self.head = nn.Linear(widths[-1], 1000)

    def forward(self, maps):
        for step, stage in zip(self.downsample_layers, self.stages, strict=True):
            maps = stage(step(maps))
        return self.head(self.norm(maps.mean((2, 3))))


class RepVggBlock(nn.Module):
    def __init__(self, before, width, stride, deployed):
        super().__init__()
        if deployed:
            self.rbr_reparam = nn.Conv2d(before, width, 3, stride, 1)
            return
        self.rbr_dense = nn.Sequential()
        self.rbr_dense.add_module("conv", nn.Conv2d(before, width, 3, stride, 1, bias=False))
        self.rbr_dense.add_module("bn", nn.BatchNorm2d(width))
        self.rbr_1x1 = nn.Sequential()
        self.rbr_1x1.add_module("conv", nn.Conv2d(before, width, 1, stride, bias=False))
        self.rbr_1x1.add_module("bn", nn.BatchNorm2d(width))
        self.rbr_identity = nn.BatchNorm2d(width) if (before, stride) == (width, 1) else None

    def forward(self, maps):
        if hasattr(self, "rbr_reparam"):
            return torch.relu(self.rbr_reparam(maps))
        total = self.rbr_dense(maps) + self.rbr_1x1(maps)
        return torch.relu(total if self.rbr_identity is None else total + self.rbr_identity(maps))


class RepVggA0(nn.Module):
    def __init__(self, deployed):
        super().__init__()
        self.stage0 = RepVggBlock(3, 48, 2, deployed)
        before = 48
        for number, (depth, width) in enumerate(((2, 48), (4, 96), (14, 192), (1, 1280)), start=1):
            blocks = []
            for place in range(depth):
                blocks.append(RepVggBlock(before, width, 1 if place else 2, deployed))
                before = width
            setattr(self, f"stage{number}", nn.Sequential(*blocks))
        self.linear = nn.Linear(1280, 1000)

    def forward(self, maps):
        for stage in (self.stage0, self.stage1, self.stage2, self.stage3, self.stage4):
            maps = stage(maps)
        return self.linear(maps.mean((2, 3)))


THEIRS = {
    "convnextv2_atto": lambda: ConvNext((2, 2, 6, 2), 40, second=True),
    "repvgg_a0": lambda: RepVggA0(deployed=False),
    "repvgg_a0_deployed": lambda: RepVggA0(deployed=True),
    "convnext_tiny": lambda: ConvNext((3, 3, 9, 3), 96, second=False),
}


def random_weights(network):
    draw = torch.Generator().manual_seed(4)
    for key, tensor in network.state_dict().items():
        if key.endswith("running_var"):
            tensor.uniform_(0.5, 1.5, generator=draw)
        elif tensor.is_floating_point():
            tensor.normal_(0.5 * (tensor.dim() == 1), 0.3, generator=draw)
            if tensor.dim() > 1 and tensor.shape[0] > 1:
                tensor.mul_(3 / tensor[0].numel() ** 0.5)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] * (name == "convnext_tiny")) for name in THEIRS],
)
def test_outputs_are_those_of_the_authors_network(name):
    theirs = THEIRS[name]().eval()
    random_weights(theirs)
    architecture = load(name, input=CHW(3, 64, 64))
    converted = convert(architecture, theirs.state_dict())
    ours = build(converted.architecture).eval()
    ours.load_state_dict(converted.weights)
    images = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(5))
    with torch.inference_mode():
        expected = theirs(images)
        assert converted.layout == "authors"
        assert expected.std() > 1e-2
        torch.testing.assert_close(ours(images), expected, rtol=1e-3, atol=1e-4)
