"""Results of a sweep: all trials, the best settings, and two charts."""

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

MOST_LINES = 10  # in a chart
TRIALS_PNG, EPOCHS_PNG = "trials.png", "epochs.png"
PRUNED = "worse than the median"  # the message of a pruned trial starts so


@dataclass(frozen=True)
class Outcome:
    """One trial.

    Attributes:
        state: "done", "pruned" or "failed" (`message` says why), "training", or "interrupted".
        accuracy: on the validation split; of the last epoch if it was pruned.
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
        """Return the settings as `--set` options."""
        return " ".join(f"--set {shlex.quote(setting)}" for setting in self.settings)


@dataclass(frozen=True)
class Summary:
    """All trials: those that are done, best first, then the others by number."""

    title: str
    vary: tuple[Range | Choice, ...]
    trials: tuple[Outcome, ...]

    @property
    def best(self) -> Outcome | None:
        """Return the trial with the highest accuracy, then the lowest loss; None without any."""
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
        """Return a table with a row per trial."""
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
        """Return the accuracy by trial, and the best so far."""
        done = sorted(
            (trial.number, trial.accuracy)
            for trial in self.trials
            if trial.state == "done" and trial.accuracy is not None
        )
        if not done:
            return None
        numbers = tuple(float(number) for number, _ in done)
        accuracies = tuple(accuracy for _, accuracy in done)
        best = tuple(max(accuracies[: i + 1]) for i in range(len(accuracies)))
        lines = (
            Series(name="best so far", x=numbers, y=best, style="steps"),
            Series(name="each trial", x=numbers, y=accuracies, style="points"),
        )
        return self._chart("trial", lines, "Validation accuracy of each finished trial.")

    def over_epochs(self) -> Curves | None:
        """Return the accuracy by epoch of the best trials."""
        trained = [trial for trial in self.trials if trial.epochs]
        shown = trained[:MOST_LINES]
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
        more = len(trained) - len(shown)
        caption = f"The best {len(shown)} trials; {more} more are not shown." if more else ""
        return self._chart("epoch", lines, caption)

    def _chart(self, x_label: str, lines: tuple[Series, ...], caption: str) -> Curves:
        return Curves(
            title=self.title,
            caption=caption,
            x_label=x_label,
            y_label="validation accuracy",
            y_format="percent",
            series=lines,
        )


def summarise(folder: SweepFolder) -> Summary:
    """Summarise all trials so far, and write the summary into the folder."""
    study = Trials(folder)
    trials = [
        outcome_of(t, locked=not t.state.is_finished() and study.is_locked(t.number))
        for t in study.all()
    ]
    trials.sort(key=_order)
    swept = folder.definition
    summary = Summary(f"{swept.architecture} on {swept.data}", swept.vary, tuple(trials))
    write_json(folder.path / RESULTS, summary.to_dict())
    pictures = ((TRIALS_PNG, summary.over_trials()), (EPOCHS_PNG, summary.over_epochs()))
    for name, curves in pictures:
        if curves is not None:
            write(folder.path / name, [curves.png()])
    return summary


def outcome_of(trial: "FrozenTrial", *, locked: bool) -> Outcome:
    """Return the outcome of a trial of the study.

    Args:
        locked: whether a process is training it.
    """
    from optuna.trial import TrialState

    message = str(trial.user_attrs.get(MESSAGE, ""))
    match trial.state:
        case TrialState.COMPLETE:
            state = "done"
        case TrialState.PRUNED:
            state = "pruned" if message.startswith(PRUNED) else "failed"
        case _:
            state = "training" if locked else "interrupted"
    return Outcome(
        number=trial.number,
        state=state,
        settings=tuple(trial.user_attrs.get(SETTINGS, ())),
        accuracy=trial.value if trial.state.is_finished() else None,
        loss=trial.user_attrs.get(LOSS),
        epochs=dict(trial.intermediate_values),
        message=message,
    )


def _order(trial: Outcome) -> tuple[bool, float, float, int]:
    done = trial.state == "done"
    accuracy = trial.accuracy if done and trial.accuracy is not None else 0.0
    loss = trial.loss if done and trial.loss is not None else 0.0
    return (not done, -accuracy, loss, trial.number)


def _values(trial: Outcome) -> dict[str, str]:
    pairs = (setting.partition("=") for setting in trial.settings)
    return {name: value for name, _, value in pairs}
