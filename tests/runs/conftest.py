"""Run folders written line by line, as training writes them."""

import json
import os

import pytest

from convscope.training.run.events import EpochEvent, Finished, Started, StepEvent

RECIPE = {
    "epochs": 3,
    "batch_size": 8,
    "lr": 0.01,
    "optimiser": {"type": "AdamW", "weight_decay": 0.1},
    "schedule": {"type": "OneCycle", "warmup": 0.3},
    "augment": [],
    "ema": None,
}
PER_EPOCH = 10


def lines_of(accuracies, *, finished=True, epochs=3):
    """Return the events of a run with these validation accuracies."""
    events = [
        Started(
            architecture="lenet5",
            data="mnist",
            parameters=61706,
            epochs=epochs,
            steps_per_epoch=PER_EPOCH,
            batch_size=8,
            training_samples=80,
            validation_samples=20,
        )
    ]
    for number, accuracy in enumerate(accuracies, start=1):
        for step in (number * PER_EPOCH - 5, number * PER_EPOCH):
            loss = 1 / step
            events.append(
                StepEvent(step=step, epoch=number, lr=0.1, loss=loss, accuracy=accuracy / 2)
            )
        best = accuracy == max(accuracies[:number])
        events.append(
            EpochEvent(
                step=number * PER_EPOCH,
                epoch=number,
                validation_accuracy=accuracy,
                validation_loss=1 - accuracy,
                best=best,
            )
        )
    if finished:
        events.append(
            Finished(
                step=len(accuracies) * PER_EPOCH,
                epoch=len(accuracies),
                stopped_early=False,
                kept_epoch=len(accuracies),
                validation_accuracy=accuracies[-1],
                validation_loss=0.5,
            )
        )
    return b"".join(event.line() for event in events)


@pytest.fixture
def make_run(tmp_path, monkeypatch):
    """Return a function that writes a run folder below the current folder."""
    monkeypatch.chdir(tmp_path)

    def make(name, accuracies=(0.5, 0.9, 0.8), *, age_s=0, finished=True, **settings):
        folder = tmp_path / name
        (folder / "checkpoints").mkdir(parents=True)
        (folder / "recipe.json").write_text(json.dumps(RECIPE | settings))
        (folder / "architecture.json").write_text('{"name": "lenet5"}')
        (folder / "data.json").write_text('{"name": "mnist"}')
        events = folder / "events.jsonl"
        events.write_bytes(lines_of(accuracies, finished=finished))
        os.utime(events, (1_700_000_000 - age_s, 1_700_000_000 - age_s))
        times = [1.5, 3.0, 0.5, 2.25]  # a second process, whose clock began again
        lines = [json.dumps({"step": i, "time_s": time}) for i, time in enumerate(times)]
        (folder / "timings.jsonl").write_text("\n".join(lines) + "\n")
        return folder

    return make
