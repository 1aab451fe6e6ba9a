"""Errors: what they say, what they keep, and that they cross process borders."""

import copy
import pickle
from typing import Literal

import pydantic
import pytest
from pydantic import PositiveFloat

from convscope import errors
from convscope.errors import (
    ArchitectureError,
    ConvscopeError,
    FormatError,
    InputError,
    StorageError,
    from_validation,
    nearest,
    unknown_name,
)

KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, ConvscopeError)
]


@pytest.mark.parametrize("kind", KINDS)
def test_says_what_was_given_expected_and_how_to_fix_it(kind):
    error = kind("7 legs", expected="4 legs", fix="take some off", where="horse.json")
    assert str(error) == "horse.json: 7 legs\n  expected: 4 legs\n  fix: take some off"
    assert str(kind("7 legs")) == "7 legs"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("again", [copy.copy, lambda e: pickle.loads(pickle.dumps(e))])
def test_survives_a_copy(kind, again):
    error = again(kind("a", expected="b", fix="c", where="d"))
    assert type(error) is kind
    assert (error.given, error.expected, error.fix, error.where) == ("a", "b", "c", "d")


def test_storage_error_does_not_pretend_to_be_an_errno():
    error = StorageError("the disk is full", expected="room", fix="make room")
    assert (error.errno, error.strerror, error.filename) == (None, None, None)


def test_at_puts_the_outer_place_first():
    inner = ArchitectureError("x", where="conv1")
    assert inner.at("stage2").at("").where == "stage2.conv1"
    assert inner.where == "conv1"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lenet", ["lenet5", "lenet5_1998"]),
        ("LENET5", ["lenet5", "lenet5_1998"]),
        ("resnet", ["resnet18"]),
        ("net", ["lenet5", "lenet5_1998", "resnet18"]),
        ("zzz", []),
        ("", []),
    ],
)
def test_nearest(name, expected):
    found = nearest(name, ["resnet18", "lenet5", "lenet5_1998", "vgg16"])
    assert found[: len(expected)] == expected
    assert len(found) <= 3
    assert bool(found) == bool(expected)


def test_unknown_name():
    error = unknown_name("layer", "conv", ["conv1", "fc"], see="convscope list")
    assert isinstance(error, InputError)
    assert "no layer named 'conv'" in str(error)
    assert "did you mean conv1? `convscope list` lists all." in error.fix
    many = unknown_name("thing", "q", [f"n{i:02}" for i in range(30)])
    assert "n11, ... (30 in all)" in many.expected
    assert len(str(unknown_name("thing", "q" * 10**6, ["a"]))) < 300


class _Model(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")
    size: int
    name: str = ""


def _error(**fields):
    with pytest.raises(pydantic.ValidationError) as caught:
        _Model(**fields)
    return caught.value


def test_from_validation_names_a_misspelt_field_before_the_missing_one():
    error = from_validation(_error(sise=3), kind=FormatError, where="f.json")
    assert error.where == "f.json.sise"
    assert error.given == "unknown field 'sise' (and 1 more)"
    renamed = from_validation(_error(sise=3), kind=FormatError, place=lambda loc: f"<{loc[0]}>")
    assert renamed.where == "<sise>"


def test_from_validation_stays_short():
    error = from_validation(_error(size="x" * 10**6), kind=FormatError)
    assert len(str(error)) < 300
    error = from_validation(_error(size=1, **{"y" * 10**6: 1}), kind=FormatError)
    assert len(str(error)) < 400
    assert from_validation(_error(), kind=FormatError).given == "the field 'size' is missing"


class _Union(pydantic.BaseModel):
    weights: Literal["balanced"] | tuple[PositiveFloat, ...] | None = None


@pytest.mark.parametrize(
    ("fields", "where", "given", "expected"),
    [
        ({"weights": "equal"}, "weights", "'equal' does not fit", "one of balanced or a list"),
        ({"weights": [2.0, -1.0]}, "weights.1", "-1.0 does not fit", "greater than 0"),
        ({"weights": [-2.0, -1.0]}, "weights.0", "-2.0 does not fit", "greater than 0"),
    ],
)
def test_from_validation_names_all_that_a_union_takes(fields, where, given, expected):
    with pytest.raises(pydantic.ValidationError) as caught:
        _Union(**fields)
    error = from_validation(caught.value, kind=InputError)
    assert (error.where, error.given) == (where, given)
    assert expected in error.expected
