"""Sweeps on a tiny network: choices, pruning, resuming, several processes on one journal."""

import json
import os
import stat
import subprocess
import sys

import pytest

from convscope.errors import InputError, StorageError
from convscope.extras import install_command
from convscope.sweep import Outcome, TrialStarted, summarise, sweep
from convscope.sweep import run as sweep_run
from convscope.sweep.study import Trials
from convscope.training import measure_precision
from convscope.training.process import Process
from convscope.training.recipe.recipe import Recipe
from convscope.training.run.events import EpochEvent, Started, StepEvent
from convscope.training.run.folder import Run
from convscope.training.run.precision import PrecisionChoice


def swept_to_end(swept, path, *, trials, **options):
    return list(sweep(swept.planned(), swept.folder(path), trials=trials, **options))


def facts(summary):
    """What must be equal for equal sweeps."""
    found = sorted(summary.trials, key=lambda trial: trial.number)
    return [(t.number, t.state, t.settings, t.accuracy, t.loss, t.epochs) for t in found]


@pytest.fixture(scope="module")
def whole(swept, tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "sweep"
    events = swept_to_end(swept, path, trials=8)
    return path, events, summarise(swept.folder(path))


def test_each_trial_is_an_ordinary_run(swept, whole):
    path, events, summary = whole
    assert [e.number for e in events if isinstance(e, TrialStarted)] == list(range(8))
    assert len(summary.trials) == 8
    for trial in summary.trials:
        with Run.open(path / f"trials/{trial.number:03d}") as run:
            expected = swept.recipe().override(trial.settings)
            assert run.recipe == expected
    done = [trial for trial in summary.trials if trial.state == "done"]
    assert (path / f"trials/{done[0].number:03d}/model.safetensors").is_file()


def test_the_best_is_the_best(whole):
    path, _, summary = whole
    done = [trial for trial in summary.trials if trial.state == "done"]
    assert summary.best.accuracy == max(trial.accuracy for trial in done)
    results = json.loads((path / f"trials/{summary.best.number:03d}/results.json").read_bytes())
    assert results["stripes validation"]["accuracy"] == summary.best.accuracy
    assert "--set lr=" in summary.best.to_set()
    assert json.loads((path / "results.json").read_bytes()) == json.loads(
        json.dumps(summary.to_dict())
    )
    assert (path / "trials.png").read_bytes().startswith(b"\x89PNG")
    assert (path / "epochs.png").read_bytes().startswith(b"\x89PNG")
    rows = summary.table().rows
    assert len(rows) == 8
    assert rows[0][0] == summary.best.number


def test_the_settings_that_are_printed_are_those_that_were_used(swept, whole):
    path, _, summary = whole
    text = summary.best.to_set().replace("--set ", "").split()
    used = Recipe.from_json((path / f"trials/{summary.best.number:03d}/recipe.json").read_bytes())
    assert swept.recipe().override(text) == used


def test_nobody_else_reads_the_folder(whole):
    assert stat.S_IMODE(whole[0].stat().st_mode) == 0o700


def test_run_again_there_is_nothing_to_do(swept, whole):
    assert swept_to_end(swept, whole[0], trials=8) == []


def test_stopped_after_any_event_and_run_again(swept, whole, tmp_path):
    """The same trials with the same figures, however often it was stopped."""
    path, stops = tmp_path / "sweep", 0
    while True:
        events = sweep(swept.planned(), swept.folder(path), trials=8)
        count = 0
        for event in events:
            count += isinstance(event, StepEvent | EpochEvent | Outcome)
            if count == 4:
                break
        else:
            break
        events.close()
        stops += 1
    assert stops >= 5
    assert facts(summarise(swept.folder(path))) == facts(whole[2])


def test_more_trials_later_are_those_of_a_longer_sweep(swept, whole, tmp_path):
    for trials in (3, 8):
        swept_to_end(swept, tmp_path / "sweep", trials=trials)
    assert facts(summarise(swept.folder(tmp_path / "sweep"))) == facts(whole[2])


def test_another_seed_makes_other_choices(swept, whole, tmp_path):
    folder = swept.folder(tmp_path / "sweep", seed=1)
    first = next(iter(sweep(swept.planned(), folder, trials=1)))
    assert first.settings != whole[1][0].settings


def test_trials_have_the_precision_of_the_first(swept, tmp_path, monkeypatch):
    first = PrecisionChoice(precision="bfloat16", reason="faster", float32_s=0.2, bfloat16_s=0.1)
    choices = iter([first])  # a second measurement would be an error
    monkeypatch.setattr(measure_precision, "choose", lambda *_, **__: next(choices))
    planned = swept.planned(precision="auto", epochs=1)
    folder = swept.folder(tmp_path / "sweep", plan=planned)
    events = list(sweep(planned, folder, trials=3))
    started = [event for event in events if isinstance(event, Started)]
    assert [event.precision for event in started] == ["bfloat16"] * 3


def test_asked_to_stop(swept, tmp_path):
    asked = []
    events = sweep(
        swept.planned(),
        swept.folder(tmp_path / "s"),
        trials=2,
        process=Process(stop_requested=lambda: bool(asked)),
    )
    seen = []
    for event in events:
        seen.append(event)
        if isinstance(event, EpochEvent):
            asked.append(1)
    assert seen[-1].type == "Stopped"
    (trial,) = summarise(swept.folder(tmp_path / "s")).trials
    assert trial.state == "interrupted"
    events = swept_to_end(swept, tmp_path / "s", trials=2)
    assert events[0].interrupted
    assert events[0].number == 0
    assert [e.number for e in events if isinstance(e, Outcome)] == [0, 1]


def test_settings_that_cannot_train_are_given_up(swept, tmp_path):
    vary = ("batch_size=8,4096", "lr=1e-3..1e-1")
    folder = swept.folder(tmp_path / "s", vary=vary)
    events = list(sweep(swept.planned(), folder, trials=6))
    outcomes = [event for event in events if isinstance(event, Outcome)]
    bad = [outcome for outcome in outcomes if "batch_size=4096" in outcome.settings]
    assert bad
    assert {outcome.state for outcome in bad} == {"failed"}
    assert "a batch of 4096 from 96" in bad[0].message
    assert summarise(folder).best is not None


def test_numbers_that_blow_up_are_given_up(swept, tmp_path):
    folder = swept.folder(tmp_path / "s", vary=("lr=1e30,1e35",))
    outcome = list(sweep(swept.planned(), folder, trials=1))[-1]
    assert outcome.state == "failed"
    assert "NaN or infinite values" in outcome.message
    assert summarise(folder).best is None


def test_worse_than_the_median_is_given_up(swept, tmp_path, monkeypatch):
    from convscope.sweep import study

    monkeypatch.setattr(study.Claim, "should_prune", lambda claim: claim.number == 1)
    events = swept_to_end(swept, tmp_path / "s", trials=2)
    first, second = (event for event in events if isinstance(event, Outcome))
    assert first.state == "done"
    assert (second.state, second.message) == ("pruned", "worse than the median after epoch 1")
    assert list(second.epochs) == [1]


def test_a_full_disk_ends_the_sweep_and_not_the_trial(swept, tmp_path, monkeypatch):
    def full(*_, **__):
        raise StorageError("cannot write: no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(sweep_run.starting, "start", full)
        with pytest.raises(StorageError):
            swept_to_end(swept, tmp_path / "s", trials=1)
    events = swept_to_end(swept, tmp_path / "s", trials=1)
    assert events[0].interrupted
    assert events[-1].state == "done"


def test_another_sweep_in_the_folder(swept, whole, tmp_path):
    for options, name in [
        ({"seed": 3}, "seed"),
        ({"vary": ("lr=1e-4..1.0",)}, "vary"),
        ({"plan": swept.planned(epochs=9)}, "recipe"),
    ]:
        with pytest.raises(InputError, match=f"its {name} differs"):
            swept.folder(whole[0], **options)
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="is not a sweep folder"):
        swept.folder(tmp_path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="is not a sweep folder"):
        swept.folder(tmp_path / "file")


def test_a_torn_line_of_the_journal_is_mended(swept, tmp_path):
    swept_to_end(swept, tmp_path / "s", trials=1)
    journal = tmp_path / "s/journal.log"
    whole = journal.read_bytes()
    journal.write_bytes(whole + b'{"op_code": 5, "worker')
    swept_to_end(swept, tmp_path / "s", trials=2)
    assert journal.read_bytes().startswith(whole)
    assert all(json.loads(line) for line in journal.read_bytes().splitlines())
    assert len(summarise(swept.folder(tmp_path / "s")).trials) == 2


def test_a_trial_that_another_process_holds_is_left_alone(swept, tmp_path):
    folder = swept.folder(tmp_path / "s")
    mine = Trials(folder)
    claim = mine.claim(2)
    other = Trials(swept.folder(tmp_path / "s"))
    second = other.claim(2)
    assert (claim.number, second.number) == (0, 1)
    assert other.claim(2) is None
    assert [t.state for t in summarise(folder).trials] == ["training", "training"]
    mine.release(claim)
    again = other.claim(2)
    assert (again.number, again.interrupted, again.settings) == (0, True, claim.settings)
    other.release(again)
    other.release(second)


def test_a_damaged_cut_trial_is_given_up(swept, tmp_path):
    events = sweep(swept.planned(), swept.folder(tmp_path / "s"), trials=1)
    for event in events:
        if isinstance(event, EpochEvent):
            break
    events.close()
    newest = max((tmp_path / "s/trials/000/checkpoints").glob("*.safetensors"))
    newest.write_bytes(newest.read_bytes()[:-8])
    outcome = swept_to_end(swept, tmp_path / "s", trials=1)[-1]
    assert outcome.state == "failed"
    assert outcome.message.startswith("interrupted, and damaged: checkpoint")


def test_without_optuna(swept, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(InputError, match="not installed") as caught:
        sweep(swept.planned(), swept.folder(tmp_path / "s"), trials=1)
    assert caught.value.fix == install_command("tune")


def start(swept_path, *arguments):
    command = [sys.executable, "-W", "error", str(swept_path), *map(str, arguments)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_killed_again_and_again_and_run_again(swept, swept_path, whole, tmp_path):
    codes = []
    while not codes or codes[-1] != 0:
        process = start(swept_path, tmp_path / "s", 8, 5)
        _, errors = process.communicate()
        codes.append(process.returncode)
        assert codes[-1] in (0, -9), errors
    assert len(codes) >= 3
    assert facts(summarise(swept.folder(tmp_path / "s"))) == facts(whole[2])


@pytest.mark.slow
def test_three_processes_share_one_journal(swept, swept_path, tmp_path):
    processes = [start(swept_path, tmp_path / "s", 12) for _ in range(3)]
    for process in processes:
        _, errors = process.communicate()
        assert process.returncode == 0, errors
    found = summarise(swept.folder(tmp_path / "s")).trials
    assert sorted(trial.number for trial in found) == list(range(12))
    assert {trial.state for trial in found} <= {"done", "pruned", "failed"}
    assert sorted(os.listdir(tmp_path / "s/trials")) == [f"{n:03d}" for n in range(12)]
    # no two processes drew the same
    assert len({trial.settings for trial in found}) == 12
