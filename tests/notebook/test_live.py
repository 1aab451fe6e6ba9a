"""Live training in notebooks, through a display that records what a notebook would show."""

import re
import signal
import sys
import types
from pathlib import Path

import pytest

from convscope.notebook import live
from convscope.training.run.events import (
    EpochEvent,
    Finished,
    Note,
    Resumed,
    Started,
    StepEvent,
    Stopped,
)
from convscope.training.start import RunEvents

STARTED = Started(
    architecture="lenet5",
    data="<mnist>",
    parameters=61706,
    epochs=2,
    steps_per_epoch=10,
    batch_size=8,
    training_samples=80,
    validation_samples=20,
)


def step(number):
    loss, accuracy = 2.0 / number, 1 - 1 / number
    epoch = (number - 1) // 10 + 1
    return StepEvent(step=number, epoch=epoch, lr=0.1, loss=loss, accuracy=accuracy)


def epoch(number):
    return EpochEvent(
        step=10 * number, epoch=number, validation_accuracy=0.9, validation_loss=0.3, best=True
    )


FINISHED = Finished(
    step=20,
    epoch=2,
    stopped_early=False,
    kept_epoch=2,
    validation_accuracy=0.9,
    validation_loss=0.3,
)
ALL = [
    Note(message="a note"),
    STARTED,
    *map(step, range(1, 11)),
    epoch(1),
    *map(step, range(11, 21)),
    epoch(2),
    FINISHED,
]


class Shown:
    """Display of a notebook: the bundles that were shown, the last one being visible."""

    def __init__(self):
        self.bundles = []

    def __call__(self, bundle):
        self.bundles.append(bundle)
        return self.bundles.append

    @property
    def html(self):
        return self.bundles[-1]["text/html"]

    @property
    def text(self):
        """The text, without style sheets, of the HTML that is visible."""
        return re.sub(r"<style>.*?</style>|<[^>]+>", " ", self.html)


def watch(events, *, stop=None, closed=None):
    def source():
        try:
            for event in events:
                if isinstance(event, BaseException):
                    raise event
                yield event
        finally:
            if closed is not None:
                closed.append(True)

    shown = Shown()
    stop = stop or live.StopButton()
    return shown, live.watched(source(), Path("runs/<1>"), stop, display=shown)


@pytest.fixture(autouse=True)
def always_due(monkeypatch):
    monkeypatch.setattr(live, "INTERVAL_S", 0.0)


def test_events_pass_through_and_the_view_ends_complete():
    shown, events = watch(ALL)
    assert list(events) == ALL
    assert len(shown.bundles) == 2 + len(ALL)
    assert "lenet5 on &lt;mnist&gt;" in shown.html
    assert "step 20 of 20" in shown.text
    assert "finished after epoch 2: validation accuracy 90.00\xa0%" in shown.text
    assert "convscope.open(" in shown.text
    assert shown.html.count("<svg") == 2
    assert shown.html.count(">best so far<") == 2
    assert "left" not in shown.text.split("images/s")[1].split("finished")[0]
    assert "<mnist>" in shown.bundles[2]["text/plain"]


def test_bars_follow_the_steps():
    shown, events = watch(ALL[:7])  # up to step 5
    widths = [re.findall(r"width:([\d.]+)%", shown.html) for _ in events]
    assert widths[-1] == ["50.0", "25.0"]
    assert widths[2] == ["10.0", "5.0"]


def test_updates_are_rare(monkeypatch):
    monkeypatch.setattr(live, "INTERVAL_S", 1e9)
    shown, events = watch(ALL)
    list(events)
    others = [event for event in ALL if not isinstance(event, StepEvent)]
    assert len(shown.bundles) == 2 + len(others)


def test_a_loop_that_is_left_saves_and_says_how_to_resume():
    closed = []
    shown, events = watch(ALL, closed=closed)
    for event in events:
        if event == step(4):
            break
    events.close()
    assert closed == [True]
    assert "Stopped and saved after 4 steps" in shown.text
    assert "convscope train --resume" in shown.text


