"""One training step on several ranks: averaged gradients, summed figures, shared decisions.

Every rank takes an equal share of each batch. DistributedDataParallel averages the gradients
during the backward pass. One more all-reduce per step carries the loss, the number of correct
predictions, the running averages of batch normalisation, and whether any rank has a request. So
all ranks stop after the same step, and apply a command before the same step.

A single process uses this class too, and computes exactly what it would compute without it.
"""

import contextlib
import gc
import warnings
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from convscope.distributed import Group, OtherRankFailed
from convscope.errors import ConvscopeError, TrainingError
from convscope.layers import Layer
from convscope.network import Network, module_at
from convscope.network.safetensors_file import weights_sha256
from convscope.training.job import Forward
from convscope.training.run.checkpoint import Numbers, Saved
from convscope.training.run.control import Command, Control

FIGURES = 4  # loss, correct predictions, stop requested, commands waiting


class Pending(NamedTuple):
    """Commands and requests to handle before the next step; the same on all ranks."""

    commands: list[Command]
    notes: list[str]
    stop: bool


NOTHING_PENDING = Pending([], [], False)


class DataParallel:
    """The data-parallel side of one rank.

    Args:
        average_statistics: average the running statistics of batch normalisation over the ranks
            after each step; not needed where they are synchronised already.

    Attributes:
        forward: inputs -> (logits, heads' logits); its gradients are averaged over the ranks.
        world_size: number of ranks.
    """

    def __init__(
        self,
        network: Network,
        group: Group,
        *,
        device: torch.device,
        control: Control,
        stop_requested: Callable[[], bool],
        average_statistics: bool = True,
    ) -> None:
        self.forward: nn.Module = Forward(network)
        self.world_size = group.world_size
        self._network, self._group, self._device = network, group, device
        self._control, self._stop_requested = control, stop_requested
        self._average_statistics = average_statistics
        self._averages: list[Tensor] = []
        self._nothing_pending = False  # the last all-reduce carried no request

    def wrap(self) -> None:
        """Wrap the network for DDP; again whenever parameters were frozen or unfrozen."""
        if self._group.world_size == 1:
            return
        self.forward = Forward(self._network)
        gc.collect()  # the previous wrapper holds hooks on the parameters
        if self._average_statistics:
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
        self._order_buckets()

    def _order_buckets(self) -> None:
        """Run one pass on zeros, after which DDP orders its gradient buckets.

        DDP orders them after the first pass of each process. Without this the first step of a
        resumed run would sum in another order, and differ in the last bits on over two ranks.
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
        """Return the seed of a step's dropout: another stream on every rank."""
        if self._group.rank == 0:
            return (recipe_seed << 32) + step
        drawn = np.random.SeedSequence((recipe_seed, step, self._group.rank))
        return int(drawn.generate_state(1, np.uint64)[0] >> np.uint64(1))

    def gradient_sync(self, part: int, *, of: int) -> contextlib.AbstractContextManager[None]:
        """Context of a part's passes: gradients are averaged during the last part only."""
        if part == of or not isinstance(self.forward, DistributedDataParallel):
            return contextlib.nullcontext()
        no_sync: contextlib.AbstractContextManager[None] = self.forward.no_sync()
        return no_sync

    def sum_up(self, losses: list[Tensor], correct: list[Tensor]) -> tuple[float, int]:
        """Return mean loss and number of correct predictions over all parts and ranks."""
        if self._group.world_size == 1:
            own = sum(loss.item() for loss in losses) / len(losses)
            return own, int(sum(int(count) for count in correct))
        commands = self._group.rank == 0 and self._control.waiting()
        requests = [float(self._stop_requested()), float(commands)]
        figures = [torch.stack(losses).mean().view(1).float(), torch.stack(correct).sum().view(1)]
        figures.append(torch.tensor(requests, device=self._device))
        flat = torch.cat([*figures, *(average.view(-1) for average in self._averages)])
        self._group.all_reduce(flat)
        loss, right, stop, waiting = flat[:FIGURES].tolist()
        self._nothing_pending = stop == 0 and waiting == 0
        if self._averages:
            means = flat[FIGURES:] / self._group.world_size
            sizes = [average.numel() for average in self._averages]
            torch._foreach_copy_(self._averages, list(torch.split(means, sizes)))
        return loss / self._group.world_size, round(right)

    def poll(self) -> Pending:
        """Return new commands to rank 0, and whether any rank was asked to stop."""
        if self._group.world_size == 1:
            return Pending(*self._control.poll(), self._stop_requested())
        if self._nothing_pending:
            self._nothing_pending = False  # a paused run must poll again
            return NOTHING_PENDING
        own = self._control.poll() if self._group.rank == 0 else ([], [])
        commands = [command.model_dump_json() for command in own[0]]
        all_pending = self._group.all_gather([commands, own[1], self._stop_requested()])
        stop = any(stop for _, _, stop in all_pending)
        commands, notes, _ = all_pending[0]
        return Pending([Command.model_validate_json(c) for c in commands], notes, stop)

    def first_place(self, own: str) -> str:
        """Return the place from the lowest rank that has one."""
        places: list[str] = self._group.all_gather(own)
        rank = next((rank for rank, place in enumerate(places) if place), 0)
        return places[rank] + (f" (rank {rank})" if self._group.world_size > 1 else "")

    def on_rank_0(self, error: ConvscopeError) -> Exception:
        """Return the error to raise where all ranks fail at once: only rank 0 shows it."""
        return error if self._group.rank == 0 else OtherRankFailed()

    def check_equal_weights(self) -> None:
        """Check that all ranks have the same weights.

        Raises:
            TrainingError: one of them differs.
        """
        if self._group.world_size > 1:
            check_equal({"weights": weights_sha256(self._network.state_dict())}, self._group)


def _running_averages(network: Network) -> list[Tensor]:
    """Return running statistics, which differ between ranks: each sees its part of a batch."""
    averages = []
    for step in network.architecture.trace.steps:
        if isinstance(step.operation, Layer) and step.operation.batch_statistics:
            module = module_at(network, step.path)
            buffers = module.buffers() if module.training else ()
            averages += [buffer for buffer in buffers if buffer.is_floating_point()]
    return averages


def check_equal(mine: Mapping[str, str], group: Group) -> None:
    """Check that values which must be equal are equal on all ranks.

    Raises:
        TrainingError: one differs; names the rank.
    """
    by_rank = group.all_gather(dict(mine))
    for name, value in by_rank[0].items():
        others = [rank for rank, theirs in enumerate(by_rank) if theirs.get(name) != value]
        if others:
            if group.rank:
                raise OtherRankFailed
            other = by_rank[others[0]].get(name, "nothing")
            raise TrainingError(
                f"{name} of rank {others[0]} differs from rank 0: {other[:60]}",
                expected=value[:60],
                fix="every machine needs the same files and package versions; weights that "
                "diverge during training are a hardware fault of that machine",
                where="ranks",
            )


def broadcast_checkpoint(saved: Saved, group: Group) -> Saved:
    """Broadcast rank 0's checkpoint: only its machine needs the folder."""
    if group.world_size == 1:
        return saved
    generation, numbers = group.broadcast([saved.generation, saved.numbers.model_dump()])
    tensors = group.broadcast_tensors(saved.tensors)
    return Saved(generation, Numbers.model_validate(numbers), tensors)
