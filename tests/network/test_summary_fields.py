"""Receptive fields of modules that run, against gradients and the tables of architectures."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import convscope
from convscope.zoo import list_architectures, load

SIDE = 20


class Between(nn.Module):
    """A function between two 3 x 3 convolutions without padding."""

    def __init__(self, function, channels=4):
        super().__init__()
        self.before = nn.Conv2d(4, 4, 3)
        self.after = nn.Conv2d(channels, 4, 3)
        self.linear, self.norm = nn.Linear(4, 4), nn.LayerNorm(4)
        self.scale = nn.Parameter(torch.ones(1, 4, 1, 1))
        self.function = function
        self.double().requires_grad_(True)
        for parameter in self.parameters():
            nn.init.uniform_(parameter, 0.5, 1.0)

    def forward(self, x):
        return self.after(self.function(self, self.before(x)))


def shuffled(m, x):
    return x.view(-1, 2, 2, *x.shape[2:]).transpose(1, 2).reshape(x.shape)


def channels_last(m, x):
    return m.norm(m.linear(x.permute(0, 2, 3, 1))).permute(0, 3, 1, 2)


def written(m, x):
    y = torch.zeros_like(x)
    y[:, :2] = x[:, 2:]
    y[:, 2:] = F.max_pool2d(x, 3, 1, 1)[:, :2]
    return y


KNOWN = {
    "strided": lambda m, x: x[..., ::2, ::2],
    "focus": lambda m, x: x[..., ::2, ::2] + x[..., 1::2, 1::2],
    "shifted": lambda m, x: x[..., 4:, 4:] + x[..., :-4, :-4],
    "one axis": lambda m, x: x[..., ::3, 2:],
    "lrn": lambda m, x: F.local_response_norm(x, 3),
    "channel_shuffle": lambda m, x: F.channel_shuffle(x, 2),
    "shuffled": shuffled,
    "channels_last": channels_last,
    "scale": lambda m, x: F.hardswish(x * m.scale),
    "chosen": lambda m, x: x[:, [1, 0, 3, 2]],
    "rolled channels": lambda m, x: x.roll(1, 1),
    "softmax": lambda m, x: x.softmax(1),
    "attention over channels": lambda m, x: x * x.mean(1, keepdim=True) + x.amax(1, keepdim=True),
    "chunks": lambda m, x: torch.cat([x.chunk(2, 1)[0] * x.chunk(2, 1)[1], x[:, :2]], 1),
    "stack": lambda m, x: torch.stack([x, F.max_pool2d(x, 3, 1, 1)], 1).sum(1),
    "written": written,
    "pooled": lambda m, x: F.adaptive_avg_pool2d(x, 6),
    "padded": lambda m, x: F.pad(x, (1, 2, 3, 4))[..., 3:-4, 1:-2],
}
UNKNOWN = {
    "softmax over the width": lambda m, x: x.softmax(3),
    "transposed": lambda m, x: x.transpose(2, 3),
    "rolled": lambda m, x: x.roll(2, 3),
    "a column": lambda m, x: x + x[..., :1],
    "a pixel": lambda m, x: x + x[..., 5:6, 5:6],
    "other order": lambda m, x: x.reshape(1, *x.shape[2:], 4).permute(0, 3, 1, 2),
    "of the width": lambda m, x: F.linear(x, torch.ones(18, 18, dtype=x.dtype, device=x.device)),
    "half a pixel": lambda m, x: F.interpolate(x, scale_factor=1.5, mode="bilinear"),
}


def field_of(module):
    return convscope.summary(module, torch.ones(1, 4, SIDE, SIDE).double()).rows[-1].field_size


def extent_of(module):
    """Return the largest extent of pixels with a gradient, over corners and centre."""
    x = (torch.rand(1, 4, SIDE, SIDE, dtype=torch.double) + 0.5).requires_grad_()
    output = module(x)
    height, width = output.shape[2:]
    extents = []
    for i, j in {(0, 0), (height // 2, width // 2), (height - 1, width - 1)}:
        (gradient,) = torch.autograd.grad(output[0, :, i, j].sum(), x, retain_graph=True)
        seen = (gradient[0].abs().sum(0) > 0).nonzero()
        extents.append((seen.max(0).values - seen.min(0).values + 1).tolist())
    return tuple(max(axis) for axis in zip(*extents, strict=True))


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_field_is_that_of_gradients(name):
    torch.manual_seed(0)
    module = Between(KNOWN[name])
    assert field_of(module) == extent_of(module)


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_field_that_differs_or_is_not_followed_is_empty(name):
    assert field_of(Between(UNKNOWN[name])) is None


def test_a_gate_of_the_whole_image_reads_all_of_it():
    module = Between(lambda m, x: x * m.linear(x.mean((2, 3)))[:, :, None, None])
    assert field_of(module) == (SIDE, SIDE) == extent_of(module)


@pytest.mark.parametrize(
    "name",
    [
        "alexnet",
        "shufflenet_v2_x0_5",
        pytest.param("", marks=pytest.mark.slow),
    ],
)
def test_fields_of_networks_are_those_of_their_tables(name):
    names = [name] if name else list_architectures()
    for each in names:
        architecture = load(each)
        fields = {row.path: row.field_size for row in architecture.table().rows}
        rows = convscope.summary(architecture).rows
        compared = [row for row in rows if row.path in fields and row.call == 1]
        assert len(compared) > 3
        for row in compared:
            assert row.field_size == fields[row.path], (each, row.path)