def test_an_error_is_shown_and_raised():
    shown, events = watch([*ALL[:4], ValueError("loss became <NaN>")])
    with pytest.raises(ValueError, match="NaN"):
        list(events)
    assert "loss became &lt;NaN&gt;" in shown.html
    assert "NaN" in shown.bundles[-1]["text/plain"]


def test_a_view_that_cannot_be_drawn_does_not_end_the_training(monkeypatch):
    monkeypatch.setattr(live, "curves", lambda events: 1 / 0)
    shown, events = watch(ALL)
    assert list(events) == ALL
    assert "The run continues, but cannot be drawn: ZeroDivisionError" in shown.text


def test_the_stop_button_ends_the_loop_after_a_checkpoint():
    stop = live.StopButton()
    before = signal.getsignal(signal.SIGINT)

    def source():
        yield STARTED
        yield step(1)
        signal.raise_signal(signal.SIGINT)
        assert stop()  # the loop asks between two steps
        yield Stopped(step=1, reason="request")

    shown, seen = Shown(), []
    events = live.watched(source(), Path("r"), stop, display=shown)
    with pytest.raises(KeyboardInterrupt):
        seen.extend(event.type for event in iter(lambda: next(events, None), None))
    assert "Stopped and saved after 1 step;" in shown.text
    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_click_interrupts_at_once():
    def source():
        yield STARTED
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        yield step(1)

    shown = Shown()
    events = live.watched(source(), Path("r"), live.StopButton(), display=shown)
    seen = []
    with pytest.raises(KeyboardInterrupt):
        seen.extend(iter(lambda: next(events, None), None))
    assert shown.bundles[-1] != shown.bundles[0]


def test_a_resumed_run_counts_from_its_step():
    shown, events = watch([STARTED, Resumed(step=10, generation=2), *map(step, range(11, 16))])
    list(events)
    assert "epoch 2 of 2" in shown.text
    assert "step 15 of 20" in shown.text


def test_many_notes_are_folded():
    shown, events = watch([Note(message=f"note {i}") for i in range(20)])
    list(events)
    assert "20 notes" in shown.text
    assert shown.html.count("<details") == 1


def test_outside_a_notebook_nothing_changes():
    assert "IPython" not in sys.modules or live.kernel_display() is None
    events = live.watched((e for e in ALL), Path("r"), live.StopButton())
    assert list(events) == ALL
    run = RunEvents(Path("r"), None, (e for e in ALL), [])
    with pytest.raises(NotImplementedError):  # IPython then prints the repr
        run._ipython_display_()
    assert list(run) == ALL
    assert repr(run).startswith("RunEvents('r')")


def fake_ipython(monkeypatch, shell, bundles):
    """Install an IPython whose display records bundles."""

    def display(bundle, *, raw, display_id):
        assert raw is display_id is True
        bundles.append(bundle)
        return types.SimpleNamespace(update=lambda new, raw: bundles.append(new))

    package = types.ModuleType("IPython")
    package.get_ipython = lambda: shell
    inner = types.ModuleType("IPython.display")
    inner.display = display
    monkeypatch.setitem(sys.modules, "IPython", package)
    monkeypatch.setitem(sys.modules, "IPython.display", inner)


def test_a_kernel_shows_and_trains_at_the_end_of_a_cell(monkeypatch):
    bundles = []
    fake_ipython(monkeypatch, types.SimpleNamespace(kernel=object()), bundles)
    source = live.watched((e for e in ALL), Path("r"), live.StopButton())
    RunEvents(Path("r"), None, source, [])._ipython_display_()
    assert "finished after epoch 2" in bundles[-1]["text/html"]


@pytest.mark.parametrize("shell", [None, object()])
def test_a_terminal_is_no_notebook(monkeypatch, shell):
    bundles = []
    fake_ipython(monkeypatch, shell, bundles)
    assert list(live.watched((e for e in ALL), Path("r"), live.StopButton())) == ALL
    assert bundles == []


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (6.2, "0:07"), (750, "12:30")])
def test_durations(seconds, text):
    assert live.duration(seconds) == text
    assert live.duration(3 * 3600 + 300) == "3:05:00"
