"""Process group: collective communication between ranks. A single process is a group of one."""

import json
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from convscope.distributed.environment import Ranks
from convscope.distributed.monitor import Monitor
from convscope.errors import InputError, TrainingError
from convscope.machine.devices import AUTO, choose_device

if TYPE_CHECKING:
    from torch import Tensor

TIMEOUT = "CONVSCOPE_RANKS_TIMEOUT_S"
CONNECT_S = 60.0
TIMEOUT_S = 300.0  # torch's own is half an hour over gloo, ten minutes over NCCL


class Group:
    """Collective operations, which all ranks must call in the same order.

    Ranks exchange tensors and JSON values only.
    """

    def __init__(self, ranks: Ranks) -> None:
        self.ranks = ranks
        self.rank = ranks.rank
        self.world_size = ranks.world_size

    def broadcast(self, value: Any) -> Any:
        """Return rank 0's JSON value on all ranks; of several, tuples become lists."""
        if self.world_size == 1:
            return value
        import torch
        from torch import distributed

        text = _encoded(value if self.rank == 0 else None)
        size = torch.tensor([len(text)])
        distributed.broadcast(size, src=0)
        if self.rank:
            text = torch.empty(int(size), dtype=torch.uint8)
        distributed.broadcast(text, src=0)
        return _decoded(text)

    def all_gather(self, value: Any) -> list[Any]:
        """Return the JSON values of all ranks, by rank, on all ranks; tuples become lists."""
        if self.world_size == 1:
            return [value]
        import torch
        from torch import distributed

        text = _encoded(value)
        sizes = [torch.zeros(1, dtype=torch.int64) for _ in range(self.world_size)]
        distributed.all_gather(sizes, torch.tensor([len(text)]))
        padded = torch.zeros(max(int(size) for size in sizes), dtype=torch.uint8)
        padded[: len(text)] = text
        texts = [torch.empty_like(padded) for _ in sizes]
        distributed.all_gather(texts, padded)
        return [_decoded(text[: int(size)]) for text, size in zip(texts, sizes, strict=True)]

    def all_reduce(self, values: "Tensor") -> "Tensor":
        """Sum a tensor over all ranks, in place, and return it."""
        if self.world_size > 1:
            from torch import distributed

            distributed.all_reduce(values)
        return values

    def broadcast_tensors(self, tensors: Mapping[str, "Tensor"]) -> dict[str, "Tensor"]:
        """Return rank 0's tensors (on the CPU) on all ranks, sent one by one to save memory."""
        if self.world_size == 1:
            return dict(tensors)
        import torch
        from torch import distributed

        own = [(name, list(t.shape), str(t.dtype)) for name, t in tensors.items()]
        received = {}
        for name, shape, dtype in self.broadcast(own):
            kind = getattr(torch, dtype.removeprefix("torch."))
            mine = tensors[name] if self.rank == 0 else torch.empty(shape, dtype=kind)
            received[name] = mine.contiguous()
            distributed.broadcast(received[name], src=0)
        return received


def _encoded(value: Any) -> "Tensor":
    """Return JSON as bytes. Ranks exchange no pickles: whoever sends one could run code."""
    import torch

    return torch.frombuffer(bytearray(json.dumps(value).encode()), dtype=torch.uint8)


def _decoded(text: "Tensor") -> Any:
    return json.loads(text.numpy().tobytes())


SINGLE_PROCESS = Group(Ranks())


def device_of_rank(device: str, ranks: Ranks) -> str:
    """Return the device of this process: of several processes, each uses the GPU of its local rank.

    For `auto` it is resolved, see `choose_device`.

    Raises:
        InputError: one GPU for several processes.
    """
    if device == AUTO:
        local = min(ranks.local_size, ranks.world_size)
        return choose_device(AUTO, local_rank=ranks.local_rank, local_size=local).name
    if ranks.world_size == 1 or device == "cpu":
        return device
    if device != "cuda":
        raise InputError(
            f"--device {device} for {ranks.world_size} processes",
            expected="auto, cpu, or cuda: each process uses its own GPU",
        )
    return f"cuda:{ranks.local_rank}"


