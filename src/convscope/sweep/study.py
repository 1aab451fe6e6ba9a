"""Optuna's study: the next trial, its results, and whether it is pruned.

Every choice is a pure function of the sweep's seed, the number of the trial and the trials
before it. So a sweep that was killed and run again makes the same choices.
"""

import os
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from convscope.errors import InputError
from convscope.extras import install_command
from convscope.sweep.folder import JOURNAL, JournalLock, SweepFolder

if TYPE_CHECKING:
    from optuna import Study
    from optuna.samplers import TPESampler
    from optuna.trial import FrozenTrial, Trial

NAME = "sweep"
MESSAGE, LOSS, SETTINGS = "message", "validation_loss", "settings"  # user attributes of a trial


def check_installed() -> None:
    """Check that Optuna is installed; it is an optional dependency.

    Raises:
        InputError: it is not installed.
    """
    try:
        import optuna  # noqa: F401
    except ImportError:
        raise InputError(
            "a sweep needs the package optuna, which is not installed",
            fix=install_command("tune"),
        ) from None


@dataclass
class Claim:
    """A trial that this process has claimed.

    Attributes:
        settings: of the recipe, as `lr=0.003`.
        interrupted: whether another process started it and ended before it did.
        reported: epochs whose accuracy the study knows.
    """

    number: int
    settings: tuple[str, ...]
    interrupted: bool
    reported: set[int]
    trial: "Trial"
    handle: int

    def report(self, epoch: int, accuracy: float) -> None:
        """Report the accuracy of an epoch to the study, once."""
        if epoch not in self.reported:
            self.trial.report(accuracy, epoch)
            self.reported.add(epoch)

    def should_prune(self) -> bool:
        """Return whether it is worse than the median of the others after as many epochs."""
        return bool(self.trial.should_prune())


class Trials:
    """The trials of a sweep."""

    def __init__(self, folder: SweepFolder) -> None:
        check_installed()
        self._folder = folder
        with folder.held():
            self._study = _open_study(folder)

    def claim(self, most: int) -> Claim | None:
        """Claim an interrupted trial, or else a new one; None once there are `most`."""
        with self._folder.held(), _quiet():
            trials = self._study.get_trials(deepcopy=False)
            for old in trials:
                if old.state.is_finished():
                    continue
                handle = self._folder.lock_trial(old.number)
                if handle is not None:
                    return self._continued(old, handle)
            if len(trials) >= most:
                return None
            return self._new(len(trials))

    def _new(self, number: int) -> Claim:
        handle = self._folder.lock_trial(number)
        assert handle is not None  # no process holds a trial before it exists
        self._study.sampler = _sampler(self._folder.definition.seed, number)
        trial = self._study.ask()
        assert trial.number == number
        return Claim(number, self._sample(trial), False, set(), trial, handle)

    def _continued(self, old: "FrozenTrial", handle: int) -> Claim:
        """Continue a trial; settings that were not yet sampled are sampled now."""
        from optuna.trial import Trial

        self._study.sampler = _sampler(self._folder.definition.seed, old.number)
        trial = Trial(self._study, old._trial_id)
        settings = self._sample(trial)
        return Claim(old.number, settings, True, set(old.intermediate_values), trial, handle)

    def _sample(self, trial: "Trial") -> tuple[str, ...]:
        """Sample the settings and record them: numbers as they are used, after rounding."""
        settings = tuple(dimension.draw(trial) for dimension in self._folder.definition.vary)
        trial.set_user_attr(SETTINGS, list(settings))
        return settings

    def complete(self, claim: Claim, *, accuracy: float, loss: float) -> None:
        """Record a trial that was trained to its end."""
        claim.trial.set_user_attr(LOSS, loss)
        with _quiet():
            self._study.tell(claim.trial, accuracy)
        self.release(claim)

    def give_up(self, claim: Claim, message: str) -> None:
        """Record a trial that was pruned or failed: a bad choice, with the accuracies so far."""
        from optuna.trial import TrialState

        claim.trial.set_user_attr(MESSAGE, message)
        with _quiet():
            self._study.tell(claim.trial, state=TrialState.PRUNED)
        self.release(claim)

    def release(self, claim: Claim) -> None:
        """Release the trial, for any process to claim."""
        if claim.handle >= 0:
            os.close(claim.handle)
            claim.handle = -1

    def all(self) -> list["FrozenTrial"]:
        """Return all trials so far, in order."""
        return list(self._study.get_trials(deepcopy=False))

    def is_locked(self, number: int) -> bool:
        """Return whether a process is training it."""
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
        lock.acquire()  # cuts off a torn line
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
    """Context without Optuna's log lines and warnings."""

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
