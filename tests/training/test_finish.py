"""What happens between the last epoch and the end of a run: no second validation."""

import pytest

import convscope
from convscope import starting
from convscope.errors import TrainingError
from convscope.evaluate.protocol import evaluate
from convscope.runs.record import read_run
from convscope.training import job
from convscope.training.ema import Ema
from convscope.training.recipe.optim import SGD
from convscope.training.recipe.recipe import EarlyStop
from convscope.training.recipe.schedule import Constant
from convscope.training.run.events import EpochEvent, Finished, Note
from convscope.training.run.folder import Run
from tests.training.test_start import Fake

KEEP = [
    {"keep": "last", "ema": None},
    {"keep": "last", "ema": Ema(decay=0.9)},
    {"keep": "best", "ema": None},
    {"keep": "best", "ema": Ema(decay=0.9)},
    {"keep": "best", "ema": None, "epochs": 30, "lr": 1e-9, "early_stop": EarlyStop(patience=2)},
]


@pytest.fixture
def passes(monkeypatch):
    """The number of images of every pass over a split, wherever it comes from."""
    counts = []

    def counting(network, preprocessing, split, **options):
        counts.append(len(split))
        return evaluate(network, preprocessing, split, **options)

    monkeypatch.setattr(job, "evaluate", counting)
    monkeypatch.setattr("convscope.model.evaluate", counting, raising=False)
    return counts


def begin(tiny, folder, **changes):
    planned = starting.plan(
        tiny.architecture(), Fake(tiny), recipe=tiny.recipe(**changes), out=folder
    )
    return starting.start(planned)


@pytest.mark.parametrize("changes", KEEP)
def test_a_run_validates_once_per_epoch(tiny, tmp_path, passes, changes):
    events = begin(tiny, tmp_path / "run", **changes)
    seen = list(events)
    epochs = sum(isinstance(event, EpochEvent) for event in seen)
    assert passes == [24] * epochs
    assert not any(isinstance(event, Note) for event in seen)
    assert (tmp_path / "run/report.html").is_file()


@pytest.mark.parametrize("changes", KEEP)
def test_the_evaluation_is_that_of_the_saved_weights(tiny, tmp_path, changes):
    events = begin(tiny, tmp_path / "run", **changes)
    last = list(events)[-1]
    model = convscope.open(tmp_path / "run")
    own = evaluate(model.network, model.preprocessing, Fake(tiny).split("val"), classes="abc")
    assert events.evaluation.accuracy == last.validation_accuracy == own.accuracy
    assert events.evaluation.cross_entropy == last.validation_loss
    assert own.cross_entropy == pytest.approx(last.validation_loss, rel=1e-4)
    assert events.evaluation.confusion == own.confusion
    indices = [[m.index for m in found.mistakes] for found in (events.evaluation, own)]
    assert indices[0] == indices[1]
    assert model.card.results["fake validation"]["mistakes"] == []


def test_resumed_at_its_end_a_run_validates_once(tiny, tmp_path, passes):
    list(begin(tiny, tmp_path / "run"))
    before = {name: (tmp_path / "run" / name).read_bytes() for name in FILES}
    passes.clear()
    events = starting.resume(tmp_path / "run", data=Fake(tiny))
    assert isinstance(list(events)[-1], Finished)
    assert passes == [24]
    assert {name: (tmp_path / "run" / name).read_bytes() for name in FILES} == before


FILES = ("model.safetensors", "results.json", "events.jsonl")


def test_best_weights_of_an_earlier_process_are_validated_once(tiny, tmp_path, passes):
    """The best epoch was before the resume, and none after it is better."""
    changes = {"keep": "best", "ema": None, "lr": 1e-9}
    whole = begin(tiny, tmp_path / "whole", **changes)
    kept_epoch = list(whole)[-1].kept_epoch
    events = begin(tiny, tmp_path / "parts", **changes)
    for event in events:
        if isinstance(event, EpochEvent) and event.epoch > kept_epoch:
            break
    events.close()
    passes.clear()
    resumed = starting.resume(tmp_path / "parts", data=Fake(tiny))
    list(resumed)
    assert resumed.evaluation == whole.evaluation
    assert len(passes) == 4 - event.epoch + 1
    for name in FILES:
        assert (tmp_path / "parts" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


@pytest.mark.parametrize("error", [RuntimeError("a fault of ours"), OSError("no space")])
def test_a_report_that_fails_is_a_warning(tiny, tmp_path, monkeypatch, error):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(starting, "write_report", fail)
    *_, note, last = begin(tiny, tmp_path / "run")
    assert isinstance(note, Note)
    assert note.message.startswith(f"warning: report.html was not written: {type(error).__name__}")
    assert isinstance(last, Finished)
    assert convscope.open(tmp_path / "run").labels == ("a", "b", "c")


def test_planned_together_and_started_in_two_folders(tiny, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plans = [
        starting.plan(tiny.architecture(), Fake(tiny), recipe=tiny.recipe(epochs=1))
        for _ in range(2)
    ]
    folders = [starting.start(planned).folder for planned in plans]
    assert [folder.name for folder in folders] == ["tiny-fake-1", "tiny-fake-2"]


def test_a_run_that_fails_is_listed_with_the_reason(tiny, tmp_path):
    changes = {"schedule": Constant(), "optimiser": SGD(), "log_every": 1, "ema": None}
    with pytest.raises(TrainingError) as caught:
        list(begin(tiny, tmp_path / "run", lr=1e30, **changes))
    failed = read_run(tmp_path / "run")
    assert (failed.state, failed.message) == ("failed", caught.value.on_one_line())
    with Run.open(tmp_path / "run") as run:
        run.begin_events(0)  # as a run that is resumed does
    assert read_run(tmp_path / "run").state == "stopped"
