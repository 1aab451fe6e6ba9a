"""Rank and world size of this process, from the launcher's environment variables."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from convscope.errors import InputError

STORE_FILE = "CONVSCOPE_RANKS_STORE"  # set by `launch.py`
LAUNCHER = "CONVSCOPE_RANKS_LAUNCHER"
NO_ID = ("", "none")  # torchrun calls a job without a name "none"


@dataclass(frozen=True)
class Ranks:
    """Rank of this process, world size, and how to reach the others.

    Attributes:
        rank: number of this process, from 0. Rank 0 writes files and prints.
        world_size: number of processes on all machines together.
        local_rank: number of this process on its machine, and of its GPU.
        local_size: number of processes on this machine, which share its processors.
        master: host and port of the common store, if it is not a file.
        store_file: path of the common store, if all ranks are on one machine (`launch.py`).
        launcher: process id of the launcher that keeps this file; 0 for another launcher.
        agent: whether the launcher keeps the store; otherwise rank 0 does.
        torchrun: whether the launcher is torchrun, to which every exit code but 0 is a failure.
        restarts: number of restarts of this machine's processes by its launcher.
        max_restarts: limit of the restarts.
        run_id: torchrun's name of the job, the same for all its restarts; or an empty text.
    """

    rank: int = 0
    world_size: int = 1
    local_rank: int = 0
    local_size: int = 1
    master: tuple[str, int] = ("127.0.0.1", 0)
    store_file: str = ""
    launcher: int = 0
    agent: bool = False
    torchrun: bool = False
    restarts: int = 0
    max_restarts: int = 0
    run_id: str = ""

    @staticmethod
    def from_environment(variables: Mapping[str, str] | None = None) -> "Ranks":
        """Read the launcher's variables; without RANK and WORLD_SIZE there is a single process.

        Raises:
            InputError: a variable that is missing or does not fit the others.
        """
        values = os.environ if variables is None else variables
        if "RANK" not in values and "WORLD_SIZE" not in values:
            return Ranks()
        size = _whole(values, "WORLD_SIZE", least=1)
        rank = _whole(values, "RANK", most=size - 1)
        run_id = values.get("TORCHELASTIC_RUN_ID", "")
        store_file = values.get(STORE_FILE, "")
        return Ranks(
            rank=rank,
            world_size=size,
            local_rank=_whole(values, "LOCAL_RANK", default=0),
            local_size=_whole(values, "LOCAL_WORLD_SIZE", least=1, default=size),
            master=_master(values) if size > 1 and not store_file else Ranks.master,
            store_file=store_file,
            launcher=_whole(values, LAUNCHER, default=0),
            agent=bool(store_file) or values.get("TORCHELASTIC_USE_AGENT_STORE") == "True",
            torchrun="TORCHELASTIC_RUN_ID" in values,
            restarts=_whole(values, "TORCHELASTIC_RESTART_COUNT", default=0),
            max_restarts=_whole(values, "TORCHELASTIC_MAX_RESTARTS", default=0),
            run_id="" if run_id in NO_ID else run_id,
        )


_CONTRACT = "RANK, LOCAL_RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT, as torchrun sets them"


def _master(values: Mapping[str, str]) -> tuple[str, int]:
    if not values.get("MASTER_ADDR"):
        raise InputError("MASTER_ADDR is missing", expected=_CONTRACT)
    return values["MASTER_ADDR"], _whole(values, "MASTER_PORT", least=1, most=65535)


def _whole(
    values: Mapping[str, str],
    name: str,
    *,
    least: int = 0,
    most: int = 2**31 - 1,
    default: int | None = None,
) -> int:
    text = values.get(name, "")
    if not text and default is not None:
        return default
    if not text.isascii() or not text.isdecimal() or not least <= int(text[:12]) <= most:
        expected = f"a whole number from {least} to {most}" if text else _CONTRACT
        raise InputError(f"{name}={text}" if text else f"{name} is missing", expected=expected)
    return int(text)
