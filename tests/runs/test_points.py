"""Points of curves: what is kept of many, and files that are damaged."""

import json

import numpy as np
import pytest

from convscope.runs.points import MOST_ROWS, kept_places, read_points


def step(number, loss=1.0, accuracy=0.5):
    return {
        "type": "Step",
        "step": number,
        "epoch": 1,
        "lr": 0.1,
        "loss": loss,
        "accuracy": accuracy,
    }


def epoch(number):
    return {
        "type": "Epoch",
        "step": 10 * number,
        "epoch": number,
        "validation_accuracy": number / 10,
        "validation_loss": 1 / number,
        "best": True,
    }


def write(folder, *events, end=b""):
    lines = [json.dumps(event, separators=(",", ":")).encode() + b"\n" for event in events]
    (folder / "events.jsonl").write_bytes(b"".join(lines) + end)
    return read_points(folder)


def test_columns(tmp_path):
    started = {"type": "Started", "steps_per_epoch": 10}
    points = write(tmp_path, started, step(5), step(10, 0.5, 0.75), epoch(1), end=b'{"type":"St')
    assert points.steps_per_epoch == 10
    assert points.steps == {
        "step": [5, 10],
        "loss": [1.0, 0.5],
        "accuracy": [0.5, 0.75],
        "lr": [0.1, 0.1],
    }
    assert points.epochs == {"step": [10], "epoch": [1], "accuracy": [0.1], "loss": [1.0]}
    assert points.to == (tmp_path / "events.jsonl").stat().st_size - len(b'{"type":"St')


@pytest.mark.parametrize("num", [1, 7, MOST_ROWS, MOST_ROWS + 1, 12_345])
def test_first_last_and_extreme_values_are_kept(num):
    random = np.random.default_rng(num)
    loss, accuracy = random.normal(size=num), random.normal(size=num)
    kept = kept_places([loss, accuracy])
    assert kept == sorted(set(kept))
    assert {0, num - 1} <= set(kept)
    for values in (loss, accuracy):
        assert {values.argmin(), values.argmax()} <= set(kept)
    assert len(kept) <= MOST_ROWS + 6
    if num <= MOST_ROWS:
        assert len(kept) == num


def test_nothing_is_kept_of_nothing(tmp_path):
    assert kept_places([[], []]) == []
    assert read_points(tmp_path).steps["loss"] == []


@pytest.mark.parametrize(
    "line",
    [b"{}", b"[]", b"no json", b'{"type":"Step","step":1}', b'{"type":"Step","step":NaN}'],
)
def test_lines_that_are_no_events_are_left_out(tmp_path, line):
    broken = {**step(2), "loss": None}
    points = write(tmp_path, step(1), broken, {**step(3), "loss": 1e300}, end=line + b"\n")
    assert points.steps["step"] == [1]


def test_a_file_that_is_no_file(tmp_path):
    (tmp_path / "events.jsonl").mkdir()
    assert read_points(tmp_path).to == 0
