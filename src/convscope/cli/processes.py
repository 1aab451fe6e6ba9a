"""`--devices N`: N processes of the same command, each with a share of the images."""

import os
import sys
from typing import TYPE_CHECKING

import typer

from convscope.cli.terminal.output import say
from convscope.errors import InputError

if TYPE_CHECKING:
    from convscope.distributed import Ranks


def resolve_device(device: str, ranks: "Ranks | None" = None) -> str:
    """Return the device of this process, and say on rank 0 which one `auto` is if not the CPU.

    Raises:
        InputError: one GPU for several processes.
    """
    from convscope.machine.devices import AUTO, choose_device

    if ranks is None:
        choice = choose_device(device)
    elif device != AUTO:
        from convscope.distributed import device_of_rank

        return device_of_rank(device, ranks)
    else:
        size = min(ranks.local_size, ranks.world_size)
        choice = choose_device(device, local_rank=ranks.local_rank, local_size=size)
    if choice.note and (ranks is None or ranks.rank == 0):
        say(choice.note)
    return choice.name


def launch_processes(devices: int | None, device: str) -> "Ranks":
    """Return which rank this process is; with `--devices N` start N processes and exit.

    Raises:
        InputError: more GPUs than there are; a launcher's variables that do not fit.
    """
    from convscope.distributed import Ranks, device_of_rank, launch, needs_launch
    from convscope.machine.devices import AUTO

    ranks = Ranks.from_environment()
    if ranks.world_size > 1:  # read when torch is loaded; its C++ stack traces help no user
        os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")
    if devices is None or not needs_launch(ranks, devices):
        return ranks
    if device != AUTO:
        device_of_rank(device, Ranks(world_size=devices))  # one error before there are N processes
    if device == "cuda":
        import torch

        if devices > (available := torch.cuda.device_count()):
            raise InputError(
                f"{devices} GPUs requested, {available or 'none'} found",
                fix=f"--devices {available}" if available else "--device cpu",
            )

    command = [sys.executable, "-m", "convscope", *sys.argv[1:]]
    raise typer.Exit(launch(command, count=devices, say=say))
