"""`--devices N`: N processes of the same command, each with a share of the images."""

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from convscope.errors import InputError

if TYPE_CHECKING:
    from convscope.distributed import Ranks

Device = Annotated[str, typer.Option(help="cpu, cuda, cuda:1 ...; of several processes each one.")]
Devices = Annotated[
    int | None,
    typer.Option(min=1, help="On so many GPUs of this machine (or so many processes)."),
]


def spread(devices: int | None, device: str) -> "Ranks":
    """Which process this is; where several are asked for, start them and end as they do.

    Raises:
        InputError: more GPUs than there are; a launcher's variables that do not fit.
    """
    from convscope.distributed import Ranks, device_of_rank, launch, needs_launch

    ranks = Ranks.from_environment()
    if ranks.world_size > 1:  # read when torch is loaded; its stacks of C++ help nobody
        os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")
    if not needs_launch(ranks, devices):
        return ranks
    count = devices or 1
    device_of_rank(device, Ranks(world_size=count))  # refused once, before there are many
    if device == "cuda":
        import torch

        if count > (there := torch.cuda.device_count()):
            raise InputError(f"--devices {count}", expected=f"at most {there}: the GPUs here")
    from convscope.cli.live import say

    command = [sys.executable, "-m", "convscope", *sys.argv[1:]]
    raise typer.Exit(launch(command, count=count, say=say))