@contextmanager
def process_group(
    ranks: Ranks, *, device: str, say: Callable[[str], None] = lambda _: None
) -> Iterator[Group]:
    """Join the process group. An error of one rank ends all of them, and is printed once.

    Args:
        device: of this process, see `device_of_rank`.
        say: prints messages of the monitor thread.

    Raises:
        TrainingError: a rank did not join, or was lost.
        SystemExit: another rank failed first and prints the error; with its exit code.
    """
    if ranks.world_size == 1:
        yield Group(ranks)
        return
    from torch import distributed

    limit = timedelta(seconds=_timeout_s())
    store = _store(ranks, limit)
    if ranks.torchrun:
        store = _of_this_attempt(store, ranks, limit)
    watch = Monitor(store, ranks, say=say)
    watch.start()
    try:
        _join(ranks, store, device, limit)
        yield Group(ranks)
        distributed.destroy_process_group()
    except BaseException as error:
        # the group is not destroyed: without all ranks that may wait for ever
        first = watch.explained(error)
        if first is error:
            raise
        raise first from None
    watch.stop()


def _join(ranks: Ranks, store: Any, device: str, limit: timedelta) -> None:
    import torch
    from torch import distributed

    on_gpu = device.startswith("cuda")
    if on_gpu:
        if ranks.local_rank >= torch.cuda.device_count():
            raise InputError(
                f"process {ranks.local_rank} of this machine has no GPU: there are "
                f"{torch.cuda.device_count()}",
                fix="fewer processes, or --device cpu",
            )
        torch.cuda.set_device(device)
    backend = "cpu:gloo,cuda:nccl" if on_gpu else "gloo"
    distributed.init_process_group(
        backend,
        store=distributed.PrefixStore("convscope/group", store),  # type: ignore[attr-defined]
        rank=ranks.rank,
        world_size=ranks.world_size,
        timeout=limit,
    )


def _store(ranks: Ranks, limit: timedelta) -> Any:
    from torch import distributed

    if ranks.store_file:
        store: Any = distributed.FileStore(ranks.store_file, -1)  # type: ignore[attr-defined]
        store.set_timeout(limit)
        return store
    host, port = ranks.master
    try:
        store = distributed.TCPStore(  # type: ignore[attr-defined]
            host,
            port,
            world_size=ranks.world_size,
            is_master=ranks.rank == 0 and not ranks.agent,
            wait_for_workers=not ranks.agent,
            # a launcher's store exists before its processes start
            timeout=min(limit, timedelta(seconds=CONNECT_S)) if ranks.agent else limit,
        )
        store.set_timeout(limit)
        return store
    except RuntimeError as error:
        first = str(error).splitlines()[0][:200]
        raise TrainingError(
            f"rank {ranks.rank} of {ranks.world_size} cannot reach the common store at "
            f"{host}:{port} ({first})",
            expected="all ranks, started at about the same time",
            fix=f"MASTER_ADDR and MASTER_PORT must be reachable from every machine; "
            f"{TIMEOUT} sets how long to wait",
            where="ranks",
        ) from None


def _of_this_attempt(store: Any, ranks: Ranks, limit: timedelta) -> Any:
    """Return a part of the store that no earlier attempt has written to.

    After a restart torchrun may reuse a store with all its old keys, and its counts of restarts
    differ between machines. So rank 0 chooses a random prefix, and sends it to each rank that
    asks with a random key.
    """
    from torch import distributed

    others = range(1, ranks.world_size)
    name = secrets.token_hex(8)
    deadline = time.monotonic() + limit.total_seconds()
    if ranks.rank == 0:
        while store.add(f"convscope/{name}", 0) < len(others):
            asking = [f"convscope/ask/{rank}" for rank in others]
            for key in (key for key in asking if store.check([key])):
                store.set(f"convscope/answer/{store.get(key).decode()}", name)
            _wait_until(deadline, ranks)
    else:
        answer = f"convscope/answer/{name}"
        store.set(f"convscope/ask/{ranks.rank}", name)
        while not store.check([answer]):
            _wait_until(deadline, ranks)
        name = store.get(answer).decode()
        store.add(f"convscope/{name}", 1)
    return distributed.PrefixStore(name, store)  # type: ignore[attr-defined]


def _wait_until(deadline: float, ranks: Ranks) -> None:
    time.sleep(0.02)
    if time.monotonic() > deadline:
        raise TrainingError(
            f"rank {ranks.rank} of {ranks.world_size} waited for ranks that did not join",
            fix=f"read their logs; {TIMEOUT} sets how long to wait",
            where="ranks",
        )


def _timeout_s() -> float:
    text = os.environ.get(TIMEOUT, "")
    try:
        seconds = float(text) if text else TIMEOUT_S
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= 1e6:
        raise InputError(f"{TIMEOUT}={text}", expected="seconds, from 1 to 1000000")
    return seconds
