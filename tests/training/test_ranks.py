"""Two and three ranks over gloo: equal to one, equal to themselves, and ending together."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from convscope.data import Split
from convscope.data.loading.in_memory import Loader
from convscope.network import read_model
from convscope.training.run.control import Command, send
from convscope.training.run.events import read_events
from convscope.training.watching.reading import latest_statistics, read_about

SLOW = pytest.mark.slow
SERVER = Path(__file__).parent / "rank_server.py"


@pytest.fixture(scope="module")
def ranks():
    """Runs a request on so many ranks; see `rank_server.py`."""
    variables = {**os.environ, "TORCH_CPP_LOG_LEVEL": "ERROR", "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        [sys.executable, str(SERVER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=variables,
    ) as process:

        def run(world, folder, **request):
            request = {"world": world, "folder": str(folder), **request}
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield run
        process.stdin.close()


def events(folder):
    return (folder / "events.jsonl").read_bytes()


def weights(folder):
    return read_model(folder / "model.safetensors").weights


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def losses(folder):
    return [e.loss for e in read_events(folder / "events.jsonl").events if e.type == "Step"]


def ended(answer, code=0):
    assert answer["codes"] == [code] * len(answer["codes"]), answer["err"]
    return answer


# equal to one process, and to themselves


@pytest.mark.parametrize("network", ["plain", "heads"])
@pytest.mark.parametrize("world", [2, pytest.param(3, marks=SLOW)])
def test_as_one_process_to_the_last_digits(ranks, tmp_path, network, world):
    ended(ranks(1, tmp_path / "one", network=network))
    ended(ranks(world, tmp_path / "many", network=network))
    assert losses(tmp_path / "many") == pytest.approx(losses(tmp_path / "one"), rel=2e-5)
    one, many = weights(tmp_path / "one"), weights(tmp_path / "many")
    for name, value in one.items():
        torch.testing.assert_close(many[name], value, rtol=1e-3, atol=1e-6)
    ends = [read_events(tmp_path / k / "events.jsonl").events[-1] for k in ("one", "many")]
    assert ends[0].validation_accuracy == ends[1].validation_accuracy


@SLOW
def test_two_parts_are_as_two_ranks(ranks, tmp_path):
    ended(ranks(1, tmp_path / "parts", settings=["accumulate=2"]))
    ended(ranks(2, tmp_path / "ranks"))
    ended(ranks(2, tmp_path / "both", settings=["accumulate=3", "clip_norm=0.5"]))
    ended(ranks(1, tmp_path / "neither", settings=["clip_norm=0.5"]))
    assert losses(tmp_path / "parts") == pytest.approx(losses(tmp_path / "ranks"), rel=2e-5)
    assert losses(tmp_path / "both") == pytest.approx(losses(tmp_path / "neither"), rel=2e-5)


def test_every_rank_tells_the_same_story(ranks, tmp_path):
    answer = ended(ranks(2, tmp_path / "run", network="all"))
    assert answer["out"][0] == answer["out"][1]
    assert answer["out"][0].encode() == events(tmp_path / "run")
    assert answer["err"] == ["", ""]
    assert not (tmp_path / "run/of another machine").exists()  # what the second rank was given


@SLOW
def test_ranks_that_measure_different_times_train_in_that_of_rank_0(ranks, tmp_path):
    request = {"network": "norm", "fast": ["bfloat16", "float32"]}
    ended(ranks(2, tmp_path / "auto", settings=["precision=auto"], **request))
    ended(ranks(2, tmp_path / "stated", settings=["precision=bfloat16"], **request))
    assert events(tmp_path / "auto") == events(tmp_path / "stated")
    assert same(weights(tmp_path / "auto"), weights(tmp_path / "stated"))


ALL = ["ema.decay=0.9", "keep=best", 'augment=[{"type": "Shift"}]', "mix.type=Mixup"]


@pytest.mark.parametrize(
    ("world", "network", "settings"),
    [
        (2, "all", ALL),
        pytest.param(2, "norm", ["accumulate=2"], marks=SLOW),
        pytest.param(3, "all", ["precision=bfloat16"], marks=SLOW),
    ],
)
def test_stopped_by_any_rank_and_resumed_is_bit_identical(
    ranks, tmp_path, world, network, settings
):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    request = {"network": network, "settings": settings}
    ended(ranks(world, whole, **request))
    for number, after in enumerate((0, 3, 4)):
        stop = {"rank": number % world, "after": after}
        answer = ended(ranks(world, parts, stop=stop, **request))
        assert all(json.loads(o.splitlines()[-1])["type"] == "Stopped" for o in answer["out"])
    ended(ranks(world, parts, **request))
    assert events(parts) == events(whole)
    assert same(weights(parts), weights(whole))


@pytest.mark.parametrize("rank", [1, pytest.param(0, marks=SLOW)])
def test_killed_and_resumed_is_bit_identical(ranks, tmp_path, rank):
    ended(ranks(2, tmp_path / "whole", network="all"))
    fault = {"what": "kill", "rank": rank, "step": 8}
    answer = ranks(2, tmp_path / "parts", network="all", fault=fault)
    assert answer["codes"][rank] == -9
    assert answer["codes"][1 - rank] == 1
    assert "lost the connection" in answer["err"][1 - rank]
    ended(ranks(2, tmp_path / "parts"))
    assert events(tmp_path / "parts") == events(tmp_path / "whole")
    assert same(weights(tmp_path / "parts"), weights(tmp_path / "whole"))


@pytest.mark.parametrize(
    ("before", "after"),
    [(1, 2), pytest.param(2, 1, marks=SLOW), pytest.param(2, 3, marks=SLOW)],
)
def test_resumed_on_another_number_of_ranks(ranks, tmp_path, before, after):
    ended(ranks(before, tmp_path / "whole"))
    ended(ranks(before, tmp_path / "parts", stop={"rank": 0, "after": 6}))
    answer = ended(ranks(after, tmp_path / "parts"))
    note = json.loads(answer["out"][0].splitlines()[0])
    assert note["message"].startswith(f"ranks: {after} here, {before} when the run started")
    assert losses(tmp_path / "parts") == pytest.approx(losses(tmp_path / "whole"), rel=2e-5)


def test_the_order_of_samples_does_not_depend_on_the_ranks():
    split = Split(torch.zeros(60, 1, 2, 2, dtype=torch.uint8), torch.arange(60))

    def labels(world, step):
        loaders = [
            Loader(split, batch_size=12, seed=4, rank=rank, world_size=world)
            for rank in range(world)
        ]
        return torch.cat([loader.batch(1, step).labels_N for loader in loaders])

    for step in range(5):
        for world in (2, 3, 4, 6, 12):
            assert torch.equal(labels(world, step), labels(1, step))


@SLOW
def test_ranks_that_are_watched_have_the_same_bits(ranks, tmp_path):
    """Only rank 0 writes; its gradients count as its share of the batch."""
    ended(ranks(2, tmp_path / "alone", network="all"))
    ended(ranks(2, tmp_path / "watched", network="all", watch=True))
    assert events(tmp_path / "alone") == events(tmp_path / "watched")
    assert same(weights(tmp_path / "alone"), weights(tmp_path / "watched"))
    about = read_about(tmp_path / "watched")
    assert latest_statistics(tmp_path / "watched", about).layers[0].gradient_rms > 0
    folder = tmp_path / "later"
    ended(ranks(2, folder, network="all", stop={"rank": 1, "after": 4}))
    send(folder, Command(command="watch", on=True))
    ended(ranks(2, folder, network="all"))
    assert events(folder) == events(tmp_path / "alone")
    assert latest_statistics(folder, read_about(folder)) is not None


# commands


def test_commands_reach_all_ranks_before_the_same_step(ranks, tmp_path):
    folder = tmp_path / "run"
    ended(ranks(2, folder, stop={"rank": 1, "after": 4}))
    send(folder, Command(command="lr", lr=0.5))
    send(folder, Command(command="pause"))
    send(folder, Command(command="step"))
    send(folder, Command(command="resume"))
    answer = ended(ranks(2, folder))
    assert answer["out"][0].replace("Note", "") == answer["out"][1].replace("Note", "")
    applied = [e for e in read_events(folder / "events.jsonl").events if e.type != "Step"]
    assert [e.command for e in applied if e.type == "ControlApplied"] == [
        "lr",
        "pause",
        "step",
        "resume",
    ]


def test_a_command_to_stop(ranks, tmp_path):
    folder = tmp_path / "run"
    ended(ranks(2, folder, stop={"rank": 1, "after": 4}))
    send(folder, Command(command="stop"))
    answer = ended(ranks(2, folder))
    assert all('"reason":"control"' in out for out in answer["out"])


# ends: the first error once, for all, and long before the time limit of an hour


@pytest.mark.parametrize("rank", [1, pytest.param(0, marks=SLOW)])
@pytest.mark.parametrize(
    ("what", "code", "message"),
    [
        ("nan", 1, "step 5 of epoch 1: NaN or infinite values, first in conv"),
        ("drift", 1, "weights of rank 1 differs from rank 0"),
        ("input", 2, "here: a mistake of the user"),
        ("bug", 1, "RuntimeError: a mistake of ours"),
        ("memory", 1, "--set accumulate=2"),
    ],
)
def test_the_first_error_is_said_once_and_ends_all(ranks, tmp_path, what, code, message, rank):
    fault = {"what": what, "rank": rank, "step": 5}
    answer = ended(ranks(2, tmp_path / "run", fault=fault, leave_s=60), code)
    assert sum(message in said for said in answer["err"]) == 1
    assert sum(bool(said) for said in answer["err"]) == 1


def test_nan_names_the_rank_and_the_last_good_checkpoint(ranks, tmp_path):
    fault = {"what": "nan", "rank": 1, "step": 8}
    answer = ended(ranks(2, tmp_path / "run", fault=fault), 1)
    assert "(rank 1)" in answer["err"][0]
    assert "the last good checkpoint is 000001.safetensors" in answer["err"][0]


@SLOW
def test_a_rank_that_hangs_is_not_waited_for_long(ranks, tmp_path):
    fault = {"what": "hang", "rank": 1, "step": 3}
    answer = ranks(2, tmp_path / "run", fault=fault, timeout_s=20, leave_s=60)
    assert answer["codes"] == [1, 1]
    assert "lost the connection" in answer["err"][0]


def test_other_data_on_another_rank(ranks, tmp_path):
    answer = ended(ranks(2, tmp_path / "run", marks="fe"), 1)
    assert "data of rank 1 differs from rank 0" in answer["err"][0]
    assert not (tmp_path / "run").exists()


def test_a_batch_that_does_not_divide(ranks, tmp_path):
    answer = ended(ranks(2, tmp_path / "run", settings=["batch_size=9"], leave_s=60), 1)
    said = "".join(answer["err"])
    assert said.count("a batch of 9 in 1 parts on 2 processes") == 1
    assert "--set batch_size=10" in said


@SLOW
def test_a_rank_that_ends_without_a_word(ranks, tmp_path):
    fault = {"what": "exit", "rank": 1, "step": 1}
    answer = ranks(2, tmp_path / "run", fault=fault)
    assert answer["codes"] == [1, 7]
