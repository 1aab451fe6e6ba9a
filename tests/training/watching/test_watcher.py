"""A run that is watched computes the same bits, and what is written stays bounded."""

import json
import os
from itertools import pairwise

import pytest
import torch

from convscope.errors import InputError
from convscope.training.loop import train
from convscope.training.run.control import Command, send
from convscope.training.run.events import read_events
from convscope.training.watching import reading
from convscope.training.watching.budget import Budget
from convscope.training.watching.files import Lines, last_lines, whole_lines
from convscope.training.watching.watcher import Watcher

SAME = ("events.jsonl", "architecture.json", "data.json", "recipe.json")


class Clock:
    """A clock that the test sets."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def everything():
    """A budget that allows a capture at every step."""
    budget = Budget(share=1e9, gap_s=0)
    budget.trained_s = 1.0
    return budget


def watched(tiny, folder, *, on=True, budget=None, made=None, stop_after=None):
    """Train in a folder, or resume there, and watch; return the events."""
    with tiny.open_run(folder, made) as run:
        job = tiny.job(run.recipe)
        watcher = Watcher(job, folder, seed=3, on=on, budget=budget or everything())
        source = train(job, run, watch=watcher)
        events = []
        for event in source:
            events.append(event)
            if stop_after is not None and getattr(event, "step", 0) >= stop_after:
                source.close()
                break
    return events


def append(path, text):
    with path.open("ab") as file:
        file.write(text)


def bits(folder):
    """Return the files of a run that must be the same, by name."""
    names = [*SAME, *(f"checkpoints/{p.name}" for p in (folder / "checkpoints").iterdir())]
    return {name: (folder / name).read_bytes() for name in names}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"accumulate": 2, "clip_norm": 0.5, "ema": None},
        {"precision": "bfloat16", "keep": "last"},
    ],
    ids=["ema", "accumulate and clip", "bfloat16"],
)
def test_a_watched_run_has_the_same_bits(tiny, tmp_path, changes):
    made = tiny.recipe(**changes)
    tiny.train_to_end(tmp_path / "alone", made)
    watched(tiny, tmp_path / "watched", made=made)
    assert bits(tmp_path / "alone") == bits(tmp_path / "watched")
    about = reading.read_about(tmp_path / "watched")
    assert reading.latest_statistics(tmp_path / "watched", about) is not None
    assert not (tmp_path / "alone" / "watch").exists()


def test_predictions_statistics_and_frames_are_written(tiny, tmp_path):
    watched(tiny, tmp_path / "run")
    run = tmp_path / "run"
    about = reading.read_about(run)
    assert [layer.path for layer in about.layers] == [
        *("conv", "norm", "relu", "pool", "flatten", "drop", "fc")
    ]
    assert [image.label for image in about.handful] == [0, 0, 1, 1, 2, 2]
    statistics = reading.latest_statistics(run, about)
    assert [layer.path for layer in statistics.layers] == [layer.path for layer in about.layers]
    assert [p.name for p in statistics.layers[0].parameters] == ["conv.weight", "conv.bias"]
    rows = reading.predictions(run)
    assert rows[0].step == 0
    assert rows[-1].step == 48
    first = [image[0].share for image in rows[0].images]
    last = [image[0].share for image in rows[-1].images]
    assert sum(last) > sum(first)
    assert [frame.epoch for frame in reading.frames(run, about)] == [0, 1, 2, 3, 4]
    kinds = {picture.kind for picture in reading.frame(run, 48).pictures}
    assert kinds == {"kernels", "maps"}
    assert reading.handful_picture(run, 0).startswith(b"\x89PNG")
    assert reading.handful_picture(run, 99) is None


def test_what_lies_after_the_checkpoint_is_dropped(tiny, tmp_path):
    run = tmp_path / "run"
    watched(tiny, run, stop_after=30)
    about = reading.read_about(run)
    append(run / "watch" / "statistics.jsonl", b'{"step":31,"epoch":3,"lay')
    assert reading.latest_statistics(run, about).step <= 30
    events = watched(tiny, run)
    resumed = next(event.step for event in events if event.type == "Resumed")
    steps = [step for step, _ in whole_lines(run / "watch" / "statistics.jsonl")]
    assert steps == sorted(set(steps))
    assert steps[-1] > resumed
    watched(tiny, tmp_path / "whole")
    assert bits(run)["events.jsonl"] == bits(tmp_path / "whole")["events.jsonl"]


def test_a_run_that_goes_on_unwatched_drops_later_lines_too(tiny, tmp_path):
    run = tmp_path / "run"
    watched(tiny, run, stop_after=30)
    newest = sorted((run / "checkpoints").glob("*.json"))[-1]
    step = json.loads(newest.read_text())["body"]["numbers"]["step"]
    append(run / "watch" / "statistics.jsonl", b'{"step":99,"layers":[]}\n')
    watched(tiny, run, on=False)
    about = reading.read_about(run)
    assert reading.last_step(run) <= step
    assert all(frame.step <= step for frame in reading.frames(run, about))


def test_the_command_watch_switches_it_on_and_off_and_is_no_event(tiny, tmp_path):
    run = tmp_path / "run"
    tiny.train_to_end(tmp_path / "alone")
    with tiny.open_run(run) as opened:
        job = tiny.job(opened.recipe)
        watcher = Watcher(job, run, seed=3, on=False, budget=everything())
        for event in train(job, opened, watch=watcher):
            if event.type == "Step" and event.step == 12:
                send(run, Command(command="watch", on=True))
            if event.type == "Step" and event.step == 24:
                send(run, Command(command="watch", on=False))
    steps = [step for step, _ in whole_lines(run / "watch" / "statistics.jsonl")]
    assert steps[0] in (13, 14)
    assert steps[-1] <= 25
    assert (run / "events.jsonl").read_bytes() == (tmp_path / "alone/events.jsonl").read_bytes()


def test_one_step_of_a_paused_run_is_captured(tiny, tmp_path):
    run = tmp_path / "run"
    budget = Budget(share=0.0)  # never by itself
    with tiny.open_run(run) as opened:
        job = tiny.job(opened.recipe)
        watcher = Watcher(job, run, seed=3, on=True, budget=budget)
        send(run, Command(command="pause"))
        send(run, Command(command="step"))
        send(run, Command(command="step"))  # both before the same step: one step
        asked = iter([False] * 5 + [True] * 100)  # a paused run asks every 20 ms
        list(train(job, opened, watch=watcher, stop_requested=lambda: next(asked)))
    assert [step for step, _ in whole_lines(run / "watch" / "statistics.jsonl")] == [1]


def test_a_command_watch_needs_on():
    with pytest.raises(ValueError, match="the command watch has on"):
        Command(command="watch")
    with pytest.raises(ValueError, match="the command watch has on"):
        Command(command="pause", on=True)


def test_a_disk_that_is_full_stops_watching_and_not_training(tiny, tmp_path, monkeypatch):
    tiny.train_to_end(tmp_path / "alone")
    write = os.write

    def full(handle, data):
        if b'"layers":' in bytes(data)[:40]:
            raise OSError(28, "No space left on device")
        return write(handle, data)

    monkeypatch.setattr(os, "write", full)
    events = watched(tiny, tmp_path / "run")
    notes = [event.message for event in events if event.type == "Note"]
    assert [note for note in notes if note.startswith("watching is off")] == [
        note for note in notes if "no space left" in note
    ]
    assert len(notes) == 1
    assert events[-1].type == "Finished"
    assert (tmp_path / "run/events.jsonl").read_bytes() == (
        tmp_path / "alone/events.jsonl"
    ).read_bytes()


@pytest.mark.parametrize("kind", ["file", "link"])
def test_something_else_in_the_place_of_the_folder(tiny, tmp_path, kind):
    run = tmp_path / "run"
    tiny.open_run(run).close()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    if kind == "file":
        (run / "watch").write_text("mine")
    else:
        (run / "watch").symlink_to(elsewhere)
    events = watched(tiny, run)
    assert events[-1].type == "Finished"
    assert any(e.type == "Note" and e.message.startswith("watching is off") for e in events)
    assert list(elsewhere.iterdir()) == []


def test_a_failing_run_leaves_no_hooks(tiny, tmp_path):
    with tiny.open_run(tmp_path / "run", tiny.recipe(lr=1e30, ema=None)) as run:
        job = tiny.job(run.recipe)
        watcher = Watcher(job, tmp_path / "run", seed=3, on=True, budget=everything())
        with pytest.raises(Exception, match=r"finite|NaN"):
            list(train(job, run, watch=watcher))
    assert all(not module._forward_hooks for module in job.network.modules())
    about = reading.read_about(tmp_path / "run")
    assert reading.latest_statistics(tmp_path / "run", about) is not None


def test_the_budget_waits_until_a_capture_is_paid_for():
    clock = Clock()
    budget = Budget(share=0.02, gap_s=0.1, clock=clock)
    captures = 0
    for _ in range(1_000):  # steps of 10 ms, captures of 7 ms
        clock.now += 0.010
        budget.train(0.010)
        if budget.allows():
            clock.now += 0.007
            budget.spend(0.007)
            captures += 1
    assert captures == 29
    assert budget.spent_s <= 0.02 * budget.trained_s + 0.007


def test_what_happens_once_is_not_paid_for():
    clock = Clock()
    budget = Budget(share=0.02, gap_s=0.1, clock=clock)
    budget.spend(5.0, once=True)
    assert not budget.allows(), "the gap holds after it too"
    clock.now += 0.2
    budget.train(0.2)
    assert budget.allows()
    budget.spend(0.005)
    clock.now += 0.2
    budget.train(0.2)
    assert budget.allows()
    budget.spend(0.004)
    clock.now += 0.2
    budget.train(0.0)
    assert not budget.allows()
    assert (budget.once_s, budget.spent_s) == (5.0, pytest.approx(0.009))


def test_the_budget_keeps_a_distance_between_cheap_captures():
    clock = Clock()
    budget = Budget(share=0.02, gap_s=0.1, clock=clock)
    captures = 0
    for _ in range(1_000):
        clock.now += 0.010
        budget.train(0.010)
        if budget.allows():
            budget.spend(1e-6)
            captures += 1
    assert 90 <= captures <= 101


def test_lines_are_bounded_and_even(tmp_path):
    path = tmp_path / "lines.jsonl"
    lines = Lines(path, most=20, most_bytes=10_000)
    lines.begin(0)
    for step in range(1, 1_001):
        lines.add({"step": step, "text": "x" * 50})
    lines.close()
    steps = [step for step, _ in whole_lines(path)]
    assert len(steps) <= 20
    assert steps[0] == 1
    assert steps[-1] == 1_000
    gaps = [after - before for before, after in pairwise(steps)]
    assert max(gaps) <= 1_000 / 5
    assert path.stat().st_size <= 10_000


def test_large_lines_are_bounded_by_their_bytes(tmp_path):
    path = tmp_path / "lines.jsonl"
    lines = Lines(path, most=1_000, most_bytes=10_000)
    lines.begin(0)
    for step in range(200):
        lines.add({"step": step, "text": "x" * 1_000})
        assert path.stat().st_size <= 10_000
    lines.close()


def test_history_of_a_layer(tiny, tmp_path):
    run = tmp_path / "run"
    watched(tiny, run)
    about = reading.read_about(run)
    points = reading.layer_history(run, about, "conv")
    assert points[-1].update_ratio > 0
    assert reading.layer_history(run, about, "relu")[-1].weight_norm is None
    later = reading.layer_history(run, about, "conv", since=points[2].step)
    assert [point.step for point in later] == [point.step for point in points[3:]]
    with pytest.raises(InputError, match="conv"):
        reading.layer_history(run, about, "con")


def test_damaged_files_are_left_out(tiny, tmp_path):
    run = tmp_path / "run"
    watched(tiny, run)
    about = reading.read_about(run)
    folder = run / "watch"
    (folder / "statistics.jsonl").write_bytes(
        b'{"step":1,"epoch":1,"layers":[[1]]}\n{"step":2,"epoch":1,"layers":7}\n[]\n\xff\n'
    )
    (folder / "predictions.jsonl").write_bytes(b'{"step":1,"images":[[["a",2]]]}\n')
    (folder / "frames" / "00000048.json").write_bytes(b"{")
    assert reading.latest_statistics(run, about) is None
    assert reading.layer_history(run, about, "conv") == []
    assert reading.predictions(run) == []
    assert reading.frame(run, 48) is None
    (folder / "about.json").write_text("[]")
    assert reading.read_about(run) is None


def test_torch_keeps_its_random_state(tiny, tmp_path):
    before = torch.get_rng_state()
    watched(tiny, tmp_path / "run")
    assert torch.equal(before, torch.get_rng_state())
    assert read_events(tmp_path / "run/events.jsonl").torn_bytes == 0


def test_the_last_line_is_found_in_a_large_file(tmp_path):
    path = tmp_path / "lines.jsonl"
    assert last_lines(path) == []
    rows = [b'{"step":%d,"x":"%s"}\n' % (step, b"x" * 100_000) for step in range(20)]
    path.write_bytes(b"".join(rows) + b'{"step":20,"x')
    assert last_lines(path)[-1] == whole_lines(path)[-1]
    assert last_lines(path)[-1][0] == 19
    path.write_bytes(b'{"step":1,"x":"%s"}\n' % (b"x" * 1_000_000))  # longer than the end
    assert last_lines(path)[-1][0] == 1
