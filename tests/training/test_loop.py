import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
import torch

from convscope.arch import Architecture, AuxiliaryHead, Chain
from convscope.errors import DataError, FormatError, StorageError, TrainingError
from convscope.layers import Flatten, Linear, ReLU
from convscope.network import build
from convscope.training.loop import train
from convscope.training.non_finite import first_non_finite_layer
from convscope.training.recipe.optim import SGD
from convscope.training.recipe.recipe import EarlyStop
from convscope.training.recipe.schedule import Constant
from convscope.training.run.control import Command, send
from convscope.training.run.events import (
    ControlApplied,
    EpochEvent,
    Finished,
    Note,
    Resumed,
    Started,
    StepEvent,
    Stopped,
    read_events,
)


@pytest.fixture
def left_alone(tiny, tmp_path):
    folder = tmp_path / "left_alone"
    events, kept = tiny.train_to_end(folder)
    return folder, events, kept


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def newest(folder):
    return max((folder / "checkpoints").glob("*.safetensors")).read_bytes()


def test_events_tell_the_whole_story(left_alone):
    folder, events, _ = left_alone
    assert isinstance(events[0], Started)
    assert [e.step for e in events if isinstance(e, StepEvent)] == list(range(3, 49, 3))
    assert [e.epoch for e in events if isinstance(e, EpochEvent)] == [1, 2, 3, 4]
    assert isinstance(events[-1], Finished)
    assert read_events(folder / "events.jsonl").events == tuple(events)
    timings = [json.loads(line) for line in (folder / "timings.jsonl").read_text().splitlines()]
    assert [t["step"] for t in timings] == list(range(3, 49, 3))
    accuracies = {e.epoch: e.validation_accuracy for e in events if isinstance(e, EpochEvent)}
    assert events[-1].validation_accuracy == max(accuracies.values())
    assert accuracies[events[-1].kept_epoch] == max(accuracies.values())


def test_it_learns(left_alone):
    assert left_alone[1][-1].validation_accuracy >= 0.9


def test_two_runs_are_equal_to_the_bit(tiny, left_alone, tmp_path):
    folder, _, kept = left_alone
    torch.manual_seed(99)  # nothing of it may leak in
    torch.rand(5)
    _, again = tiny.train_to_end(tmp_path / "again")
    assert same(kept, again)
    assert (tmp_path / "again/events.jsonl").read_bytes() == (folder / "events.jsonl").read_bytes()
    assert newest(tmp_path / "again") == newest(folder)


def test_another_seed_is_another_run(tiny, left_alone, tmp_path):
    folder = tmp_path / "other"
    with tiny.open_run(folder, tiny.recipe(seed=4)) as run:
        list(train(tiny.job(run.recipe), run))
    assert (folder / "events.jsonl").read_bytes() != (left_alone[0] / "events.jsonl").read_bytes()


@pytest.mark.parametrize("stop_after", [1, 2, 5, 6, 7, 12, 21])
def test_closed_anywhere_and_resumed_is_bit_identical(tiny, left_alone, tmp_path, stop_after):
    folder = tmp_path / "run"
    while True:
        with tiny.open_run(folder) as run:
            events = train(tiny.job(run.recipe), run)
            for count, event in enumerate(events, start=1):
                if count == stop_after and not isinstance(event, Finished):
                    events.close()
                    break
            else:
                break
        if stop_after == 1:
            stop_after = 4
    assert (folder / "events.jsonl").read_bytes() == (left_alone[0] / "events.jsonl").read_bytes()
    _, kept = tiny.train_to_end(folder)
    assert same(kept, left_alone[2])


def test_stop_between_any_two_steps(tiny, left_alone, tmp_path):
    folder, asked = tmp_path / "run", []

    def every_seventh():
        asked.append(1)
        return len(asked) % 7 == 0

    ends = []
    while not ends or isinstance(ends[-1], Stopped):
        events, kept = tiny.train_to_end(folder, stop_requested=every_seventh)
        ends.append(events[-1])
    assert len(ends) > 5
    assert ends[0] == Stopped(step=6, reason="request")
    assert same(kept, left_alone[2])
    assert (folder / "events.jsonl").read_bytes() == (left_alone[0] / "events.jsonl").read_bytes()


def test_resuming_a_finished_run_says_the_same_end(tiny, left_alone):
    folder, events, kept = left_alone
    before = (folder / "events.jsonl").read_bytes()
    again, kept_again = tiny.train_to_end(folder)
    assert isinstance(again[0], Resumed)
    assert again[1:] == [events[-1]]
    assert same(kept, kept_again)
    assert (folder / "events.jsonl").read_bytes() == before


