"""Optuna behind a small door: the next trial, what it reached, and whether it goes on.

Every choice is a pure function of the sweep's seed, the number of the trial and the trials
before it: a sweep that was killed and run again makes the choices of one that was left alone.
"""

import os
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from convscope.errors import InputError
from convscope.sweep.folder import JOURNAL, JournalLock, SweepFolder

if TYPE_CHECKING:
    from optuna import Study
    from optuna.samplers import TPESampler
    from optuna.trial import FrozenTrial, Trial

NAME = "sweep"
MESSAGE, LOSS, SETTINGS = "message", "validation_loss", "settings"  # noted beside a trial


def check_installed() -> None:
    """Optuna is an extra.

    Raises:
        InputError: it is not installed.
    """
    try:
        import optuna  # noqa: F401
    except ImportError:
        raise InputError(
            "a sweep needs the package optuna, which is not installed",
            fix="pip install 'convscope[tune]'",
        ) from None


@dataclass
class Claim:
    """A trial that this process has taken.

    Attributes:
        settings: of the recipe, as `lr=0.003`.
        cut: another process began it, and ended before it did.
        reported: epochs whose accuracy the study knows.
    """

    number: int
    settings: tuple[str, ...]
    cut: bool
    reported: set[int]
    trial: "Trial"
    handle: int

    def report(self, epoch: int, accuracy: float) -> None:
        """Tell the study what an epoch reached, once."""
        if epoch not in self.reported:
            self.trial.report(accuracy, epoch)
            self.reported.add(epoch)

    def is_hopeless(self) -> bool:
        """Worse than the median of the others after as many epochs."""
        return bool(self.trial.should_prune())


class Trials:
    """The trials of a sweep."""

    def __init__(self, folder: SweepFolder) -> None:
        check_installed()
        self._folder = folder
        with folder.held():
            self._study = _open_study(folder)

    def claim(self, wanted: int) -> Claim | None:
        """A trial that was cut, or else a new one; None once `wanted` have been begun."""
        with self._folder.held(), _quiet():
            trials = self._study.get_trials(deepcopy=False)
            for old in trials:
                if old.state.is_finished():
                    continue
                handle = self._folder.lock_trial(old.number)
                if handle is not None:
                    return self._taken(old, handle)
            if len(trials) >= wanted:
                return None
            return self._new(len(trials))

    def _new(self, number: int) -> Claim:
        handle = self._folder.lock_trial(number)
        assert handle is not None  # nobody has a trial that is not begun
        self._study.sampler = _sampler(self._folder.definition.seed, number)
        trial = self._study.ask()
        assert trial.number == number
        return Claim(number, self._drawn(trial), False, set(), trial, handle)

    def _taken(self, old: "FrozenTrial", handle: int) -> Claim:
        """Go on with a trial; settings that were not yet drawn are drawn now."""
        from optuna.trial import Trial

        self._study.sampler = _sampler(self._folder.definition.seed, old.number)
        trial = Trial(self._study, old._trial_id)
        settings = self._drawn(trial)
        return Claim(old.number, settings, True, set(old.intermediate_values), trial, handle)

    def _drawn(self, trial: "Trial") -> tuple[str, ...]:
        """Its settings, and a note of them: a number as it is used, not as it was drawn."""
        settings = tuple(dimension.draw(trial) for dimension in self._folder.definition.vary)
        trial.set_user_attr(SETTINGS, list(settings))
        return settings

    def reached(self, claim: Claim, *, accuracy: float, loss: float) -> None:
        """The trial was trained to its end."""
        claim.trial.set_user_attr(LOSS, loss)
        with _quiet():
            self._study.tell(claim.trial, accuracy)
        self.let_go(claim)

    def given_up(self, claim: Claim, message: str) -> None:
        """The trial ended early: it counts as a bad choice, with what it had reached."""
        from optuna.trial import TrialState

        claim.trial.set_user_attr(MESSAGE, message)
        with _quiet():
            self._study.tell(claim.trial, state=TrialState.PRUNED)
        self.let_go(claim)

    def let_go(self, claim: Claim) -> None:
        """Leave the trial to whoever comes next."""
        if claim.handle >= 0:
            os.close(claim.handle)
            claim.handle = -1

    def all(self) -> list["FrozenTrial"]:
        """Every trial so far, in order."""
        return list(self._study.get_trials(deepcopy=False))

    def held_elsewhere(self, number: int) -> bool:
        """Whether a process trains it at this moment."""
        handle = self._folder.lock_trial(number)
        if handle is None:
            return True
        os.close(handle)
        return False


def _open_study(folder: SweepFolder) -> "Study":
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    journal = folder.path / JOURNAL
    with _quiet():
        lock = JournalLock(journal)
        lock.acquire()  # mends what a killed writer left
        lock.release()
        backend = JournalFileBackend(str(journal), lock_obj=lock)  # type: ignore[arg-type]
        return optuna.create_study(
            storage=JournalStorage(backend),
            study_name=NAME,
            direction="maximize",
            pruner=optuna.pruners.MedianPruner(),
            load_if_exists=True,
        )


def _sampler(seed: int, number: int) -> "TPESampler":
    import optuna

    (state,) = np.random.SeedSequence((seed, number)).generate_state(1)
    return optuna.samplers.TPESampler(seed=int(state))


class _quiet:
    """Without optuna's log lines and warnings; its level is put back afterwards."""

    def __enter__(self) -> None:
        import optuna

        self._level = optuna.logging.get_verbosity()
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._caught = warnings.catch_warnings()
        self._caught.__enter__()
        warnings.simplefilter("ignore")

    def __exit__(self, *error: object) -> None:
        import optuna

        self._caught.__exit__(None, None, None)
        optuna.logging.set_verbosity(self._level)
