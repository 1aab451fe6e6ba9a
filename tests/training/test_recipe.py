import pytest

from convscope.data import Affine, Shift
from convscope.data.augment.mix import CutMix, Mixup
from convscope.errors import FormatError, InputError
from convscope.io.photos.crops import RandomResizedCrop, ShorterSide
from convscope.training.ema import Ema
from convscope.training.recipe.loss import RbfMap
from convscope.training.recipe.optim import SGD, RMSprop
from convscope.training.recipe.recipe import EarlyStop, Recipe, setting_names
from convscope.training.recipe.schedule import Cosine, Polynomial, Step

PLAIN = Recipe(epochs=3, lr=0.1)
FULL = Recipe(
    epochs=3,
    lr=0.1,
    optimiser=SGD(momentum=0.8),
    schedule=Step(milestones=(1, 2)),
    loss=RbfMap(j=2.0),
    augment=(Shift(pixels=2), Affine()),
    ema=Ema(decay=0.99),
    early_stop=EarlyStop(patience=4),
    clip_norm=1.0,
    frame=ShorterSide(low=30, high=40),
    mix=CutMix(alpha=0.5),
    accumulate=4,
    sync_batch_norm=True,
    keep="best",
    precision="bfloat16",
)


@pytest.mark.parametrize("recipe", [PLAIN, FULL])
def test_json_round_trip(recipe):
    assert Recipe.from_json(recipe.to_json()) == recipe


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (["lr=0.5"], {"lr": 0.5}),
        (["lr=1"], {"lr": 1.0}),
        (["epochs=7", "batch_size=12"], {"epochs": 7, "batch_size": 12}),
        (["schedule.type=Cosine"], {"schedule": Cosine()}),
        (["schedule.final=0.5", "schedule.type=Cosine"], {"schedule": Cosine(final=0.5)}),
        (['schedule={"type": "Polynomial"}'], {"schedule": Polynomial()}),
        (["optimiser.type=RMSprop", "optimiser.alpha=0.5"], {"optimiser": RMSprop(alpha=0.5)}),
        (["ema.decay=0.5"], {"ema": Ema(decay=0.5)}),
        (["early_stop.patience=3"], {"early_stop": EarlyStop(patience=3)}),
        (["frame.type=RandomResizedCrop"], {"frame": RandomResizedCrop()}),
        (["mix.type=Mixup", "mix.alpha=1"], {"mix": Mixup(alpha=1.0)}),
        (["accumulate=2", "sync_batch_norm=true"], {"accumulate": 2, "sync_batch_norm": True}),
        (['augment=[{"type": "Shift"}]'], {"augment": (Shift(),)}),
        (["keep=best", "init=he", "clip_norm=2"], {"keep": "best", "init": "he", "clip_norm": 2.0}),
    ],
)
def test_override(settings, expected):
    found = PLAIN.override(settings)
    assert found == Recipe(**{"epochs": 3, "lr": 0.1, **expected})
    assert Recipe(epochs=3, lr=0.1) == PLAIN


def test_override_of_what_is_there():
    found = FULL.override(["augment.0.pixels=3", "ema=null", "optimiser.nesterov=false"])
    assert found.augment == (Shift(pixels=3), Affine())
    assert found.ema is None
    assert found.optimiser == SGD(momentum=0.8, nesterov=False)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("ler=1", "did you mean lr"),
        ("batchsize=1", "did you mean batch_size"),
        ("schedule.warmups=0.1", "did you mean schedule.warmup"),
        ("schedule.type=Cosin", "did you mean Cosine"),
        ("optimiser.momentum=0.5", "optimiser.type=SGD too"),
        ("lr=fast", "'fast' does not fit"),
        ("lr=-1", "greater than 0"),
        ("lr=NaN", "finite"),
        ("lr=1e999", "finite"),
        ("epochs=1.5", "whole number"),
        ("epochs=0", "greater than 0"),
        ("epochs=true", "whole number"),
        ("lr", "name=value"),
        ("=3", "name=value"),
        ("lr.x=1", "no setting named 'lr.x'"),
        ("a.b.c=1", "no setting named"),
        ("ema.deca=1", "did you mean ema.decay"),
        ("ema.decay=1", "a number below 1"),
        ("augment.3.pixels=1", "no augment.3"),
        ("augment.type=Shift", "augment"),
        ("schedule=OneCycle", "does not fit"),
        ("seed=-1", "at least 0"),
        ("lr=" + "[" * 100_000, "does not fit"),
    ],
)
def test_override_refuses(setting, message):
    with pytest.raises(InputError, match=message):
        FULL.override(["optimiser.type=AdamW", "schedule.type=OneCycle", setting])


def test_names_of_settings():
    names = setting_names(PLAIN.model_dump(mode="json"))
    assert {"lr", "schedule.warmup", "optimiser.betas", "ema.decay"} <= set(names)
    assert "optimiser.momentum" not in names


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"epochs": 3}',
        '{"epochs": 3, "lr": 0.1, "colour": 1}',
        '{"epochs":3,"lr":NaN}',
    ],
)
def test_from_json_refuses(text):
    with pytest.raises(FormatError):
        Recipe.from_json(text)


def test_constructor_speaks_our_language():
    with pytest.raises(InputError, match="batch_size"):
        Recipe(epochs=3, lr=0.1, batch_size=-1)


def test_a_number_of_5000_digits_is_a_value_that_does_not_fit():
    recipe = Recipe(epochs=3, lr=0.1)
    with pytest.raises(InputError, match="does not fit"):
        recipe.override(["lr=" + "9" * 5_000])
