"""Images that cannot be read while training: found first, said with numbers, resumed alike."""

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import convscope
from convscope import starting
from convscope.data import DataOptions
from convscope.errors import ConvscopeError, DataError
from convscope.training import validation_check
from convscope.training.process import Process
from convscope.training.run.events import BadImages, Finished, Note, Started, read_events

ONE = Process(workers=0)


@pytest.fixture
def pets(tmp_path):
    """32 grey images of two classes, of many sizes; 8 of them in val/."""
    random = np.random.RandomState(0)
    for number in range(32):
        split, label = ("train", "val")[number % 4 == 0], ("dark", "light")[number // 4 % 2]
        path = tmp_path / "pets" / split / label / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        low = 150 if label == "light" else 0
        pixels = random.randint(low, low + 100, size=(66 + number, 70), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
    return tmp_path / "pets"


def spoil(*paths):
    for path in paths:
        path.write_bytes(path.read_bytes()[:200])


def begin(pets, out, policy="error", **changes):
    data = convscope.data.open(pets, options=DataOptions(bad_images=policy))
    settings = ["batch_size=8", "log_every=2", *(f"{k}={v}" for k, v in changes.items())]
    planned = starting.plan("lenet5", data, settings=settings, out=out)
    return starting.start(planned, process=ONE)


def test_validation_images_are_decoded_before_the_first_step(pets, tmp_path):
    spoil(pets / "val/dark/0.png", pets / "val/light/4.png", pets / "val/dark/8.png")
    with pytest.raises(DataError, match="3 of 8 validation images cannot be used") as caught:
        begin(pets, tmp_path / "run")
    assert "val/dark/0.png" in caught.value.given
    assert "val/light/4.png" in caught.value.given
    assert "--bad-images skip" in caught.value.fix
    assert not (tmp_path / "run").exists()


def test_a_single_one_is_named(pets, tmp_path):
    spoil(pets / "val/light/4.png")
    with pytest.raises(ConvscopeError, match=r"^val/light/4\.png: "):
        begin(pets, tmp_path / "run")


def test_of_a_large_split_a_part_is_decoded_and_that_is_said(pets, tmp_path, monkeypatch):
    monkeypatch.setattr(validation_check, "MOST_CHECKED", 4)
    notes = [event.message for event in begin(pets, tmp_path / "run") if isinstance(event, Note)]
    assert any(note.startswith("4 of 8 validation images were decoded before") for note in notes)


@pytest.mark.parametrize("policy", ["skip", "replace"])
def test_a_run_with_bad_images_says_which_and_ends(pets, tmp_path, policy):
    spoil(pets / "val/dark/8.png", pets / "train/dark/1.png", pets / "train/light/5.png")
    events = list(begin(pets, tmp_path / "run", policy, epochs=2))
    started = next(event for event in events if isinstance(event, Started))
    assert (started.training_samples, started.validation_samples) == (24, 7)
    (note,) = [event.message for event in events if isinstance(event, Note)]
    assert note.startswith("1 of 8 validation images cannot be used and are left out: val/dark/8")
    bad = [event for event in events if isinstance(event, BadImages)]
    assert sum(len(event.files) for event in bad) == 4  # two files in two epochs
    assert {event.action for event in bad} == {policy}
    assert isinstance(events[-1], Finished)
    assert (tmp_path / "run/report.html").is_file()
    recorded = read_events(tmp_path / "run/events.jsonl").events
    assert [event for event in recorded if isinstance(event, BadImages)] == bad
    assert "train/light/5.png" in (tmp_path / "run/events.csv").read_text()


@pytest.mark.parametrize("policy", ["skip", "replace"])
@pytest.mark.parametrize("accumulate", [1, 2])
def test_a_resumed_run_equals_one_that_was_never_stopped(pets, tmp_path, policy, accumulate):
    spoil(pets / "val/dark/8.png", pets / "train/dark/1.png", pets / "train/light/5.png")
    changes = {"epochs": 3, "checkpoint_every": 2, "accumulate": accumulate}
    list(begin(pets, tmp_path / "whole", policy, **changes))
    events = begin(pets, tmp_path / "parts", policy, **changes)
    for event in events:
        if getattr(event, "step", 0) >= 5:
            break
    events.close()
    list(starting.resume(tmp_path / "parts", process=Process(workers=1)))
    for name in ("events.jsonl", "model.safetensors", "results.json"):
        whole, parts = (tmp_path / run / name for run in ("whole", "parts"))
        assert whole.read_bytes() == parts.read_bytes(), name
    saved = json.loads((tmp_path / "parts/data.json").read_text())
    assert saved["options"]["bad_images"] == policy


def test_mistakes_keep_their_place_in_the_split(pets, tmp_path):
    """Bad images are left out; the indices of the others are those of the whole split."""
    whole = begin(pets, tmp_path / "whole", epochs=1, lr=1e-9)
    list(whole)
    spoil(pets / "val/dark/0.png")
    events = begin(pets, tmp_path / "run", "skip", epochs=1, lr=1e-9)
    list(events)
    before = {m.index: m.true for m in whole.evaluation.mistakes}
    after = {m.index: m.true for m in events.evaluation.mistakes}
    labels = convscope.data.open(pets).split("val").labels_N.tolist()
    assert after
    assert all(labels[index] == true for index, true in {**before, **after}.items())
    assert after.keys() <= set(range(1, 8))
    assert (tmp_path / "run/report.html").is_file()  # its example is an image that can be read


def test_small_images_that_are_left_out_are_said(tmp_path):
    for number in range(24):
        split, label = ("train", "val")[number % 4 == 0], ("dark", "light")[number // 4 % 2]
        path = tmp_path / "small" / split / label / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        shade = 200 if label == "light" else 20
        Image.fromarray(np.full((28, 28), shade + number, np.uint8)).save(path)
    for name in ("train/dark/1.png", "val/light/4.png"):
        (tmp_path / "small" / name).write_bytes(b"")
    events = list(begin(tmp_path / "small", tmp_path / "run", "skip", epochs=1))
    (note,) = [event.message for event in events if isinstance(event, Note)]
    assert note.startswith("2 of 24 training and validation images cannot be read")
    assert isinstance(events[-1], Finished)


def test_evaluation_leaves_bad_images_out_and_says_so(pets, tmp_path):
    list(begin(pets, tmp_path / "run", epochs=1))
    model = convscope.open(tmp_path / "run")
    spoil(pets / "val/dark/0.png", pets / "val/light/4.png")
    with pytest.raises(ConvscopeError, match=r"val/dark/0\.png"):
        model.evaluate(convscope.data.open(pets), split="val")
    data = convscope.data.open(pets, options=DataOptions(bad_images="skip"))
    found = model.evaluate(data, split="val")
    assert found.num_samples == 6
    assert (found.source.num, found.source.total) == (6, 32)
    assert found.source.unread == 2
    labels = data.split("val").labels_N.tolist()
    assert all(labels[mistake.index] == mistake.true for mistake in found.mistakes)
    spoil(*(pets / "val").rglob("*.png"))
    with pytest.raises(DataError, match="none of 8 images can be read"):
        model.evaluate(data, split="val")


@pytest.mark.slow
def test_ranks_agree_on_bad_images(pets, tmp_path):
    spoil(pets / "val/dark/8.png", pets / "train/dark/1.png", pets / "train/light/5.png")
    counts = []
    for devices in ("1", "2"):
        out = tmp_path / devices
        words = f"train lenet5 {pets} --set batch_size=8 --epochs 2 -o {out} --bad-images skip"
        command = [sys.executable, "-m", "convscope", *words.split(), "--devices", devices]
        ended = subprocess.run([*command, "--workers", "0"], capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr
        events = read_events(out / "events.jsonl").events
        bad = [event for event in events if isinstance(event, BadImages)]
        counts.append([(event.step, sorted(event.files)) for event in bad])
    assert counts[0] == counts[1] != []
