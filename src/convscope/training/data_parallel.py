"""One step made by all ranks: gradients averaged, figures summed, decisions shared.

Every rank takes an equal share of each batch. DistributedDataParallel averages the gradients
while the backward pass still runs. One more sum a step carries the loss, the correct answers,
the running averages of batch normalisation, and whether anybody wants something: so all ranks
stop after the same step, and learn a command before the same one.

A process alone goes through here too, and computes what it would compute without.
"""

import contextlib
import gc
import warnings
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.parallel import DistributedDataParallel

from convscope.distributed import Group, OtherRankFailed
from convscope.errors import ConvscopeError, TrainingError
from convscope.network import Network
from convscope.network.safetensors_file import weights_sha256
from convscope.training.checkpoint import Saved
from convscope.training.control import Command, Control
from convscope.training.sync_norm import SharedBatchNorm

FIGURES = 4  # loss, correct answers, stop, commands
Asked = Callable[[], bool]


class Pending(NamedTuple):
    """What is to be done before the next step; the same on all ranks."""

    commands: list[Command]
    notes: list[str]
    stop: bool


NOTHING_PENDING = Pending([], [], False)


class Forward(nn.Module):
    """The logits, and those of every auxiliary head: a list to be filled does not survive DDP."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, inputs_NCHW: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        heads: list[Tensor] = []
        wanted = heads if self.network.head_weights else None
        logits_NK = self.network(inputs_NCHW, wanted)
        return logits_NK, tuple(heads)


class DataParallel:
    """The ranks of one training run, seen from one of them.

    Attributes:
        forward: inputs to (logits, heads' logits), with gradients that are averaged.
        world_size: how many ranks.
    """

    def __init__(
        self,
        network: Network,
        group: Group,
        *,
        device: torch.device,
        control: Control,
        stop_requested: Asked,
    ) -> None:
        self.forward: nn.Module = Forward(network)
        self.world_size = group.world_size
        self._network, self._group, self._device = network, group, device
        self._control, self._stop_requested = control, stop_requested
        self._averages: list[Tensor] = []
        self._calm = False  # the last step's sum says that nobody wants anything

    def wrap(self) -> None:
        """Begin, or begin anew where parameters were frozen or freed."""
        if self._group.world_size == 1:
            return
        self.forward = Forward(self._network)
        gc.collect()  # the wrapper before this one holds hooks on the parameters
        self._averages = _running_averages(self._network)
        on_gpu = self._device.type == "cuda"
        with warnings.catch_warnings():  # the new name is not in every torch that we allow
            warnings.filterwarnings("ignore", message=".*broadcast_buffers", category=FutureWarning)
            self.forward = DistributedDataParallel(
                self.forward,
                device_ids=[self._device] if on_gpu else None,
                broadcast_buffers=False,
                gradient_as_bucket_view=True,
            )
        self._settle()

    def _settle(self) -> None:
        """One pass for nothing, after which DDP orders its buckets as they fill.

        It would do so after the first step otherwise, and that of a resumed run too: with more
        than two ranks, sums over another order of numbers have other last bits.
        """
        buffers = [(buffer, buffer.clone()) for buffer in self._network.buffers()]
        shape = self._network.architecture.input
        zeros_NCHW = torch.zeros(2, *shape, device=self._device)
        logits_NK, heads = self.forward(zeros_NCHW.contiguous(memory_format=torch.channels_last))
        total = logits_NK.sum() + sum(head.sum() for head in heads)
        total.backward()
        self._network.zero_grad(set_to_none=True)
        with torch.no_grad():
            for buffer, before in buffers:
                buffer.copy_(before)

    def seed(self, recipe_seed: int, step: int) -> int:
        """What dropout draws from in a step: another stream on every rank."""
        if self._group.rank == 0:
            return (recipe_seed << 32) + step
        drawn = np.random.SeedSequence((recipe_seed, step, self._group.rank))
        return int(drawn.generate_state(1, np.uint64)[0] >> np.uint64(1))

    def exchanging(self, part: int, *, of: int) -> contextlib.AbstractContextManager[None]:
        """Around the forward and backward pass of a part; gradients travel with the last one."""
        if part == of or not isinstance(self.forward, DistributedDataParallel):
            return contextlib.nullcontext()
        quiet: contextlib.AbstractContextManager[None] = self.forward.no_sync()
        return quiet

    def sum_up(self, losses: list[Tensor], correct: list[Tensor]) -> tuple[float, int]:
        """The mean loss and the number of correct answers, over all parts and all ranks."""
        if self._group.world_size == 1:
            own = sum(loss.item() for loss in losses) / len(losses)
            return own, int(sum(int(count) for count in correct))
        asked = self._group.rank == 0 and self._control.waiting()
        wishes = torch.tensor([float(self._stop_requested()), float(asked)], device=self._device)
        figures = [torch.stack(losses).mean().view(1).float(), torch.stack(correct).sum().view(1)]
        flat = torch.cat([*figures, wishes, *(average.view(-1) for average in self._averages)])
        self._group.all_reduce(flat)
        loss, right, stop, waiting = flat[:FIGURES].tolist()
        self._calm = stop == 0 and waiting == 0
        if self._averages:
            means = flat[FIGURES:] / self._group.world_size
            sizes = [average.numel() for average in self._averages]
            torch._foreach_copy_(self._averages, list(torch.split(means, sizes)))
        return loss / self._group.world_size, round(right)

    def hear(self) -> Pending:
        """What rank 0 was told, and whether any rank is asked to stop."""
        if self._group.world_size == 1:
            return Pending(*self._control.poll(), self._stop_requested())
        if self._calm:
            self._calm = False  # so that a paused run asks again
            return NOTHING_PENDING
        own = self._control.poll() if self._group.rank == 0 else ([], [])
        found = self._group.all_gather(Pending(*own, self._stop_requested()))
        return Pending(found[0].commands, found[0].notes, any(heard.stop for heard in found))

    def first_place(self, own: str) -> str:
        """Where it happened on the lowest rank that says so."""
        found = self._group.all_gather(own)
        rank = next((rank for rank, place in enumerate(found) if place), 0)
        return found[rank] + (f" (rank {rank})" if self._group.world_size > 1 else "")

    def voiced(self, error: ConvscopeError) -> Exception:
        """An error that all ranks meet at once: rank 0 says it."""
        return error if self._group.rank == 0 else OtherRankFailed()

    def check(self) -> None:
        """All ranks have the same weights.

        Raises:
            TrainingError: one of them departs.
        """
        if self._group.world_size > 1:
            check_equal({"weights": weights_sha256(self._network.state_dict())}, self._group)


def _running_averages(network: nn.Module) -> list[Tensor]:
    """Those that differ from rank to rank, as each sees only its share of a batch."""
    shared = (SharedBatchNorm, nn.SyncBatchNorm)
    norms = [m for m in network.modules() if isinstance(m, _BatchNorm) and m.training]
    found = [(m.running_mean, m.running_var) for m in norms if not isinstance(m, shared)]
    return [average for pair in found for average in pair if average is not None]


def check_equal(mine: Mapping[str, str], group: Group) -> None:
    """Compare what must be equal on all ranks.

    Raises:
        TrainingError: says what differs, and on which rank.
    """
    found = group.all_gather(dict(mine))
    for what, value in found[0].items():
        others = [rank for rank, theirs in enumerate(found) if theirs.get(what) != value]
        if others:
            if group.rank:
                raise OtherRankFailed
            other = found[others[0]].get(what, "nothing")
            raise TrainingError(
                f"rank {others[0]} has other {what} than rank 0: {other[:60]}",
                expected=value[:60],
                fix="every machine needs the same files and versions of everything; weights "
                "that part while training are a fault of that machine",
                where="ranks",
            )


def broadcast_checkpoint(saved: Saved, group: Group) -> Saved:
    """Rank 0's checkpoint, on all ranks: only its machine needs the folder."""
    generation, numbers = group.broadcast((saved.generation, saved.numbers))
    return Saved(generation, numbers, group.broadcast_tensors(saved.tensors))
