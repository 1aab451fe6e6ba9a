"""The table: groups add up, figures of the sources, linear work."""

import json
import sys

import pytest

from convscope.arch import Architecture, AuxiliaryHead, Chain, Concat, Residual, trace
from convscope.arch.classifier import classifiers
from convscope.arch.compare import measure_architecture
from convscope.errors import InputError
from convscope.layers import (
    AdaptiveAvgPool2d,
    BatchNorm2d,
    Conv2d,
    Flatten,
    Linear,
)
from convscope.shapes import CHW, Features
from convscope.zoo import list_architectures, load
from tests.zoo.sample import rows

HEAD = Chain(flatten=Flatten(), fc=Linear(4))
NESTED = Architecture(
    name="nested",
    input=CHW(3, 16, 16),
    num_classes=4,
    block=Chain(
        stem=Conv2d(8, 3, padding=1),
        stage=Chain(
            r=Residual(Chain(a=Conv2d(8, 3, padding=1), n=BatchNorm2d())),
            c=Concat(a=Conv2d(4, 1), b=Chain(x=Conv2d(2, 1), y=Conv2d(3, 3, padding=1))),
            aux=AuxiliaryHead(HEAD),
        ),
        head=HEAD,
    ),
)


@pytest.mark.parametrize("name", ["nested", *rows(list_architectures())])
@pytest.mark.parametrize("depth", [1, 2, 3, None])
def test_rows_add_up_to_the_totals(name, depth):
    architecture = NESTED if name == "nested" else load(name)
    table = architecture.table(depth=depth, batch_size=2)
    total = table.totals

    def added(name):
        return sum(getattr(row, name) for row in table.rows)

    assert added("parameters") == total.parameters + total.auxiliary_parameters
    assert added("macs") == total.macs + total.auxiliary_macs
    assert added("training_bytes") == total.training_bytes
    assert total.weight_bytes == 4 * (total.parameters + total.auxiliary_parameters)
    if not any(row.auxiliary for row in table.rows):
        assert added("connections") >= total.connections
    assert len({row.path for row in table.rows}) == len(table.rows)
    assert depth is None or max(row.path.count(".") for row in table.rows) < depth


def test_a_group_shows_its_output_and_not_its_head():
    stage = NESTED.table(depth=1).rows[1]
    assert (stage.path, stage.type, stage.output_shape) == ("stage", "Chain", CHW(7, 16, 16))
    assert not stage.auxiliary
    assert stage.field_size == (7, 7)
    head = NESTED.table(depth=2).rows[3]
    assert (head.path, head.auxiliary, head.output_shape) == ("stage.aux", True, Features(4))


LENET5 = {
    "conv1": (156, 117_600),
    "conv2": (2_416, 240_000),
    "conv3": (48_120, 48_000),
    "fc1": (10_164, 10_080),
    "fc2": (850, 840),
}
# LeCun et al. 1998, section II-B: parameters and connections of each layer
LENET5_1998 = {
    "c1": (156, 122_304),
    "s2": (12, 5_880),
    "c3": (1_516, 151_600),
    "s4": (32, 2_000),
    "c5": (48_120, 48_120),
    "f6": (10_164, 10_164),
    "output": (0, 840),
}


def test_lenet5_row_by_row():
    table = load("lenet5").table()
    assert (table.totals.parameters, table.totals.macs) == (61_706, 416_520)
    found = {row.path: (row.parameters, row.macs) for row in table.rows if row.parameters}
    assert found == LENET5
    shapes = {row.path: str(row.output_shape) for row in table.rows}
    assert shapes["conv1"] == "6x28x28"
    assert shapes["pool1"] == "6x14x14"
    assert shapes["conv2"] == "16x10x10"
    assert shapes["pool2"] == "16x5x5"
    assert shapes["conv3"] == "120x1x1"
    assert table.totals.weight_bytes == 4 * 61_706


def test_lenet5_1998_row_by_row():
    table = load("lenet5_1998").table()
    assert table.totals.parameters == 60_000
    assert table.totals.connections == 340_908
    assert table.totals.macs == 325_680
    found = {row.path: (row.parameters, row.connections) for row in table.rows if row.connections}
    assert found == LENET5_1998


def test_plain_data_json_and_markdown():
    table = NESTED.table(batch_size=4)
    data = json.loads(table.to_json())
    assert data["batch_size"] == 4
    assert data["rows"][0]["output_shape"] == [8, 16, 16]
    assert data["rows"][0]["activation_bytes"] == 4 * 4 * 8 * 16 * 16
    assert data["totals"]["parameters"] == table.totals.parameters
    lines = table.to_markdown().splitlines()
    assert len(lines) == len(table.rows) + 3
    assert all(line.count("|") == 7 for line in lines)


@pytest.mark.parametrize("options", [{"depth": 0}, {"depth": -1}, {"batch_size": 0}])
def test_invalid_options(options):
    with pytest.raises(InputError, match="1 or more"):
        NESTED.table(**options)


def calls(work):
    """Function calls that `work` makes: the same number on every machine."""
    count = 0

    def counted(_frame, event, _argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def many(kind, layers, side):
    same = Conv2d(1, 3, padding=1, bias=False)
    blocks = {
        "flat": lambda: {f"conv{n}": same for n in range(layers)},
        "uneven": lambda: {
            "pool": AdaptiveAvgPool2d(side - 1),
            **{f"conv{n}": same for n in range(layers)},
        },
        "residual": lambda: {f"block{n}": Residual(same) for n in range(layers // 3)},
        "branches": lambda: {"split": Concat(**{f"conv{n}": same for n in range(layers)})},
        "heads": lambda: {
            f"head{n}": AuxiliaryHead(Chain(flat=Flatten(), fc=Linear(2)))
            for n in range(layers // 2)
        },
    }[kind]()
    return Architecture(
        name="x",
        input=CHW(1, side, side),
        num_classes=2,
        block=Chain(**blocks, flatten=Flatten(), fc=Linear(2)),
    )


@pytest.mark.parametrize(
    "kind",
    [
        "uneven",
        "residual",
        *(pytest.param(k, marks=pytest.mark.slow) for k in ("flat", "branches", "heads")),
    ],
)
def test_the_work_grows_with_the_layers_and_not_with_their_square(kind):
    """Tracing, table, JSON, classifiers and comparison of 900 layers: 9 times those of 100."""

    def work(layers):
        made = many(kind, layers, 8)
        trace(made.block, made.input)
        made.table().to_json()
        made.table(depth=1)
        Architecture.from_json(made.to_json())
        classifiers(made)
        measure_architecture(made)

    few, most = calls(lambda: work(100)), calls(lambda: work(900))
    assert most < 9.2 * few


def test_uneven_fields_cost_the_same_calls_at_every_size():
    small, large = many("uneven", 50, 8), many("uneven", 50, 400)
    assert calls(large.table) < 1.1 * calls(small.table)
