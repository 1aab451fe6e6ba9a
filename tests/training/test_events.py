"""Events as text: one readable line for every type."""

from typing import get_args

import pytest

from convscope.training.run.events import (
    BadImages,
    ControlApplied,
    DataChanged,
    EpochEvent,
    Event,
    Finished,
    Note,
    Resumed,
    Started,
    StepEvent,
    Stopped,
)

LINES = {
    Started: (
        Started(
            architecture="lenet5",
            data="mnist",
            parameters=61706,
            epochs=1,
            steps_per_epoch=214,
            batch_size=256,
            training_samples=55000,
            validation_samples=5000,
        ),
        "lenet5 on mnist: 61,706 parameters, 55,000 images to train on, 5,000 to validate, "
        "1 epoch of 214 steps",
    ),
    StepEvent: (
        StepEvent(step=1020, epoch=5, lr=0.00123456, loss=0.25, accuracy=0.9125),
        "step 1,020, epoch 5: loss 0.2500, accuracy 91.25\xa0%, learning rate 0.00123",
    ),
    EpochEvent: (
        EpochEvent(step=214, epoch=1, validation_accuracy=0.97, validation_loss=0.1, best=True),
        "epoch 1: validation accuracy 97.00\xa0%, loss 0.1000; best so far",
    ),
    BadImages: (
        BadImages(step=3, action="skip", files=("a\n.jpg", "b", "c", "d")),
        "step 3: 4 images skipped that cannot be read: a\\n.jpg, b, c, ... (4 in all)",
    ),
    DataChanged: (
        DataChanged(
            step=20,
            fingerprint="ab",
            steps_per_epoch=1,
            training_samples=1000,
            validation_samples=10,
        ),
        "step 20: from here on other data: 1,000 images to train on, 10 to validate, "
        "1 step per epoch",
    ),
    ControlApplied: (
        ControlApplied(step=7, command="lr", lr=0.01),
        "step 7: the peak learning rate is now 0.01",
    ),
    Finished: (
        Finished(
            step=428,
            epoch=2,
            stopped_early=False,
            kept_epoch=2,
            validation_accuracy=0.98,
            validation_loss=0.0625,
        ),
        "finished after epoch 2: validation accuracy 98.00\xa0%, loss 0.0625, with the weights "
        "of epoch 2",
    ),
    Resumed: (Resumed(step=1500, generation=3), "resuming at step 1,500, from checkpoint 3"),
    Note: (Note(message="odd\x1b[31m"), "note: odd\\x1b[31m"),
    Stopped: (
        Stopped(step=30, reason="control"),
        "stopped at step 30; the run can be resumed",
    ),
}


@pytest.mark.parametrize("kind", get_args(Event), ids=lambda kind: kind.__name__)
def test_an_event_prints_as_one_line(kind):
    event, line = LINES[kind]
    assert str(event) == line
    assert line.replace("\xa0", " ").isprintable()
    assert repr(event).startswith(f"{kind.__name__}(")
    fields = kind.model_fields.keys() - {"type"}  # the name of the class says it
    assert all(f"{name}=" in repr(event) for name in fields)


def test_words_of_the_other_cases():
    plain = EpochEvent(step=2, epoch=2, validation_accuracy=0.5, validation_loss=1.5, best=False)
    assert str(plain) == "epoch 2: validation accuracy 50.00\xa0%, loss 1.5000"
    assert str(ControlApplied(step=7, command="pause")) == "step 7: command pause"
    assert "1 image replaced" in str(BadImages(step=1, action="replace", files=("x",)))
    early = LINES[Finished][0].model_copy(update={"stopped_early": True})
    assert str(early).startswith("stopped early after epoch 2: ")
