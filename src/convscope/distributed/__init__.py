"""Several processes that work as one: who they are, how they talk, how they end together.

RANK, LOCAL_RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT are the whole contract, whoever sets
them: `torchrun`, a cluster's own launcher, or `--devices N` (`launch.py`).
"""

from convscope.distributed.environment import Ranks
from convscope.distributed.group import ALONE, Group, device_of_rank, together
from convscope.distributed.launch import launch, launch_again
from convscope.distributed.watch import Elsewhere

__all__ = [
    "ALONE",
    "Elsewhere",
    "Group",
    "Ranks",
    "device_of_rank",
    "launch",
    "launch_again",
    "together",
]
