"""Layers side by side: which ones correspond, and what differs. Expected rows by hand."""

import pytest

from convscope.arch import Architecture, Chain
from convscope.arch.compare_layers import FIELDS, MOST_ROWS, align_layers
from convscope.errors import InputError
from convscope.layers import BatchNorm2d, Conv2d, Flatten, Linear, ReLU, Tanh
from convscope.shapes import CHW
from convscope.zoo import list_architectures, load


def small(name, **blocks):
    return Architecture(name=name, input=CHW(1, 4, 4), num_classes=2, block=Chain(**blocks))


def head():
    return {"flatten": Flatten(), "fc": Linear(2)}


PLAIN = small("plain", conv=Conv2d(3, 3, padding=1), act=ReLU(), **head())


def paths(aligned):
    return [tuple(row and row.path for row in line.rows) for line in aligned.rows]


def test_a_network_beside_itself_is_equal():
    aligned = align_layers(PLAIN, PLAIN)
    assert all(line.differs == () and None not in line.rows for line in aligned.rows)
    assert aligned.num_equal == len(aligned.rows) == 4
    assert aligned.depth is None


def test_an_inserted_layer_stands_alone_and_the_rest_corresponds():
    other = small("other", c=Conv2d(3, 3, padding=1), norm=BatchNorm2d(), act=ReLU(), **head())
    aligned = align_layers(PLAIN, other)
    assert paths(aligned) == [
        ("conv", "c"),
        (None, "norm"),
        ("act", "act"),
        ("flatten", "flatten"),
        ("fc", "fc"),
    ]
    assert aligned.num_equal == 4


def test_what_differs_is_named():
    other = small("other", conv=Conv2d(5, 5, padding=2), act=Tanh(), **head())
    lines = {line.rows[0].path: line.differs for line in align_layers(PLAIN, other).rows}
    assert set(lines["conv"]) == {"output_shape", "kernel", "parameters", "macs", "field_size"}
    assert set(lines["act"]) == {"type", "output_shape", "field_size"}
    assert set(lines["fc"]) == {"parameters", "macs", "field_size"}
    assert all(set(differs) <= set(FIELDS) for differs in lines.values())


def test_three_networks_share_the_lines_of_the_first():
    longer = small("longer", conv=Conv2d(3, 3, padding=1), act=ReLU(), more=ReLU(), **head())
    shorter = small("shorter", conv=Conv2d(3, 3, padding=1), **head())
    assert paths(align_layers(PLAIN, longer, shorter)) == [
        ("conv", "conv", "conv"),
        ("act", "act", None),
        (None, "more", None),
        ("flatten", "flatten", "flatten"),
        ("fc", "fc", "fc"),
    ]


@pytest.mark.parametrize("first", ["lenet5", "googlenet", "densenet121"])
@pytest.mark.parametrize("other", ["alexnet", "mobilenet_v3_small"])
def test_every_row_is_there_once_and_in_order(first, other):
    networks = [load(first), load(other)]
    aligned = align_layers(*networks)
    for number, network in enumerate(networks):
        rows = [line.rows[number].path for line in aligned.rows if line.rows[number]]
        assert rows == [row.path for row in network.table(depth=aligned.depth).rows]


def test_deep_networks_are_compared_by_blocks():
    deep = max(map(load, list_architectures()), key=lambda network: len(network.trace.steps))
    assert len(deep.trace.steps) > MOST_ROWS
    aligned = align_layers(deep, PLAIN)
    assert aligned.depth is not None
    assert sum(line.rows[0] is not None for line in aligned.rows) <= MOST_ROWS


def test_one_network_is_too_few():
    with pytest.raises(InputError, match="at least two"):
        align_layers(PLAIN)
