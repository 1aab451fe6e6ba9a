import subprocess
import sys

import pytest

from convscope.distributed import Ranks, device_of_rank, needs_launch
from convscope.errors import InputError

TORCHRUN = {
    "RANK": "3",
    "LOCAL_RANK": "1",
    "WORLD_SIZE": "4",
    "MASTER_ADDR": "10.0.0.1",
    "MASTER_PORT": "29500",
    "LOCAL_WORLD_SIZE": "2",
    "TORCHELASTIC_USE_AGENT_STORE": "True",
    "TORCHELASTIC_RESTART_COUNT": "2",
    "TORCHELASTIC_MAX_RESTARTS": "5",
    "TORCHELASTIC_RUN_ID": "job-7",
}


def test_without_a_launcher_a_process_is_alone():
    assert Ranks.from_environment({}) == Ranks()
    assert Ranks().world_size == 1


def test_what_torchrun_says():
    assert Ranks.from_environment(TORCHRUN) == Ranks(
        rank=3,
        world_size=4,
        local_rank=1,
        local_size=2,
        master=("10.0.0.1", 29500),
        agent=True,
        torchrun=True,
        restarts=2,
        max_restarts=5,
        run_id="job-7",
    )


def test_the_five_variables_are_enough():
    five = {name: TORCHRUN[name] for name in list(TORCHRUN)[:5]}
    found = Ranks.from_environment(five)
    assert (found.rank, found.world_size, found.agent, found.torchrun) == (3, 4, False, False)
    assert found.local_size == 4


def test_one_process_of_torchrun_is_alone_and_may_be_restarted():
    found = Ranks.from_environment({**TORCHRUN, "WORLD_SIZE": "1", "RANK": "0"})
    assert found.world_size == 1
    assert found.restarts == 2


def test_a_job_without_a_name_has_none():
    assert Ranks.from_environment({**TORCHRUN, "TORCHELASTIC_RUN_ID": "none"}).run_id == ""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"RANK": "4"}, "RANK=4"),
        ({"RANK": "-1"}, "RANK=-1"),
        ({"RANK": "²"}, "RANK="),
        ({"RANK": "9" * 5000}, "RANK=999"),
        ({"RANK": ""}, "RANK is missing"),
        ({"WORLD_SIZE": "0"}, "WORLD_SIZE=0"),
        ({"WORLD_SIZE": "many"}, "WORLD_SIZE=many"),
        ({"WORLD_SIZE": ""}, "WORLD_SIZE is missing"),
        ({"MASTER_ADDR": ""}, "MASTER_ADDR is missing"),
        ({"MASTER_PORT": "0"}, "MASTER_PORT=0"),
        ({"MASTER_PORT": "70000"}, "MASTER_PORT=70000"),
        ({"LOCAL_RANK": "x"}, "LOCAL_RANK=x"),
        ({"LOCAL_WORLD_SIZE": "0"}, "LOCAL_WORLD_SIZE=0"),
    ],
)
def test_what_does_not_fit_is_named(change, message):
    with pytest.raises(InputError, match=message):
        Ranks.from_environment({**TORCHRUN, **change})


def test_devices():
    two = Ranks(rank=1, world_size=2, local_rank=1)
    assert device_of_rank("cpu", two) == "cpu"
    assert device_of_rank("cuda", two) == "cuda:1"
    assert device_of_rank("cuda:3", Ranks()) == "cuda:3"
    with pytest.raises(InputError, match="cuda:0 for 2 processes"):
        device_of_rank("cuda:0", two)


def test_devices_are_launched_once():
    assert not needs_launch(Ranks(), None)
    assert not needs_launch(Ranks(), 1)
    assert needs_launch(Ranks(), 2)
    assert not needs_launch(Ranks(world_size=2), 2)
    with pytest.raises(InputError, match="--devices 3 in one of 2 processes"):
        needs_launch(Ranks(world_size=2), 3)


def test_who_this_is_costs_no_torch():
    code = (
        "import sys, convscope.distributed as ranks; ranks.Ranks.from_environment(); "
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
