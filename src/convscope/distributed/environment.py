"""Which of how many processes this is, from the launcher's environment variables."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from convscope.errors import InputError

NO_ID = ("", "none")  # torchrun's own name for "no name was given" is none


@dataclass(frozen=True)
class Ranks:
    """One process among all.

    Attributes:
        rank: its number among all processes, from 0. Rank 0 writes and speaks.
        world_size: how many there are, on all machines together.
        local_rank: its number on this machine: which GPU it takes.
        local_size: how many there are on this machine, which share its processors.
        master: where the store is, that all of them reach.
        agent: the launcher keeps the store; otherwise rank 0 does.
        torchrun: the launcher is torchrun, which takes every exit code but 0 for a failure.
        restarts: how often this machine's launcher began its processes anew.
        max_restarts: how often it would.
        run_id: torchrun's name for the whole job, over all its restarts; or nothing.
    """

    rank: int = 0
    world_size: int = 1
    local_rank: int = 0
    local_size: int = 1
    master: tuple[str, int] = ("127.0.0.1", 0)
    agent: bool = False
    torchrun: bool = False
    restarts: int = 0
    max_restarts: int = 0
    run_id: str = ""

    @staticmethod
    def from_environment(variables: Mapping[str, str] | None = None) -> "Ranks":
        """What the launcher said; without RANK and WORLD_SIZE this process is alone.

        Raises:
            InputError: a variable that is missing or does not fit the others.
        """
        given = os.environ if variables is None else variables
        if "RANK" not in given and "WORLD_SIZE" not in given:
            return Ranks()
        size = _whole(given, "WORLD_SIZE", least=1)
        rank = _whole(given, "RANK", most=size - 1)
        run_id = given.get("TORCHELASTIC_RUN_ID", "")
        return Ranks(
            rank=rank,
            world_size=size,
            local_rank=_whole(given, "LOCAL_RANK", default=0),
            local_size=_whole(given, "LOCAL_WORLD_SIZE", least=1, default=size),
            master=_master(given) if size > 1 else Ranks.master,
            agent=given.get("TORCHELASTIC_USE_AGENT_STORE") == "True",
            torchrun="TORCHELASTIC_RUN_ID" in given,
            restarts=_whole(given, "TORCHELASTIC_RESTART_COUNT", default=0),
            max_restarts=_whole(given, "TORCHELASTIC_MAX_RESTARTS", default=0),
            run_id="" if run_id in NO_ID else run_id,
        )


_CONTRACT = "RANK, LOCAL_RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT, as torchrun sets them"


def _master(given: Mapping[str, str]) -> tuple[str, int]:
    if not given.get("MASTER_ADDR"):
        raise InputError("MASTER_ADDR is missing", expected=_CONTRACT)
    return given["MASTER_ADDR"], _whole(given, "MASTER_PORT", least=1, most=65535)


def _whole(
    given: Mapping[str, str],
    name: str,
    *,
    least: int = 0,
    most: int = 2**31 - 1,
    default: int | None = None,
) -> int:
    text = given.get(name, "")
    if not text and default is not None:
        return default
    if not text.isascii() or not text.isdecimal() or not least <= int(text[:12]) <= most:
        expected = f"a whole number from {least} to {most}" if text else _CONTRACT
        raise InputError(f"{name}={text}" if text else f"{name} is missing", expected=expected)
    return int(text)