def test_torn_tail_of_the_events_is_dropped(tiny, left_alone, tmp_path):
    folder = tmp_path / "run"
    with tiny.open_run(folder) as run:
        events = train(tiny.job(run.recipe), run)
        while getattr(next(events), "step", 0) < 21:
            pass
        events.close()
    with (folder / "events.jsonl").open("ab") as file:
        file.write(b'{"type":"Step","step":24,"epoch":2,"l')
    found = read_events(folder / "events.jsonl")
    assert found.torn_bytes == 37
    assert found.events[-1].step == 21
    tiny.train_to_end(folder)
    assert (folder / "events.jsonl").read_bytes() == (left_alone[0] / "events.jsonl").read_bytes()


def test_lost_events_are_named(tiny, left_alone):
    folder = left_alone[0]
    (folder / "events.jsonl").write_bytes(b"")
    with pytest.raises(FormatError, match="as the checkpoint records"):
        tiny.train_to_end(folder)


def test_global_generator_is_left_as_it_was(tiny, tmp_path):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    tiny.train_to_end(tmp_path / "run")
    assert torch.equal(before, torch.get_rng_state())


def test_full_disk_while_logging(tiny, left_alone, tmp_path, monkeypatch):
    folder, real = tmp_path / "run", os.write

    def refuse(handle, data):
        if b'"Step","step":24' in bytes(data):
            raise OSError(28, "No space left on device")
        return real(handle, data)

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", refuse)
        with pytest.raises(StorageError, match="no space left") as caught:
            tiny.train_to_end(folder)
    assert "last good checkpoint (000005.safetensors)" in caught.value.fix
    _, kept = tiny.train_to_end(folder)
    assert same(kept, left_alone[2])
    assert (folder / "events.jsonl").read_bytes() == (left_alone[0] / "events.jsonl").read_bytes()


@pytest.mark.parametrize("epoch", [1, 2, 4])
@pytest.mark.parametrize("error", [DataError, FormatError, MemoryError])
def test_a_validation_that_fails_loses_no_step(tiny, left_alone, tmp_path, epoch, error):
    folder = tmp_path / "run"
    with tiny.open_run(folder) as run:
        job = tiny.job(run.recipe)
        evaluate, calls = job.evaluate, []

        def failing(network):
            calls.append(network)
            if len(calls) == epoch:
                raise error("val/a.png is truncated")
            return evaluate(network)

        object.__setattr__(job, "evaluate", failing)
        with pytest.raises(error) as caught:
            list(train(job, run))
    if error is not MemoryError:
        assert f"Step {12 * epoch} is saved" in caught.value.fix
    events, kept = tiny.train_to_end(folder)
    assert events[0] == Resumed(step=12 * epoch, generation=events[0].generation)
    assert isinstance(events[1], EpochEvent)
    assert same(kept, left_alone[2])
    assert (folder / "events.jsonl").read_bytes() == (left_alone[0] / "events.jsonl").read_bytes()
    assert newest(folder) == newest(left_alone[0])


# commands


def test_learning_rate_by_command(tiny, tmp_path):
    folder = tmp_path / "run"
    recipe = tiny.recipe(schedule=Constant())
    with tiny.open_run(folder, recipe) as run:
        events = train(tiny.job(recipe), run)
        seen = [next(events), next(events)]
        send(folder, Command(command="lr", lr=0.5))
        with (folder / "control.jsonl").open("ab") as file:
            file.write(b'{"command":"dance"}\n{"command":"lr"}\n{"comm')
        seen += list(events)
    assert ControlApplied(step=3, command="lr", lr=0.5) in seen
    assert [e.lr for e in seen if isinstance(e, StepEvent)] == [0.05] + [0.5] * 15
    notes = [e.message for e in seen if isinstance(e, Note)]
    assert len(notes) == 2
    assert "dance" in notes[0]
    assert not any(isinstance(e, Note) for e in read_events(folder / "events.jsonl").events)


def test_learning_rate_survives_a_stop(tiny, tmp_path):
    folder = tmp_path / "run"
    with tiny.open_run(folder, tiny.recipe(schedule=Constant())) as run:
        events = train(tiny.job(run.recipe), run)
        next(events)
        send(folder, Command(command="lr", lr=0.5))
        assert isinstance(next(events), ControlApplied)
        events.close()
    events, _ = tiny.train_to_end(folder)
    assert {e.lr for e in events if isinstance(e, StepEvent)} == {0.5}


