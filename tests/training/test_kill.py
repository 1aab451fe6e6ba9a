"""SIGKILL anywhere: every run that is resumed ends with the bits of one that was left alone."""

import json
import random
import subprocess
import sys
import time

import pytest

from convscope.network.safetensors_file import read_tensors

KILLS = 20  # by the byte, and as many by the clock


@pytest.fixture(scope="module")
def server(victim_path):
    command = [sys.executable, str(victim_path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def attempt(folder, **how):
            process.stdin.write(json.dumps({"folder": str(folder), **how}) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())["code"]

        yield attempt
        process.stdin.close()


def bits(folder):
    """Events, the newest checkpoint's tensors as bytes, and its numbers."""
    newest = max((folder / "checkpoints").glob("*.json"))
    numbers = json.loads(newest.read_bytes())["body"]["numbers"]
    tensors = {
        name: (tuple(tensor.shape), tensor.numpy().tobytes())
        for name, tensor in read_tensors(newest.with_suffix(".safetensors")).items()
    }
    return (folder / "events.jsonl").read_bytes(), numbers, tensors


@pytest.fixture(scope="module")
def untouched(server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("untouched") / "run"
    assert server(folder) == 0
    return bits(folder)


@pytest.fixture(scope="module")
def whole_run_s(server, untouched, tmp_path_factory):
    folder = tmp_path_factory.mktemp("timed") / "run"
    start = time.perf_counter()
    assert server(folder) == 0
    assert bits(folder) == untouched
    return time.perf_counter() - start


def kill_until_enough(server, untouched, tmp_path, draw):
    kills = inside = 0
    number = 0
    while kills < KILLS:
        folder = tmp_path / f"run{number}"
        number += 1
        while (code := server(folder, **draw())) != 0:
            assert code == -9
            kills += 1
            inside += any(".tmp-" in path.name for path in folder.rglob("*"))
            assert kills < 20 * KILLS
        assert bits(folder) == untouched
        assert not [path for path in folder.rglob("*") if ".tmp-" in path.name]
    return inside


def test_killed_at_any_byte_and_resumed_is_bit_identical(server, untouched, tmp_path):
    # a checkpoint is some 9 kB, and so most of these end inside one
    rng = random.Random(7)
    inside = kill_until_enough(
        server, untouched, tmp_path, lambda: {"kill_at_byte": rng.randrange(1, 40_000)}
    )
    assert inside >= 3


def test_killed_in_bfloat16_and_resumed_is_bit_identical(server, tmp_path):
    changes = {"precision": "bfloat16", "epochs": 2}
    assert server(tmp_path / "whole", changes=changes) == 0
    rng = random.Random(9)
    for number in range(3):
        folder = tmp_path / f"run{number}"
        code = server(folder, changes=changes, kill_at_byte=rng.randrange(15_000, 25_000))
        assert code == -9
        assert server(folder, changes=changes) == 0
        assert bits(folder) == bits(tmp_path / "whole")


def test_killed_at_any_moment_and_resumed_is_bit_identical(
    server, untouched, whole_run_s, tmp_path
):
    rng = random.Random(8)
    kill_until_enough(
        server,
        untouched,
        tmp_path,
        lambda: {"kill_after_s": rng.uniform(0.1, 1.2) * whole_run_s},
    )
