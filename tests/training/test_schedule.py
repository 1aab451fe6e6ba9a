import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import lr_scheduler

from convscope.errors import InputError
from convscope.training.recipe.recipe import Recipe
from convscope.training.recipe.schedule import (
    Constant,
    Cosine,
    Exponential,
    OneCycle,
    Polynomial,
    Stages,
    Step,
)

TOTAL, PER_EPOCH = 60, 10


def ours(schedule):
    return [
        schedule.multiplier(step, total_steps=TOTAL, steps_per_epoch=PER_EPOCH)
        for step in range(TOTAL)
    ]


def theirs(make):
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = make(optimiser)
    found = []
    for _ in range(TOTAL):
        found.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        scheduler.step()
    return found


def with_warmup(optimiser, steps, after):
    rise = lr_scheduler.LambdaLR(optimiser, lambda t: (t + 1) / steps)
    return lr_scheduler.SequentialLR(optimiser, [rise, after], milestones=[steps])


@pytest.mark.parametrize(
    ("schedule", "make"),
    [
        (Constant(), lambda o: lr_scheduler.ConstantLR(o, factor=1.0)),
        (
            Step(milestones=(2, 5), gamma=0.3),
            lambda o: lr_scheduler.MultiStepLR(o, [20, 50], gamma=0.3),
        ),
        (
            Exponential(gamma=0.7, every_epochs=2),
            lambda o: lr_scheduler.StepLR(o, 20, gamma=0.7),
        ),
        (
            Exponential(gamma=0.9, every_epochs=1, warmup_epochs=1.0),
            lambda o: lr_scheduler.LambdaLR(o, lambda t: min(1, (t + 1) / 10) * 0.9 ** (t // 10)),
        ),
        (
            Stages(begins=(1, 4), factors=(0.5, 0.2)),
            lambda o: lr_scheduler.LambdaLR(o, lambda t: 1 if t < 10 else 0.5 if t < 40 else 0.2),
        ),
        (Cosine(), lambda o: lr_scheduler.CosineAnnealingLR(o, TOTAL)),
        (Cosine(final=0.2), lambda o: lr_scheduler.CosineAnnealingLR(o, TOTAL, eta_min=0.2)),
        (Polynomial(), lambda o: lr_scheduler.PolynomialLR(o, TOTAL, power=1.0)),
        (Polynomial(power=2.5), lambda o: lr_scheduler.PolynomialLR(o, TOTAL, power=2.5)),
        (
            OneCycle(),
            lambda o: lr_scheduler.OneCycleLR(o, 1.0, total_steps=TOTAL, cycle_momentum=False),
        ),
        (
            OneCycle(warmup=0.5, start_divisor=10.0, final_divisor=100.0),
            lambda o: lr_scheduler.OneCycleLR(
                o,
                1.0,
                total_steps=TOTAL,
                pct_start=0.5,
                div_factor=10.0,
                final_div_factor=100.0,
                cycle_momentum=False,
            ),
        ),
        (
            Cosine(warmup_epochs=1.5),
            lambda o: with_warmup(o, 15, lr_scheduler.CosineAnnealingLR(o, TOTAL - 15)),
        ),
        (
            Polynomial(warmup_epochs=1.0),
            lambda o: with_warmup(o, 10, lr_scheduler.PolynomialLR(o, TOTAL - 10)),
        ),
        (
            Constant(warmup_epochs=2.0),
            lambda o: lr_scheduler.LambdaLR(o, lambda t: min(1, (t + 1) / 20)),
        ),
    ],
    ids=lambda value: "" if callable(value) else repr(value),
)
@pytest.mark.filterwarnings("ignore:The epoch parameter in `scheduler.step")
def test_equals_torch(schedule, make):
    assert ours(schedule) == pytest.approx(theirs(make), abs=1e-12)


@given(
    st.sampled_from(
        [
            Constant,
            Cosine,
            Exponential,
            OneCycle,
            Polynomial,
            lambda **k: Step(milestones=(1,), **k),
        ]
    ),
    st.integers(1, 400),
    st.integers(1, 50),
    st.floats(0, 100),
)
def test_always_between_0_and_1(kind, total, per_epoch, warmup):
    schedule = kind() if kind is OneCycle else kind(warmup_epochs=warmup)
    for step in range(total):
        value = schedule.multiplier(step, total_steps=total, steps_per_epoch=per_epoch)
        assert 0 <= value <= 1 + 1e-12


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "Cosine", "final": 2.0},
        {"type": "OneCycle", "warmup": 0.0},
        {"type": "OneCycle", "warmup_epochs": 1.0},
        {"type": "Step"},
        {"type": "Polynomial", "power": float("nan")},
        {"type": "Cosin"},
        {"type": "Exponential", "gamma": 1.5},
        {"type": "Exponential", "every_epochs": 0},
        {"type": "Stages", "begins": (), "factors": ()},
        {"type": "Stages", "begins": (2, 1), "factors": (0.5, 0.1)},
        {"type": "Stages", "begins": (1, 2), "factors": (0.5,)},
    ],
)
def test_refuses(fields):
    with pytest.raises(InputError):
        Recipe(epochs=1, lr=0.1, schedule=fields)