def test_stop_by_command_leaves_no_trace(tiny, left_alone, tmp_path):
    folder = tmp_path / "run"
    with tiny.open_run(folder) as run:
        events = train(tiny.job(run.recipe), run)
        next(events)
        send(folder, Command(command="stop"))
        assert list(events)[-1] == Stopped(step=0, reason="control")
    tiny.train_to_end(folder)
    assert (folder / "events.jsonl").read_bytes() == (left_alone[0] / "events.jsonl").read_bytes()


def test_pause_step_resume(tiny, left_alone, tmp_path):
    folder = tmp_path / "run"
    with tiny.open_run(folder, tiny.recipe(log_every=1)) as run:
        events = train(tiny.job(run.recipe), run)
        next(events)
        send(folder, Command(command="pause"))
        assert next(events) == ControlApplied(step=0, command="pause")
        send(folder, Command(command="step"))
        assert next(events) == ControlApplied(step=0, command="step")
        assert next(events).step == 1
        waited = threading.Timer(0.1, send, (folder, Command(command="resume")))
        begin = time.perf_counter()
        waited.start()
        assert next(events) == ControlApplied(step=1, command="resume")
        assert time.perf_counter() - begin > 0.09
        assert isinstance(list(events)[-1], Finished)


def test_paused_run_hears_a_request_to_stop(tiny, tmp_path):
    folder = tmp_path / "run"
    stop = []
    with tiny.open_run(folder) as run:
        send(folder, Command(command="pause"))
        events = train(tiny.job(run.recipe), run, stop_requested=lambda: bool(stop))
        next(events)
        next(events)
        stop.append(1)
        assert next(events) == Stopped(step=0, reason="request")


# ends


def test_early_stop(tiny, tmp_path):
    recipe = tiny.recipe(epochs=50, lr=1e-9, early_stop=EarlyStop(patience=2))
    with tiny.open_run(tmp_path / "run", recipe) as run:
        end = list(train(tiny.job(recipe), run))[-1]
    assert end.stopped_early
    assert end.kept_epoch + 2 <= end.epoch < 50


def test_more_epochs_go_on_from_the_end(tiny, left_alone):
    folder = left_alone[0]
    with tiny.open_run(folder) as run:
        run.replace_recipe(run.recipe.override(["epochs=6"]))
        events = list(train(tiny.job(run.recipe), run))
    assert events[0] == Resumed(step=48, generation=events[0].generation)
    assert events[-1].step == 72
    steps = [e.step for e in read_events(folder / "events.jsonl").events if e.type == "Step"]
    assert steps == list(range(3, 73, 3))
    with tiny.open_run(folder) as run:
        assert run.recipe.epochs == 6


def test_checkpoint_of_another_network_is_refused(tiny, left_alone):
    other = Architecture(
        name="other",
        input=tiny.INPUT,
        num_classes=3,
        block=Chain(flatten=Flatten(), fc=Linear(3)),
    )
    with (
        tiny.open_run(left_alone[0]) as run,
        pytest.raises(FormatError, match="another network or recipe"),
    ):
        list(train(tiny.job(run.recipe, network=build(other)), run))


def test_older_generation_gives_the_same_end(tiny, left_alone):
    folder, _, kept = left_alone
    lines = (folder / "events.jsonl").read_bytes()
    for path in (folder / "checkpoints").glob("*.safetensors"):
        newest_path = max((folder / "checkpoints").glob("*.safetensors"))
        if path == newest_path:
            path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(FormatError, match="resume with --generation") as caught:
        tiny.train_to_end(folder)
    older = int(caught.value.fix.split("--generation ")[1])
    _, again = tiny.train_to_end(folder, generation=older)
    assert same(kept, again)
    assert (folder / "events.jsonl").read_bytes() == lines


# numbers that stop being numbers, memory that runs out


def broken_job(tiny, recipe, layer):
    job = tiny.job(recipe)
    with torch.no_grad():
        job.network.get_submodule(layer).weight.view(-1)[0] = float("nan")
    return job


@pytest.mark.parametrize("layer", ["conv", "norm", "fc"])
def test_nan_names_the_layer(tiny, tmp_path, layer):
    with tiny.open_run(tmp_path / "run") as run:
        job = broken_job(tiny, run.recipe, layer)
        with pytest.raises(
            TrainingError,
            match=f"step 1 of epoch 1: NaN or infinite values, first in {layer}, whose",
        ):
            list(train(job, run))


