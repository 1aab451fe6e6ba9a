"""Facts of a run: time, speed and curves, from its recorded events."""

import json

import pytest

from convscope.errors import FormatError
from convscope.report.run_report import images_trained, run_facts
from convscope.training.recipe.recipe import Recipe
from convscope.training.run.events import EpochEvent, Finished, Started, StepEvent
from convscope.training.run.files import ENVIRONMENT, EVENTS, RECIPE, TIMINGS

BATCH, PER_EPOCH = 32, 10


def events_until(last_step, *, finished=False):
    """Events of a run of 100 planned epochs that ended at a step."""
    events = [
        Started(
            architecture="tiny",
            data="noise",
            parameters=10,
            epochs=100,
            steps_per_epoch=PER_EPOCH,
            batch_size=BATCH,
            training_samples=BATCH * PER_EPOCH + 7,
            validation_samples=50,
        )
    ]
    for step in range(5, last_step + 1, 5):
        epoch = (step - 1) // PER_EPOCH + 1
        events.append(StepEvent(step=step, epoch=epoch, lr=0.1, loss=1.0, accuracy=0.5))
        if step % PER_EPOCH == 0:
            events.append(
                EpochEvent(
                    step=step, epoch=epoch, validation_accuracy=0.5, validation_loss=1.0, best=False
                )
            )
    if finished:
        events.append(
            Finished(
                step=last_step,
                epoch=last_step // PER_EPOCH,
                stopped_early=True,
                kept_epoch=1,
                validation_accuracy=0.5,
                validation_loss=1.0,
            )
        )
    return events


def folder_of(path, events, timings):
    (path / EVENTS).write_bytes(b"".join(event.line() for event in events))
    (path / TIMINGS).write_text("".join(json.dumps(line) + "\n" for line in timings))
    (path / RECIPE).write_text(Recipe(epochs=100, batch_size=BATCH, lr=0.1).to_json())
    machine = {"platform": "test", "gpu": None}
    environment = {"convscope": "1", "python": "3", "packages": {"torch": "2"}}
    environment |= {"machine": machine, "threads": 2}
    (path / ENVIRONMENT).write_text(json.dumps(environment))
    return path


def test_images_per_second_after_early_stopping(tmp_path):
    timings = [{"step": step, "time_s": step / 10} for step in range(5, 31, 5)]
    facts = run_facts(folder_of(tmp_path, events_until(30, finished=True), timings))
    assert facts["training_time_s"] == pytest.approx(3.0)
    assert facts["images_per_second"] == pytest.approx(30 * BATCH / 3.0)


def test_images_per_second_of_a_stopped_run(tmp_path):
    timings = [{"step": 5, "time_s": 1.0}, {"step": 10, "time_s": 2.0}, {"step": 15, "time_s": 3.0}]
    facts = run_facts(folder_of(tmp_path, events_until(15), timings))
    assert facts["images_per_second"] == pytest.approx(15 * BATCH / 3.0)


def test_images_per_second_of_a_resumed_run(tmp_path):
    """The clock of the second process starts at 0; the times are added."""
    times = [(5, 1.0), (10, 2.0), (15, 0.5), (20, 2.0)]
    timings = [{"step": step, "time_s": time_s} for step, time_s in times]
    facts = run_facts(folder_of(tmp_path, events_until(20), timings))
    assert facts["training_time_s"] == pytest.approx(4.0)
    assert facts["images_per_second"] == pytest.approx(20 * BATCH / 4.0)


def test_without_steps_or_timings_there_is_no_speed(tmp_path):
    assert images_trained([]) == 0
    facts = run_facts(folder_of(tmp_path, events_until(0), []))
    assert facts["images_per_second"] is None
    assert facts["curves"] == ()


def test_curves_end_where_training_ended(tmp_path):
    facts = run_facts(folder_of(tmp_path, events_until(30, finished=True), []))
    loss = facts["curves"][0]
    assert loss.series[0].x[-1] == pytest.approx(3.0)
    assert loss.series[1].x == (1.0, 2.0, 3.0)


@pytest.mark.parametrize("text", [None, "{", "[]"])
def test_a_damaged_recipe_is_a_format_error(tmp_path, text):
    path = folder_of(tmp_path, events_until(10), [])
    damage(path / RECIPE, text)
    with pytest.raises(FormatError):
        run_facts(path)


@pytest.mark.parametrize("text", [None, "{", "[]", "{}", "[" * 99_999, "\xff", '{"convscope": 1}'])
def test_a_damaged_environment_is_said_in_the_report(tmp_path, text):
    path = folder_of(tmp_path, events_until(10), [])
    damage(path / ENVIRONMENT, text)
    recipe, unknown = run_facts(path)["settings"]
    assert recipe.title == "recipe"
    assert unknown.rows[0][0] == ENVIRONMENT
    assert unknown.rows[0][1].startswith("unknown: ")


@pytest.mark.parametrize("text", ["[]", "\xff\n", "[" * 99_999, '{"step": 1, "time_s": 1e999}\n'])
def test_damaged_timings_are_left_out(tmp_path, text):
    path = folder_of(tmp_path, events_until(10), [])
    damage(path / TIMINGS, text)
    assert run_facts(path)["training_time_s"] is None


def damage(path, text):
    path.unlink(missing_ok=True)
    if text is not None:
        path.write_bytes(text.encode("latin-1"))


def test_the_precision_that_was_chosen_is_in_the_report(tmp_path):
    path = folder_of(tmp_path, events_until(20), [])
    choice = {"precision": "bfloat16", "reason": "faster", "float32_s": 0.2, "bfloat16_s": 0.1}
    (path / "precision.json").write_text(json.dumps(choice))
    rows = dict(run_facts(path)["settings"][0].rows)
    assert rows["precision"] == "auto: bfloat16 (100 ms a step, float32 200 ms)"
