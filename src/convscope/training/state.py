"""The training state - weights, optimiser, averages, counters - and its checkpoints."""

import time

from torch import Tensor, nn

from convscope.distributed import SINGLE_PROCESS, Group
from convscope.errors import FormatError, TrainingError
from convscope.evaluate.metrics import Evaluation
from convscope.network import Network
from convscope.training.data_parallel import broadcast_checkpoint
from convscope.training.ema import Average
from convscope.training.non_finite import divergence_error, first_non_finite_tensor
from convscope.training.recipe.optim import NO_SCALES, load_state, state_tensors
from convscope.training.run.checkpoint import Numbers
from convscope.training.run.control import Command
from convscope.training.run.events import Finished
from convscope.training.run.no_op import RunWriter


class State:
    """Weights, optimiser, averaged weights, best weights, and the counters beside them.

    Attributes:
        numbers: counters, see `Numbers`; the loop updates them.
        generation: the checkpoint that was loaded, or 0.
        unsaved: whether anything changed since the last checkpoint.
        evaluation: the weights to keep on the validation split, where this process validated
            them; None after a resume until then.
    """

    def __init__(
        self, network: Network, run: RunWriter, *, per_epoch: int, group: Group = SINGLE_PROCESS
    ) -> None:
        self.network = network
        self.run = run
        self._group = group
        self.recipe = run.recipe
        self.per_epoch = per_epoch
        self.total = self.recipe.total_steps(per_epoch)
        self._fine = self.recipe.fine_tune
        scales = self._fine.lr_scales(network) if self._fine else NO_SCALES
        self.optimiser = self.recipe.optimiser.build(network, scales)
        self.average = Average(self.recipe.ema, network) if self.recipe.ema else None
        self.numbers = Numbers()
        self.generation = 0
        self.unsaved = True
        self.evaluation: Evaluation | None = None
        self._best: dict[str, Tensor] = {}
        self._paused = False
        self._single = False
        self._frozen: bool | None = None  # not decided before the first step
        self._begun = self._since = time.perf_counter()

    def lr(self, step: int) -> float:
        """Return the learning rate of a step."""
        peak = self.recipe.lr if self.numbers.lr is None else self.numbers.lr
        return peak * self.recipe.schedule.multiplier(
            max(0, step), total_steps=self.total, steps_per_epoch=self.per_epoch
        )

    def before_step(self) -> bool:
        """Freeze or unfreeze the body as the epoch demands; return whether that changed."""
        if self._fine is None:
            return False
        before = self._frozen
        self._frozen = self._fine.is_frozen(self.numbers.step // self.per_epoch)
        if self._frozen != before:
            self._fine.apply(self.network, frozen=self._frozen)
        return self._frozen != before

    def after_step(self) -> None:
        """Count a step and update the averaged weights."""
        self.numbers.step += 1
        if self.average:
            self.average.update(self.numbers.step)
        self.unsaved = True
        self._single = False

    def validated_network(self) -> nn.Module:
        """Return the network to validate: the averaged weights, if the recipe averages."""
        return self.average.settled() if self.average else self.network

    def after_epoch(self, evaluation: Evaluation) -> bool:
        """Record a validation; return whether it is the best so far."""
        self.numbers.awaits_validation, self.unsaved = False, True
        numbers, accuracy, loss = self.numbers, evaluation.accuracy, evaluation.cross_entropy
        numbers.last_accuracy, numbers.last_loss = accuracy, loss
        best = accuracy > numbers.best_accuracy
        numbers.stale_epochs = 0 if best else numbers.stale_epochs + 1
        if best:
            numbers.best_accuracy, numbers.best_loss = accuracy, loss
            numbers.best_epoch = numbers.step // self.per_epoch
            if self.recipe.keep == "best":
                weights = self.validated_network().state_dict()
                self._best = {name: value.detach().clone() for name, value in weights.items()}
        if best or self.recipe.keep == "last":
            self.evaluation = evaluation
        return best

    def stopped_early(self) -> bool:
        """Return whether validation did not improve for `patience` epochs."""
        stop = self.recipe.early_stop
        return stop is not None and self.numbers.stale_epochs >= stop.patience

    def at_end(self) -> bool:
        """Return whether no step is left."""
        return self.numbers.step >= self.total or self.stopped_early()

    def kept_network(self) -> nn.Module:
        """Return the network with the weights to keep; no step may follow."""
        network = self.validated_network()
        if self.recipe.keep == "best" and self._best:
            network.load_state_dict(self._best)
        return network

    def finished(self) -> Finished:
        """Return the last event: which weights are kept, and their validation figures."""
        numbers, best = self.numbers, self.recipe.keep == "best"
        epoch = numbers.step // self.per_epoch
        return Finished(
            step=numbers.step,
            epoch=epoch,
            stopped_early=self.stopped_early(),
            kept_epoch=numbers.best_epoch if best else epoch,
            validation_accuracy=numbers.best_accuracy if best else numbers.last_accuracy,
            validation_loss=numbers.best_loss if best else numbers.last_loss,
        )

    def apply(self, command: Command) -> None:
        """Apply a command other than `stop` and `watch`."""
        match command.command:
            case "pause":
                self._paused, self._single = True, False
            case "resume":
                self._paused = self._single = False
            case "step":
                self._paused = self._single = True
            case "lr":
                self.numbers.lr = command.lr

    def may_step(self) -> bool:
        """Return whether the run is not paused, or one step was requested."""
        return not self._paused or self._single

    def is_single_step(self) -> bool:
        """Return whether the run is paused, and one step was requested."""
        return self._single

    def timing(self, samples: int) -> dict[str, float]:
        """Return seconds since this process started, and images/s since the last call."""
        now = time.perf_counter()
        speed = samples / max(now - self._since, 1e-9)
        self._since = now
        return {"time_s": round(now - self._begun, 4), "images_per_second": round(speed, 1)}

    def save(self, control_bytes: int) -> None:
        """Write a checkpoint, once the events that it counts on are durable.

        Raises:
            StorageError: it cannot be written; the last good checkpoint is unchanged.
            TrainingError: a weight is not finite.
        """
        if broken := first_non_finite_tensor(self.network):
            raise self.divergence(broken, max(0, self.numbers.step - 1))
        self.run.sync_events()
        self.numbers.events_bytes = self.run.events_bytes
        self.numbers.control_bytes = control_bytes
        self.run.checkpoints.save(self.numbers, self._tensors())
        self.unsaved = False

    def divergence(self, place: str, step: int) -> TrainingError:
        """Return the error for values that are not finite, first seen at `place` in a step."""
        return divergence_error(
            place,
            step=step + 1,
            epoch=step // self.per_epoch + 1,
            lr=self.lr(step),
            checkpoint=self.run.checkpoints.describe(),
        )

    def check_room(self) -> None:
        """Check that the disk has room for two checkpoints before the first step.

        Raises:
            StorageError: says how many bytes are needed and how many are free.
        """
        weights = sum(v.numel() * v.element_size() for v in self.network.state_dict().values())
        # weights, two moments of the optimiser, averaged weights, best weights
        copies = 3 + (self.average is not None) + (self.recipe.keep == "best")
        self.run.checkpoints.check_room(2 * copies * weights)

    def load(self, generation: int | None) -> None:
        """Load a checkpoint, the newest by default; without any, training starts.

        Nothing in the run folder is changed.

        Raises:
            FormatError: it is damaged, or of another network or recipe.
        """
        saved = broadcast_checkpoint(self.run.load_checkpoint(generation), self._group)
        if saved.generation:
            self._restore(saved.tensors)
            self.unsaved = False
        self.numbers, self.generation = saved.numbers, saved.generation

    def _restore(self, tensors: dict[str, Tensor]) -> None:
        parts: dict[str, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            part, _, path = name.partition("/")
            parts.setdefault(part, {})[path] = tensor
        weights = parts.get("weights", {})
        try:
            self.network.load_state_dict(weights)
            named = dict(self.network.named_parameters())
            load_state(self.optimiser, named, parts.get("optimiser", {}))
            if self.average:
                self.average.network.load_state_dict(parts.get("mean", weights))
        except (RuntimeError, KeyError) as error:
            first = str(error).splitlines()[0]
            raise FormatError(
                f"the checkpoint is of another network or recipe: {first}",
                fix="train in a new folder, or start over with --generation 0",
                where=self.run.folder.name,
            ) from None
        device = next(iter(named.values())).device
        self._best = {name: tensor.to(device) for name, tensor in parts.get("best", {}).items()}

    def _tensors(self) -> dict[str, Tensor]:
        tensors = {f"weights/{name}": value for name, value in self.network.state_dict().items()}
        named = dict(self.network.named_parameters())
        for name, value in state_tensors(self.optimiser, named).items():
            tensors[f"optimiser/{name}"] = value
        if self.average:
            mean = self.average.settled().state_dict()
            tensors |= {f"mean/{name}": value for name, value in mean.items()}
        return tensors | {f"best/{name}": value for name, value in self._best.items()}