def test_explosion_stops_with_the_last_good_checkpoint(tiny, tmp_path):
    recipe = tiny.recipe(
        lr=1e30, schedule=Constant(), checkpoint_every=1, optimiser=SGD(), log_every=1, ema=None
    )
    failing = pytest.raises(TrainingError, match="NaN or infinite values")
    with tiny.open_run(tmp_path / "run", recipe) as run, failing as caught:
        list(train(tiny.job(recipe), run))
    assert "learning rate (it was 1e+30)" in caught.value.fix
    for path in (tmp_path / "run/checkpoints").glob("*.json"):
        assert "nan" not in path.read_text().lower()


def test_output_that_is_not_finite_is_named(tiny):
    job = tiny.job(tiny.recipe())
    with torch.no_grad():
        job.network.fc.weight.fill_(3e38)
    where = first_non_finite_layer(job.network, torch.full((4, 1, 8, 8), 5.0))
    assert where.startswith("fc, whose output")
    assert "input" in first_non_finite_layer(job.network, torch.full((4, 1, 8, 8), torch.nan))


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError(
            "[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory"
        ),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    ],
)
def test_memory_that_ran_out_suggests_a_batch(tiny, tmp_path, error):
    with tiny.open_run(tmp_path / "run") as run:
        job = tiny.job(run.recipe)

        def explode(*_):
            raise error

        job.batches.batch = explode
        with pytest.raises(TrainingError, match="batch of 8") as caught:
            list(train(job, run))
    assert "--set batch_size=4" in caught.value.fix


def test_other_errors_stay_what_they_are(tiny, tmp_path):
    with tiny.open_run(tmp_path / "run") as run:
        job = tiny.job(run.recipe)

        def explode(*_):
            raise RuntimeError("something else")

        job.batches.batch = explode
        with pytest.raises(RuntimeError, match="something else"):
            list(train(job, run))


def test_auxiliary_heads_count_by_their_weight(tiny, tmp_path):
    made = Architecture(
        name="with_head",
        input=tiny.INPUT,
        num_classes=3,
        block=Chain(
            flatten=Flatten(),
            hidden=Linear(5),
            relu=ReLU(),
            aux=AuxiliaryHead(head=Chain(fc=Linear(3)), weight=0.3),
            fc=Linear(3),
        ),
    )
    recipe = tiny.recipe(log_every=1, epochs=1, ema=None)
    network = build(made, seed=1)
    job = tiny.job(recipe, network=network)
    batch = job.batches.batch(0, 0)
    x = job.preprocessing(batch.images_NCHW)
    hidden = network.relu(network.hidden(network.flatten(x)))
    main = torch.nn.functional.cross_entropy(network.fc(hidden), batch.labels_N)
    aux = torch.nn.functional.cross_entropy(network.aux.head(hidden), batch.labels_N)
    expected = (main + 0.3 * aux).item()
    with tiny.open_run(tmp_path / "run", recipe) as run:
        events = train(job, run)
        next(events)
        assert next(events).loss == pytest.approx(expected, rel=1e-6)
        events.close()


# signals, in a process of its own

SCRIPT = """
import sys, time
sys.path.insert(0, {folder!r})
import victim
from pathlib import Path
from convscope.training.loop import train
from convscope.training.non_finite import first_non_finite_layer
from convscope.training.signals import stop_on_signals
made = victim.recipe(epochs=10**5)
with stop_on_signals() as request, victim.open_run(Path(sys.argv[1]), made) as run:
    for event in train(victim.job(run.recipe), run, stop_requested=request):
        print(event.type, flush=True)
        if sys.argv[2] == "slow":
            time.sleep(60)
sys.exit(request.exit_code)
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("times", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_signals(victim_path, tmp_path, number, code, times):
    command = [sys.executable, "-c", SCRIPT.format(folder=str(victim_path.parent))]
    how = "slow" if times == 2 else "quick"
    with subprocess.Popen(
        [*command, str(tmp_path / "run"), how], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "Started\n"
        if how == "quick":
            process.stdout.readline()
        for _ in range(times):
            process.send_signal(number)
            time.sleep(0.1)
        output = process.stdout.read()
        assert process.wait() == code
    if times == 1:
        assert output.endswith("Stopped\n")
        assert list((tmp_path / "run/checkpoints").glob("*.json"))
