"""Blocks: frozen, ordered, hashable; names that cannot become anything but a path."""

import copy
import pickle

import pydantic
import pytest

from convscope.arch import (
    Architecture,
    AuxiliaryHead,
    Chain,
    Concat,
    Limits,
    Residual,
    block_at,
    children,
    trace,
)
from convscope.errors import ArchitectureError
from convscope.layers import AdaptiveAvgPool2d, Conv2d, Flatten, Identity, Linear, ReLU, Tanh
from convscope.shapes import CHW, Features

HEAD = Chain(flatten=Flatten(), fc=Linear(2))


def _architecture(block, **fields):
    return Architecture(name="net", input=CHW(1, 8, 8), num_classes=2, block=block, **fields)


def test_equality_includes_the_order():
    """Tanh after ReLU is not ReLU after Tanh; channels come in the order of the branches."""
    for kind in (Chain, Concat):
        one, other = kind(a=ReLU(), b=Tanh()), kind(b=Tanh(), a=ReLU())
        assert one != other
        assert one == kind(a=ReLU(), b=Tanh())
        assert hash(one) == hash(kind(a=ReLU(), b=Tanh()))
        assert len({one, other, kind(a=ReLU(), b=Tanh())}) == 2
    assert Chain(a=ReLU()) != Concat(a=ReLU())
    assert Chain(a=ReLU()) != ReLU()
    assert Residual(ReLU()) == Residual(ReLU(), Identity())


def test_architectures_compare_hash_copy_and_pickle():
    one = _architecture(Chain(conv=Conv2d(2, 3), act=ReLU(), **HEAD.blocks))
    swapped = _architecture(Chain(act=ReLU(), conv=Conv2d(2, 3), **HEAD.blocks))
    assert one != swapped
    assert one.fingerprint != swapped.fingerprint
    for again in (copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
        assert again == one
        assert hash(again) == hash(one)
        assert again.trace == one.trace


def test_the_fingerprint_covers_block_input_and_classes():
    one = _architecture(HEAD)
    renamed = Architecture(
        name="other", input=CHW(1, 8, 8), num_classes=2, block=HEAD, differs_from_paper=("x",)
    )
    assert renamed.fingerprint == one.fingerprint
    larger = Architecture(name="net", input=CHW(1, 9, 9), num_classes=2, block=HEAD)
    assert larger.fingerprint != one.fingerprint


def test_frozen():
    chain = Chain(a=ReLU())
    residual, architecture = Residual(ReLU()), _architecture(HEAD)
    for model, name in ((chain, "blocks"), (residual, "body"), (architecture, "name")):
        with pytest.raises(pydantic.ValidationError, match="frozen"):
            setattr(model, name, None)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "1a",
        "_a",
        "a.b",
        "a/b",
        "../a",
        "a b",
        "a\n",
        "é",
        "a" * 65,
        "training",
        "a\0",
        "a-b",
        "__class__",
        "a[0]",
    ],
)
def test_invalid_names(name):
    for kind in (Chain, Concat):
        with pytest.raises(ArchitectureError, match="cannot name a block"):
            kind(**{name: ReLU()})


@pytest.mark.parametrize("name", ["../x", "", "A", "a-b", "a b", "_x", "a" * 65, "x\n", "con.json"])
def test_invalid_architecture_names(name):
    with pytest.raises(ArchitectureError, match="cannot name an architecture"):
        Architecture(name=name, input=CHW(1, 8, 8), num_classes=2, block=HEAD)


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: Chain(), "no block"),
        (lambda: Concat(), "no block"),
        (lambda: Chain(a=3), "Chain"),
        (lambda: AuxiliaryHead(HEAD, weight=0), "weight"),
        (lambda: AuxiliaryHead(HEAD, weight=float("nan")), "weight"),
        (
            lambda: _architecture(Chain(r=Residual(Conv2d(2, 3, padding=1)), **HEAD.blocks)),
            "r: its two sides differ: body 2x8x8, shortcut 1x8x8",
        ),
        (
            lambda: _architecture(Chain(c=Concat(a=Conv2d(2, 3), b=Conv2d(2, 1)), **HEAD.blocks)),
            "c: its branches end in different sizes: a 2x6x6, b 2x8x8",
        ),
        (lambda: _architecture(Chain(c=Concat(a=HEAD, b=HEAD))), "c: its branches"),
        (lambda: _architecture(Chain(s=Chain(c=Conv2d(2, 9)), **HEAD.blocks)), "s.c: the window"),
        (lambda: _architecture(Chain(conv=Conv2d(2, 3))), "a vector of 2 logits"),
        (lambda: _architecture(Chain(f=Flatten(), fc=Linear(3))), "the output is 3"),
        (lambda: _architecture(Chain(aux=AuxiliaryHead(Flatten()), **HEAD.blocks)), "aux: the out"),
        (
            lambda: _architecture(
                Chain(
                    aux=AuxiliaryHead(Chain(inner=AuxiliaryHead(HEAD), **HEAD.blocks)),
                    **HEAD.blocks,
                )
            ),
            "aux.head.inner: an auxiliary head inside",
        ),
        (lambda: _architecture(HEAD, nonsense=1), "nonsense"),
        (lambda: Architecture(name="n", input=CHW(0, 8, 8), num_classes=2, block=HEAD), "input"),
        (
            lambda: Architecture(name="n", input=CHW(1, 2**31, 8), num_classes=2, block=HEAD),
            "input",
        ),
    ],
)
def test_errors_name_the_path(make, named):
    with pytest.raises(ArchitectureError) as caught:
        make()
    assert named in str(caught.value)


def test_deep_nesting_is_an_error_without_recursion():
    deep = ReLU()
    for _ in range(20_000):
        deep = Chain(a=deep)
    with pytest.raises(ArchitectureError, match="depth: 65"):
        trace(deep, CHW(1, 8, 8))


def test_larger_limits():
    block = Chain(**{f"r{n}": ReLU() for n in range(30)}, **HEAD.blocks)
    with pytest.raises(ArchitectureError, match="layers"):
        _architecture(block, limits=Limits(layers=20))
    text = _architecture(block, limits=Limits(layers=32)).to_json()
    with pytest.raises(ArchitectureError, match="layers"):
        Architecture.from_json(text, limits=Limits(layers=20))
    assert len(Architecture.from_json(text, limits=Limits(layers=32)).trace.steps) == 32


def test_the_limit_of_positions():
    with pytest.raises(ArchitectureError, match="a: places: 3,000,000"):
        trace(Chain(a=AdaptiveAvgPool2d((1, 3_000_000))), CHW(1, 1, 1))


def test_children_and_block_at():
    block = Chain(a=Residual(Conv2d(1, 1)), b=AuxiliaryHead(HEAD), c=Concat(x=ReLU()))
    assert children(ReLU()) == {}
    assert list(children(block.blocks["a"])) == ["body", "shortcut"]
    assert block_at(block, "") == block
    assert block_at(block, "a.body") == Conv2d(1, 1)
    assert block_at(block, "b.head.fc") == Linear(2)
    assert block_at(block, "c.x") == ReLU()
    assert trace(HEAD, CHW(1, 2, 2)).output_shape == Features(2)
