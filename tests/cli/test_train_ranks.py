"""The verb `train` on two processes: `--devices`, torchrun, signals, restarts. Slow: real ones."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from convscope.network import read_model

pytestmark = pytest.mark.slow
TRAIN = ("-m", "convscope", "train", "lenet5", "mnist")
SETTINGS = ("--epochs", "2", "--set", "batch_size=2500", "--set", "log_every=2")
SETTINGS = (*SETTINGS, "--set", "checkpoint_every=4", "--set", "augment=[]")
SETTINGS = (*SETTINGS, "--set", "precision=float32")  # runs are compared bit by bit
HANG_S = 600  # long after anything that works
TORCHRUN = ("-m", "torch.distributed.run", "--nproc-per-node", "2")


class Processes:
    """A launcher and the ranks under it."""

    def __init__(self, *arguments, events, lines):
        # no rank ends because of the time limit: it notices what happened
        limit = {"CONVSCOPE_RANKS_TIMEOUT_S": "3600"}
        variables = {**os.environ, "OMP_NUM_THREADS": "1", **limit}
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=variables,
        )
        deadline = time.monotonic() + HANG_S
        while not events.exists() or events.read_bytes().count(b"\n") < lines:
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        self.ranks = dict(self._ranks())

    def _ranks(self):
        for path in Path("/proc").glob("[0-9]*"):
            try:
                parent = (path / "stat").read_text().rsplit(")", 1)[1].split()[1]
                variables = (path / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            if int(parent) == self.process.pid:
                for variable in variables:
                    if variable.startswith(b"RANK="):
                        yield int(variable[5:]), int(path.name)

    def end(self):
        """Exit code and standard error; and nobody is left."""
        try:
            _, said = self.process.communicate(timeout=HANG_S)
        except subprocess.TimeoutExpired:
            for pid in (self.process.pid, *self.ranks.values()):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            raise
        assert not [pid for pid in self.ranks.values() if Path(f"/proc/{pid}").exists()]
        return self.process.returncode, said


def pending(pid, number):
    """Whether a signal was sent to a process that has not yet heard it."""
    status = Path(f"/proc/{pid}/status").read_text()
    (mask,) = (line.split()[1] for line in status.splitlines() if line.startswith("ShdPnd:"))
    return bool(int(mask, 16) >> (number - 1) & 1)


def stopped(pid):
    """Whether every thread of a process has heard SIGSTOP."""
    states = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/status")]
    return all("State:\tT" in state for state in states)


def run(*arguments):
    variables = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False, env=variables
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "run"
    done = run(*TRAIN, *SETTINGS, "--output", str(folder), "--devices", "2", "--json")
    assert done.returncode == 0, done.stderr
    assert done.stdout.encode() == (folder / "events.jsonl").read_bytes()
    assert done.stderr.count("epoch 2/2") == 1
    return folder


def same(folder, whole):
    assert (folder / "events.jsonl").read_bytes() == (whole / "events.jsonl").read_bytes()
    here, there = (read_model(f / "model.safetensors").weights for f in (folder, whole))
    assert all(torch.equal(here[name], there[name]) for name in there)


def test_a_killed_rank_ends_all_and_torchrun_begins_them_again(whole, tmp_path):
    folder = tmp_path / "run"
    command = (*TORCHRUN, "--max-restarts", "1", *TRAIN, *SETTINGS, "--output", str(folder))
    started = Processes(*command, events=folder / "events.jsonl", lines=8)
    os.kill(started.ranks[1], signal.SIGKILL)
    code, said = started.end()
    assert code == 0, said
    assert "resuming at step" in said
    same(folder, whole)


@pytest.mark.parametrize("rank", [0, 1])
def test_a_killed_rank_ends_all(tmp_path, rank):
    folder = tmp_path / "run"
    command = (*TRAIN, *SETTINGS, "--epochs", "50", "--output", str(folder), "--devices", "2")
    started = Processes(*command, events=folder / "events.jsonl", lines=4)
    os.kill(started.ranks[rank], signal.SIGKILL)
    code, said = started.end()
    assert code == 1
    assert said.count(f"rank {rank} of 2 was killed by SIGKILL") == 1
    assert "Traceback" not in said
    assert "lost the connection" not in said


@pytest.mark.parametrize(
    ("to", "number", "code"),
    [("launcher", signal.SIGINT, 130), ("launcher", signal.SIGTERM, 143), (1, signal.SIGTERM, 143)],
)
def test_a_signal_saves_and_the_run_goes_on_with_the_same_bits(whole, tmp_path, to, number, code):
    folder = tmp_path / "run"
    command = (*TRAIN, *SETTINGS, "--output", str(folder), "--devices", "2")
    started = Processes(*command, events=folder / "events.jsonl", lines=6)
    os.kill(started.process.pid if to == "launcher" else started.ranks[to], number)
    found, said = started.end()
    assert found == code, said
    assert said.count("stopped and saved") == 1
    done = run("-m", "convscope", "train", "--resume", str(folder), "--devices", "2")
    assert done.returncode == 0, done.stderr
    same(folder, whole)


def test_a_second_signal_leaves_nobody(tmp_path):
    folder = tmp_path / "run"
    command = (*TRAIN, *SETTINGS, "--epochs", "50", "--output", str(folder), "--devices", "2")
    started = Processes(*command, events=folder / "events.jsonl", lines=4)
    for pid in started.ranks.values():  # so that they cannot end by themselves
        os.kill(pid, signal.SIGSTOP)
    deadline = time.monotonic() + HANG_S
    while not all(stopped(pid) for pid in started.ranks.values()):  # else SIGINT may come first
        assert time.monotonic() < deadline
        time.sleep(0.02)
    started.process.send_signal(signal.SIGINT)
    while not all(pending(pid, signal.SIGINT) for pid in started.ranks.values()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    started.process.send_signal(signal.SIGINT)
    code, said = started.end()
    assert code == 130
    assert "stopped and saved" not in said


def test_a_command_to_stop_is_no_failure_for_torchrun(tmp_path):
    folder = tmp_path / "run"
    command = (*TORCHRUN, "--max-restarts", "1", *TRAIN, *SETTINGS, "--epochs", "50")
    started = Processes(*command, "--output", str(folder), events=folder / "events.jsonl", lines=4)
    with (folder / "control.jsonl").open("a") as file:
        file.write(json.dumps({"command": "stop"}) + "\n")
    code, said = started.end()
    assert code == 0, said
    assert said.count("stopped and saved") == 1


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--set", "ler=1"), 2, "did you mean lr"),
        (("--set", "batch_size=2501"), 1, "a batch of 2501 in 1 parts on 2 processes"),
        (("--device", "cuda:0"), 2, "--device cuda:0 for 2 processes"),
    ],
)
def test_a_mistake_is_said_once(tmp_path, arguments, code, message):
    done = run(*TRAIN, *SETTINGS, *arguments, "--output", str(tmp_path / "run"), "--devices", "2")
    assert done.returncode == code, done.stderr
    assert done.stderr.count(message) == 1
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "run").exists()


def test_restarts_need_a_folder():
    done = run(*TORCHRUN, "--max-restarts", "1", *TRAIN, *SETTINGS)
    assert done.returncode != 0
    assert "torchrun --max-restarts without --output" in done.stderr
