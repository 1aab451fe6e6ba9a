"""Challenges: a solution passes, and a network that misses one goal does not."""

import json
from pathlib import Path

import pytest

from convscope.arch import Chain, Concat, Residual
from convscope.arch.draft import short_form
from convscope.layers import (
    BatchNorm2d,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    Identity,
    Linear,
    MaxPool2d,
    ReLU,
)
from convscope.runs.record import RunRecord
from convscope.server.studio.building.challenges import CHALLENGES, results

HEAD = {"pool": GlobalAvgPool2d(), "flatten": Flatten(), "fc": Linear(10)}


def chain(*layers, head=HEAD):
    return Chain(**{f"layer{i}": layer for i, layer in enumerate(layers)}, **head)


def conv(channels, kernel=3, **options):
    return Conv2d(channels, kernel, **({"padding": kernel // 2} | options))


def unit(channels, stride=1):
    body = Chain(one=conv(channels, stride=stride), relu=ReLU(), two=conv(channels))
    shortcut = Identity() if stride == 1 else Conv2d(channels, 1, stride=stride)
    return Residual(body, shortcut)


def separable(channels, inputs, stride=1):
    return Chain(
        depthwise=conv(inputs, groups=inputs, stride=stride), pointwise=Conv2d(channels, 1)
    )


def scales(*kernels):
    return Concat(**{f"b{k}": conv(8, k) for k in kernels})


def deep(units):
    return chain(conv(16), *[unit(16) for _ in range(units)])


def dilated(last):
    rates = (1, 2, 4, 8, 16, last)
    return chain(*[conv(8, dilation=d, padding=d) for d in rates])


# id -> a solution, and networks that miss one goal
ROWS = {
    "field": (
        chain(conv(4, 7), MaxPool2d(2), conv(4, 7, dilation=2, padding=6)),
        [
            chain(conv(4, 7), MaxPool2d(2), conv(4, 7, dilation=2, padding=6), conv(4, 1)),
            chain(conv(4, 7), MaxPool2d(2), conv(4, 7)),
            chain(conv(4, 32)),
        ],
    ),
    "kernels": (
        chain(conv(32), conv(32), conv(32)),
        [
            chain(conv(32, 7)),
            chain(conv(32), conv(32)),
            chain(conv(64), conv(64), conv(64)),
            chain(conv(32), conv(32), conv(32, stride=2)),
        ],
    ),
    "linear": (
        chain(
            *(conv(16), ReLU(), conv(32, stride=2), ReLU(), conv(32, stride=2), conv(10)),
            head={"pool": GlobalAvgPool2d(), "flatten": Flatten()},
        ),
        [
            chain(conv(16), conv(32), conv(32), conv(10)),
            chain(conv(10), head={"pool": GlobalAvgPool2d(), "flatten": Flatten()}),
        ],
    ),
    "scales": (
        chain(scales(1, 3, 5)),
        [chain(scales(1, 3)), chain(conv(8, 1), conv(8, 3), conv(8, 5))],
    ),
    "deep": (deep(10), [deep(9), chain(*[conv(16) for _ in range(20)])]),
    "cheap": (
        chain(
            *(conv(8, stride=2), ReLU(), separable(32, 8, 2), ReLU(), separable(64, 32, 2)),
            *(ReLU(), separable(64, 64)),
        ),
        [chain(*[conv(64) for _ in range(6)]), chain(conv(64, stride=8))],
    ),
    "dilated": (dilated(20), [dilated(1), chain(*[conv(8) for _ in range(6)])]),
    "memory": (
        chain(
            *(conv(16, stride=4), BatchNorm2d(), ReLU(), conv(64, stride=2), ReLU()),
            *(conv(128, stride=2), ReLU(), conv(64)),
        ),
        [chain(conv(64), ReLU(), conv(128), conv(128), conv(64)), chain(*[conv(8)] * 4)],
    ),
}


def text(challenge, block):
    return json.dumps(
        {
            "name": "mine",
            "input": challenge.input,
            "num_classes": challenge.num_classes,
            "block": short_form(block),
        }
    )


def state(challenge, block, runs=()):
    states = results(text(challenge, block), runs).challenges
    return next(each for each in states if each.id == challenge.id)


BUILT = [challenge for challenge in CHALLENGES if challenge.accuracy is None]
TRAINED = [challenge for challenge in CHALLENGES if challenge.accuracy is not None]


def test_every_challenge_has_a_row():
    assert {challenge.id for challenge in BUILT} == {*ROWS}
    assert len(CHALLENGES) >= 8


@pytest.mark.parametrize("challenge", BUILT, ids=lambda challenge: challenge.id)
def test_a_solution_passes_and_a_near_miss_fails(challenge):
    solution, misses = ROWS[challenge.id]
    solved = state(challenge, solution)
    assert solved.solved, [goal for goal in solved.goals if not goal.reached]
    for miss in misses:
        missed = state(challenge, miss)
        assert not missed.solved
        assert any(not goal.reached for goal in missed.goals)


@pytest.mark.parametrize("challenge", BUILT, ids=lambda challenge: challenge.id)
def test_other_images_do_not_count(challenge):
    solution, _ = ROWS[challenge.id]
    other = challenge._replace(num_classes=11)
    assert not state(other, solution).solved


def run(data, accuracy, parameters, **others):
    return RunRecord(
        "runs/mine",
        Path("runs/mine"),
        "finished",
        data=data,
        parameters=parameters,
        test_accuracy=accuracy,
        **others,
    )


@pytest.mark.parametrize("challenge", TRAINED, ids=lambda challenge: challenge.id)
def test_runs_are_compared(challenge):
    data, share, limit = challenge.accuracy
    block = chain(conv(8))
    solved = state(challenge, block, [("mine", run(data, share, limit - 1))])
    assert (solved.solved, solved.run) == (True, "mine")
    for miss in (
        run(data, share - 0.001, limit - 1),
        run(data, 0.999, limit),
        run("other", 0.999, limit - 1),
        run(data, None, limit - 1),
    ):
        assert not state(challenge, block, [("mine", miss)]).solved
    assert not state(challenge, block).solved


def test_the_route(studio):
    body = {"architecture": text(CHALLENGES[0], ROWS["field"][0])}
    answer = studio.post("/api/build/challenges", json=body).json()["challenges"]
    assert [each["id"] for each in answer] == [challenge.id for challenge in CHALLENGES]
    assert answer[0]["solved"]


def test_a_network_that_does_not_fit_solves_nothing(studio):
    block = {"type": "Chain", "blocks": {}}
    body = {"name": "x", "input": [3, 64, 64], "num_classes": 10, "block": block}
    answer = studio.post("/api/build/challenges", json={"architecture": json.dumps(body)}).json()
    assert not any(each["solved"] for each in answer["challenges"])
