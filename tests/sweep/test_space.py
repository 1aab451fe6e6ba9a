import math

import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convscope.errors import InputError
from convscope.recipes import load_recipe
from convscope.sweep import Choice, Range, parse
from convscope.sweep.space import check_space


@pytest.mark.parametrize(
    ("text", "low", "high", "whole", "log"),
    [
        ("lr=1e-4..1e-1", 1e-4, 1e-1, False, True),
        ("schedule.warmup=0.1..0.5", 0.1, 0.5, False, False),
        ("epochs=4..16", 4, 16, True, False),
        ("batch_size=8..128", 8, 128, True, True),
        ("lr=0.01 .. 0.1", 0.01, 0.1, False, True),
        ("optimiser.weight_decay=0..0.1", 0, 0.1, False, False),
        ("optimiser.weight_decay=0.0..1.0", 0, 1, False, False),
    ],
)
def test_ranges(text, low, high, whole, log):
    found = parse(text)
    assert found == Range(
        name=text.partition("=")[0], low=float(low), high=float(high), whole=whole, log=log
    )


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("batch_size=64,128,256", ("64", "128", "256")),
        ("optimiser.type=SGD,AdamW", ("SGD", "AdamW")),
        ("clip_norm=null,1.0", ("null", "1.0")),
        ('keep="last","best"', ('"last"', '"best"')),
        ("optimiser.betas=[0.9,0.99],[0.9,0.999]", ("[0.9, 0.99]", "[0.9, 0.999]")),
        ("optimiser.nesterov=true,false", ("true", "false")),
    ],
)
def test_lists(text, values):
    assert parse(text).values == values


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lr", "is not a range or a list"),
        ("lr=", "is not a range or a list"),
        ("=1..2", "is not a range or a list"),
        ("lr=0.1", "two or more different values"),
        ("lr=0.1,0.1", "two or more different values"),
        ("lr=0.1..0.1", "the smaller first"),
        ("lr=1..0.1", "the smaller first"),
        ("lr=1...2", "the smaller first"),
        ("lr=1..2..3", "the smaller first"),
        ("lr=nan..1", "the smaller first"),
        ("lr=0..inf", "the smaller first"),
        ("lr=a..b", "the smaller first"),
        ("lr=..", "the smaller first"),
    ],
)
def test_neither(text, message):
    with pytest.raises(InputError, match=message):
        parse(text)


def test_one_value_is_a_setting():
    with pytest.raises(InputError) as caught:
        parse("lr=0.1")
    assert caught.value.fix == "one value is a setting: --set lr=0.1"


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ([], "no setting to vary"),
        (["lr=0.1..1", "lr=1,2"], "lr is varied twice"),
        (["ler=0.1..1"], "no setting named 'ler'"),
        (["lr=-1..1"], "recipe|--set"),
        (["batch_size=0..10"], "batch_size"),
        (["batch_size=64,many"], "batch_size"),
        (["optimiser.momentum=0.1..0.9"], "AdamW has no setting 'momentum'"),
    ],
)
def test_what_the_recipe_does_not_take(texts, message):
    with pytest.raises(InputError, match=message):
        check_space([parse(text) for text in texts], load_recipe("general"))


@given(st.floats(1e-9, 1e6), st.floats(1.001, 1e9), st.integers(0, 2**31))
def test_what_is_drawn_is_in_the_range_and_is_what_is_printed(low, factor, seed):
    found = parse(f"lr={low!r}..{low * factor!r}")
    assert isinstance(found, Range)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    name, _, value = found.draw(study.ask()).partition("=")
    assert name == "lr"
    assert low <= float(value) <= low * factor
    assert math.isclose(float(value), float(f"{float(value):.4g}"), rel_tol=1e-3)


def test_it_says_what_it_is():
    assert str(parse("lr=1e-4..1e-1")) == "lr: numbers from 0.0001 to 0.1, logarithmic"
    assert str(parse("epochs=4..16")) == "epochs: whole numbers from 4 to 16, linear"
    assert str(Choice(name="keep", values=("last", "best"))) == "keep: last, best"


def test_numbers_of_5000_digits_are_words():
    digits = "9" * 5_000
    assert parse(f"lr={digits},2") == Choice(name="lr", values=(digits, "2"))
