"""Events in other forms: CSV for spreadsheets, event files for TensorBoard."""

import csv
import io
import json
import sys

import pytest

from convscope.errors import InputError, StorageError
from convscope.extras import install_command
from convscope.training.loggers import csv_file as csv_file
from convscope.training.loggers.base import with_loggers
from convscope.training.loggers.csv_file import CsvLogger, events_csv
from convscope.training.loggers.tensorboard import TensorBoardLogger, has_tensorboard
from convscope.training.run.events import EpochEvent, Note, Started, StepEvent, read_events


def trained(tiny, folder, **options):
    """The tiny run with both loggers; `stop` ends it after so many events."""
    stop = options.pop("stop", None)
    with tiny.open_run(folder) as run:
        events = tiny.train(tiny.job(run.recipe), run, **options)
        following = with_loggers(events, [CsvLogger(folder), TensorBoardLogger(folder)])
        seen = []
        for event in following:
            seen.append(event)
            if len(seen) == stop:
                break
        following.close()
    return seen


def scalars(folder):
    """What TensorBoard itself reads: {tag: [(step, value), ...]}, and the wall times in order."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = EventAccumulator(str(folder / "tensorboard"), size_guidance={"scalars": 0})
    found.Reload()
    tags = found.Tags()
    values = {tag: [(e.step, e.value) for e in found.Scalars(tag)] for tag in tags["scalars"]}
    times = [e.wall_time for e in found.Scalars("train/loss")]
    texts = [found.Tensors(tag)[0].tensor_proto.string_val[0] for tag in tags["tensors"]]
    return values, times, texts


def expected(folder):
    events = read_events(folder / "events.jsonl").events
    steps = [e for e in events if isinstance(e, StepEvent)]
    epochs = [e for e in events if isinstance(e, EpochEvent)]
    return {
        "train/loss": [(e.step, e.loss) for e in steps],
        "train/accuracy": [(e.step, e.accuracy) for e in steps],
        "train/lr": [(e.step, e.lr) for e in steps],
        "validation/loss": [(e.step, e.validation_loss) for e in epochs],
        "validation/accuracy": [(e.step, e.validation_accuracy) for e in epochs],
    }


def assert_logged(folder):
    values, times, texts = scalars(folder)
    wanted = expected(folder)
    assert values.keys() == wanted.keys()
    for tag, points in wanted.items():
        assert [step for step, _ in values[tag]] == [step for step, _ in points], tag
        assert [v for _, v in values[tag]] == pytest.approx([v for _, v in points], rel=1e-6)
    assert times == sorted(times)
    assert len(texts) == 1
    assert b'"batch_size": 8' in texts[0]
    assert (folder / "events.csv").read_bytes().decode() == events_csv(folder)


def test_a_whole_run(tiny, tmp_path):
    trained(tiny, tmp_path / "run")
    assert_logged(tmp_path / "run")


@pytest.mark.parametrize("stop", [1, 2, 7, 12])
def test_a_resumed_run_shows_each_step_once(tiny, tmp_path, stop):
    folder = tmp_path / "run"
    trained(tiny, folder, stop=stop)
    trained(tiny, folder, stop=4)
    trained(tiny, folder)
    assert_logged(folder)
    trained(tiny, tmp_path / "whole")
    whole = scalars(tmp_path / "whole")[0]
    assert scalars(folder)[0] == whole


def test_steps_that_are_made_again_after_a_kill_do_not_zigzag(tiny, tmp_path):
    folder = tmp_path / "run"
    with tiny.open_run(folder) as run:
        events = with_loggers(tiny.train(tiny.job(run.recipe), run), [TensorBoardLogger(folder)])
        for event in events:
            if getattr(event, "step", 0) >= 18:
                break
        kept = {p.name: p.read_bytes() for p in (folder / "checkpoints").iterdir()}
        events.close()
        for path in (folder / "checkpoints").iterdir():
            path.unlink()
        for name, content in kept.items():  # as SIGKILL would have left it: steps 16 to 18 go
            (folder / "checkpoints" / name).write_bytes(content)
    trained(tiny, folder)
    assert_logged(folder)


def test_only_our_own_files_are_replaced(tiny, tmp_path):
    folder = tmp_path / "run"
    trained(tiny, folder, stop=3)
    (folder / "tensorboard/notes.txt").write_text("mine")
    trained(tiny, folder)
    names = sorted(path.name for path in (folder / "tensorboard").iterdir())
    assert len(names) == 2
    assert names[1] == "notes.txt"
    assert has_tensorboard(folder)
    assert not has_tensorboard(tmp_path)


def test_without_tensorboard(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(InputError, match="not installed") as caught:
        TensorBoardLogger(tmp_path)
    assert caught.value.fix == install_command("tensorboard")


def test_csv_rows(tiny, tmp_path):
    trained(tiny, tmp_path / "run")
    rows = list(csv.DictReader(io.StringIO(events_csv(tmp_path / "run"))))
    lines = (tmp_path / "run/events.jsonl").read_bytes().splitlines()
    assert len(rows) == len(lines)
    for row, line in zip(rows, map(json.loads, lines), strict=True):
        filled = {name: value for name, value in row.items() if value != ""}
        for name, value in line.items():
            if isinstance(value, bool):
                assert filled.pop(name) == str(value).lower()
            elif isinstance(value, float):
                assert float(filled.pop(name)) == value
            elif value is not None:
                assert filled.pop(name) == str(value)
        assert filled == {}


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1"])
def test_a_formula_is_text(tmp_path, name):
    event = Started(
        architecture="a",
        data=name,
        parameters=1,
        epochs=1,
        steps_per_epoch=1,
        batch_size=1,
        training_samples=1,
        validation_samples=1,
    )
    step = StepEvent(step=1, epoch=1, lr=0.1, loss=-0.5, accuracy=1e-9)
    (tmp_path / "events.jsonl").write_bytes(event.line() + step.line())
    first, second = csv.DictReader(io.StringIO(events_csv(tmp_path), newline=""))
    assert first["data"] == f"'{name}"
    assert second["loss"] == "-0.5"  # a number is no formula


def test_csv_while_the_last_line_is_being_written(tiny, tmp_path):
    step = StepEvent(step=1, epoch=1, lr=0.1, loss=0.5, accuracy=1.0)
    (tmp_path / "events.jsonl").write_bytes(step.line() + b'{"type": "St')
    assert len(events_csv(tmp_path).splitlines()) == 2


def test_csv_of_no_run(tmp_path):
    with pytest.raises(InputError, match=r"has no events\.jsonl"):
        events_csv(tmp_path)


def test_a_mirror_that_cannot_be_written_stops_nothing(tiny, tmp_path, monkeypatch):
    def full(path, text):
        raise StorageError("cannot write events.csv: no space left on device")

    monkeypatch.setattr(csv_file, "write_text", full)
    seen = trained(tiny, tmp_path / "run")
    notes = [event for event in seen if isinstance(event, Note)]
    assert len(notes) == 1
    assert notes[0].message.startswith("events.csv is no longer written: cannot write")
    assert seen[-1].type == "Finished"


def test_what_ends_the_run_is_what_is_raised(tiny, tmp_path, monkeypatch):
    def broken(self):
        raise StorageError("the logger broke too")

    monkeypatch.setattr(CsvLogger, "close", broken)

    def events():
        yield Note(message="x")
        raise StorageError("the disk is gone")

    with pytest.raises(StorageError, match="the disk is gone"):
        list(with_loggers(events(), [CsvLogger(tmp_path)]))
