"""Distributed processes: ranks, launcher, communication and failure detection.

Any launcher works that sets RANK, LOCAL_RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT: torchrun,
or that of a cluster. `--devices N` (`launch.py`) needs no port: the ranks meet in a private folder.
"""

from convscope.distributed.environment import Ranks
from convscope.distributed.group import SINGLE_PROCESS, Group, device_of_rank, process_group
from convscope.distributed.launch import launch, needs_launch
from convscope.distributed.monitor import OtherRankFailed

__all__ = [
    "SINGLE_PROCESS",
    "Group",
    "OtherRankFailed",
    "Ranks",
    "device_of_rank",
    "launch",
    "needs_launch",
    "process_group",
]
