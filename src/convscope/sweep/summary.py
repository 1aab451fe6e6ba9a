"""What a sweep found: every trial, the best settings, and two pictures."""

import shlex
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from convscope.io.storage import write, write_json
from convscope.payload import Curves, Series, Table
from convscope.sweep.folder import RESULTS, SweepFolder
from convscope.sweep.space import Choice, Range
from convscope.sweep.study import LOSS, MESSAGE, SETTINGS, Trials

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

MOST_LINES = 10  # of a picture
TRIALS_PNG, EPOCHS_PNG = "trials.png", "epochs.png"


@dataclass(frozen=True)
class Outcome:
    """One trial.

    Attributes:
        state: "done", "given up" (`message` says why), "training" in a process, or "cut".
        accuracy: on the validation split; of the last epoch where it was given up.
        epochs: accuracy by epoch.
    """

    number: int
    state: str
    settings: tuple[str, ...]
    accuracy: float | None
    loss: float | None
    epochs: dict[int, float]
    message: str = ""
    type: Literal["Outcome"] = "Outcome"

    def to_set(self) -> str:
        """The settings as `--set` takes them."""
        return " ".join(f"--set {shlex.quote(setting)}" for setting in self.settings)


@dataclass(frozen=True)
class Summary:
    """All trials, best first among those that are done, then the others by number."""

    title: str
    vary: tuple[Range | Choice, ...]
    trials: tuple[Outcome, ...]

    @property
    def best(self) -> Outcome | None:
        """The highest accuracy, then the lowest loss, then the first; None without any."""
        return self.trials[0] if self.trials and self.trials[0].state == "done" else None

    def to_dict(self) -> dict[str, Any]:
        best = self.best
        return {
            "title": self.title,
            "best": asdict(best) if best else None,
            "settings": best.to_set() if best else None,
            "trials": [asdict(trial) for trial in self.trials],
        }

    def table(self) -> Table:
        """A row a trial."""
        names = [dimension.name for dimension in self.vary]
        rows = [
            (
                trial.number,
                trial.state + (f": {trial.message}" if trial.message else ""),
                None if trial.accuracy is None else f"{trial.accuracy:.2%}",
                len(trial.epochs),
                *(_values(trial).get(name) for name in names),
            )
            for trial in self.trials
        ]
        columns = ("trial", "state", "accuracy", "epochs", *names)
        return Table(title=self.title, columns=columns, rows=tuple(rows))

    def over_trials(self) -> Curves | None:
        """What each trial reached, and the best so far."""
        done = sorted(
            (trial.number, trial.accuracy)
            for trial in self.trials
            if trial.state == "done" and trial.accuracy is not None
        )
        if not done:
            return None
        numbers = tuple(float(number) for number, _ in done)
        reached = tuple(accuracy for _, accuracy in done)
        best = tuple(max(reached[: i + 1]) for i in range(len(reached)))
        return Curves(
            title=self.title,
            caption="validation accuracy of each trial that was trained to its end",
            x_label="trial",
            y_label="validation accuracy",
            y_format="percent",
            series=(
                Series(name="each trial", x=numbers, y=reached),
                Series(name="best so far", x=numbers, y=best),
            ),
        )

    def over_epochs(self) -> Curves | None:
        """Accuracy by epoch: the best trials, each under its number."""
        shown = [trial for trial in self.trials if trial.epochs][:MOST_LINES]
        if not shown:
            return None
        lines = tuple(
            Series(
                name=f"trial {trial.number}",
                x=tuple(float(epoch) for epoch in sorted(trial.epochs)),
                y=tuple(trial.epochs[epoch] for epoch in sorted(trial.epochs)),
            )
            for trial in shown
        )
        more = len([trial for trial in self.trials if trial.epochs]) - len(shown)
        return Curves(
            title=self.title,
            caption=f"the best {len(shown)}; {more} more are not drawn" if more else "",
            x_label="epoch",
            y_label="validation accuracy",
            y_format="percent",
            series=lines,
        )


def summarise(folder: SweepFolder) -> Summary:
    """Everything that is known now, also written into the folder."""
    study = Trials(folder)
    found = [
        outcome_of(t, held=not t.state.is_finished() and study.held_elsewhere(t.number))
        for t in study.all()
    ]
    found.sort(key=_order)
    swept = folder.definition
    summary = Summary(f"{swept.architecture} on {swept.data}", swept.vary, tuple(found))
    write_json(folder.path / RESULTS, summary.to_dict())
    pictures = ((TRIALS_PNG, summary.over_trials()), (EPOCHS_PNG, summary.over_epochs()))
    for name, curves in pictures:
        if curves is not None:
            write(folder.path / name, [curves.png()])
    return summary


def outcome_of(trial: "FrozenTrial", *, held: bool) -> Outcome:
    """One trial of the study in our words."""
    from optuna.trial import TrialState

    states = {TrialState.COMPLETE: "done", TrialState.PRUNED: "given up"}
    running = "training" if held else "cut"
    return Outcome(
        number=trial.number,
        state=states.get(trial.state, running),
        settings=tuple(trial.user_attrs.get(SETTINGS, ())),
        accuracy=trial.value if trial.state.is_finished() else None,
        loss=trial.user_attrs.get(LOSS),
        epochs=dict(trial.intermediate_values),
        message=str(trial.user_attrs.get(MESSAGE, "")),
    )


def _order(trial: Outcome) -> tuple[bool, float, float, int]:
    done = trial.state == "done"
    accuracy = trial.accuracy if done and trial.accuracy is not None else 0.0
    loss = trial.loss if done and trial.loss is not None else 0.0
    return (not done, -accuracy, loss, trial.number)


def _values(trial: Outcome) -> dict[str, str]:
    pairs = (setting.partition("=") for setting in trial.settings)
    return {name: value for name, _, value in pairs}
