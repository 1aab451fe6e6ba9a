"""LeNet-5: Table I of the paper, the bitmaps, and a forward pass by hand."""

import torch
from torch.nn import functional as F

from convscope.network import build
from convscope.zoo import load
from convscope.zoo.papers.classic.lenet import C3_TABLE, digit_centres

# Table I of LeCun et al. 1998, as printed: a row for each map of S2, a column for each map of C3
TABLE_I = (
    "X...XXX..XXXX.XX",
    "XX...XXX..XXXX.X",
    "XXX...XXX..X.XXX",
    ".XXX..XXXX..X.XX",
    "..XXX..XXXX.XX.X",
    "...XXX..XXXX.XXX",
)


def test_c3_follows_table_i():
    printed = {
        (row, col) for row, line in enumerate(TABLE_I) for col, m in enumerate(line) if m == "X"
    }
    assert {(row, col) for col, rows in enumerate(C3_TABLE) for row in rows} == printed
    assert [len(rows) for rows in C3_TABLE] == [3] * 6 + [4] * 9 + [6]
    assert [sum(row in rows for rows in C3_TABLE) for row in range(6)] == [10] * 6
    assert len(set(C3_TABLE)) == 16


def test_the_digits_are_bitmaps_that_differ():
    centres = digit_centres()
    assert len(centres) == 10
    assert {len(centre) for centre in centres} == {7 * 12}
    assert {value for centre in centres for value in centre} == {1.0, -1.0}
    apart = [
        sum(a != b for a, b in zip(one, other, strict=True))
        for number, one in enumerate(centres)
        for other in centres[:number]
    ]
    assert min(apart) >= 5


def test_lenet5_is_the_network_of_the_textbooks():
    network = build(load("lenet5"), seed=2)
    w = network.state_dict()
    x = torch.randn(3, 1, 32, 32)
    y = F.avg_pool2d(torch.tanh(F.conv2d(x, w["conv1.weight"], w["conv1.bias"])), 2)
    y = F.avg_pool2d(torch.tanh(F.conv2d(y, w["conv2.weight"], w["conv2.bias"])), 2)
    y = torch.tanh(F.conv2d(y, w["conv3.weight"], w["conv3.bias"])).flatten(1)
    y = torch.tanh(F.linear(y, w["fc1.weight"], w["fc1.bias"]))
    y = F.linear(y, w["fc2.weight"], w["fc2.bias"])
    assert torch.allclose(network(x), y, atol=1e-6)


def _squash(x):
    return 1.7159 * torch.tanh(2 * x / 3)


def _subsample(x, weight, bias):
    return _squash(4 * F.avg_pool2d(x, 2) * weight[:, None, None] + bias[:, None, None])


def test_lenet5_1998_is_the_network_of_the_paper():
    network = build(load("lenet5_1998"), seed=2)
    w = network.state_dict()
    x = torch.randn(3, 1, 32, 32)
    y = _squash(F.conv2d(x, w["c1.weight"], w["c1.bias"]))
    y = _subsample(y, w["s2.weight"], w["s2.bias"])
    kernels = iter(w["c3.weight"])
    maps = [sum(F.conv2d(y[:, [c]], next(kernels)[None, None]) for c in row) for row in C3_TABLE]
    y = _squash(torch.cat(maps, 1) + w["c3.bias"][:, None, None])
    y = _subsample(y, w["s4.weight"], w["s4.bias"])
    y = _squash(F.conv2d(y, w["c5.weight"], w["c5.bias"])).flatten(1)
    y = _squash(F.linear(y, w["f6.weight"], w["f6.bias"]))
    y = torch.stack([-(y - torch.tensor(c)).square().sum(1) for c in digit_centres()], 1)
    assert torch.allclose(network(x), y, rtol=1e-4, atol=1e-3)
    assert "output.centres_KF" not in w
