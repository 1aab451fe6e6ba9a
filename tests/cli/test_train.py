"""The verb `train`, in-process, on a fake data set: the real one takes longer than a test may."""

import json
import os
import re
import subprocess
import sys

import pytest
import torch
import typer
from typer.testing import CliRunner

from convscope import data as datasets
from convscope.cli.train import train_command
from convscope.data import Split
from convscope.errors import ConvscopeError, InputError
from convscope.shapes import CHW
from convscope.training.run.control import Command, send
from convscope.training.run.events import read_events
from tests.cli.verbs import call

SETTINGS = ["--set", "batch_size=8", "--set", "log_every=1", "--epochs", "2"]


class Fake:
    name, classes, channels, shape = "fake", tuple("0123456789"), 1, CHW(1, 28, 28)
    mean, std = (0.3,), (0.2,)

    def split(self, name):
        count = {"train": 24, "val": 10}[name]
        g = torch.Generator().manual_seed(count)
        images = torch.randint(0, 256, (count, 1, 28, 28), generator=g, dtype=torch.uint8)
        return Split(images, torch.arange(count) % 10)

    def fingerprint(self):
        return "f" * 64


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.setattr(datasets, "open", lambda name, **_: Fake())
    monkeypatch.chdir(tmp_path)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    app = typer.Typer()
    app.command()(train_command)

    def invoke(*arguments):
        result = CliRunner().invoke(app, list(arguments))
        if isinstance(result.exception, ConvscopeError):
            raise result.exception
        return result

    yield invoke
    torch.set_num_threads(before)


def test_train_says_where_everything_is(run, tmp_path):
    result = run("lenet5", "fake", *SETTINGS)
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "using the general recipe `general`" in result.stderr
    assert "61,706 parameters, 24 images, 2 epochs of 3 steps" in result.stderr
    assert re.search(r"epoch 2/2: validation accuracy \d", result.stderr)
    assert "done: validation accuracy" in result.stderr
    assert (tmp_path / "runs/lenet5-fake-1/model.safetensors").is_file()
    run("lenet5", "fake", *SETTINGS)
    assert (tmp_path / "runs/lenet5-fake-2/model.safetensors").is_file()


def test_json_is_the_events_and_nothing_else(run, tmp_path):
    result = run("lenet5", "fake", *SETTINGS, "--json", "--output", "here", "--seed", "5")
    lines = result.stdout.splitlines()
    assert [json.loads(line)["type"] for line in lines][-1] == "Finished"
    assert result.stdout.encode() == (tmp_path / "here/events.jsonl").read_bytes()
    assert json.loads((tmp_path / "here/recipe.json").read_bytes())["seed"] == 5


def test_stop_by_command_is_75_and_resume_ends_the_same(run, tmp_path):
    run("lenet5", "fake", *SETTINGS, "--output", "whole")

    from convscope.training import loop

    real = loop._advance
    count = []

    def advance(job, run, *rest):
        count.append(1)
        if len(count) == 2:
            send(run.folder, Command(command="stop"))
        return real(job, run, *rest)

    loop._advance = advance
    try:
        result = run("lenet5", "fake", *SETTINGS, "--output", "parts")
    finally:
        loop._advance = real
    assert result.exit_code == 75
    assert "convscope train --resume parts" in result.stderr
    assert run("--resume", "parts").exit_code == 0
    assert (tmp_path / "parts/events.jsonl").read_bytes() == (
        tmp_path / "whole/events.jsonl"
    ).read_bytes()
    assert run("--resume", "parts", "--epochs", "3").exit_code == 0
    assert read_events(tmp_path / "parts/events.jsonl").events[-1].epoch == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "ARCH and DATA are missing"),
        (["lenet5"], "DATA is missing"),
        (["lenet6", "fake"], "did you mean lenet5"),
        (["lenet5", "fake", "--recipe", "lenet5_mnis"], "did you mean lenet5_mnist"),
        (
            ["lenet5", "fake", "--resume", "x", "--seed", "0"],
            "--resume continues a run with its own",
        ),
        (["lenet5", "fake", "--set", "ler=1"], "did you mean lr"),
        (["--resume", "nowhere"], "not a run folder"),
        (["lenet5", "fake", "--resume", "x"], "--resume continues a run with its own"),
        (["--resume", "x", "--set", "lr=1"], "--resume continues a run with its own"),
        (["--resume", "x", "--seed", "0"], "--resume continues a run with its own"),
        (["--resume", "x", "--recipe", ""], "--resume continues a run with its own"),
        (["--resume", "x", "--set", ""], "--resume continues a run with its own"),
        (["--resume", "x", "--output", ""], "--resume continues a run with its own"),
        (["", "--resume", "x"], "--resume continues a run with its own"),
        (["lenet5", "fake", "--recipe", ""], "there is no recipe named ''"),
        (["lenet5", "fake", "--set", ""], "'' is not a setting"),
        (["lenet5", "fake", "--generation", "1"], "--generation needs --resume"),
    ],
)
def test_mistakes_are_explained(run, arguments, message):
    with pytest.raises(InputError, match=re.escape(message)):
        run(*arguments)


@pytest.mark.parametrize(
    "device", ["cuda:99", "nonsense", pytest.param("meta", marks=pytest.mark.slow)]
)
def test_a_device_that_is_not_there(device, tmp_path, capsys):
    arguments = ["lenet5", "mnist", "--device", device, "--output", str(tmp_path / "run")]
    code, _, err = call("train", arguments, capsys)
    assert code == 2, err
    assert "is not available" in err
    assert "Traceback" not in err
    assert not (tmp_path / "run").exists()


def test_a_network_takes_the_channels_and_classes_of_the_data():
    from convscope import starting

    planned = starting.plan("resnet20", "mnist", out="nowhere")
    assert planned.architecture.input == (1, 32, 32)
    assert planned.recipe_name == "general"


@pytest.mark.parametrize("reader", ["full", pytest.param("gone", marks=pytest.mark.slow)])
def test_standard_output_that_fails_saves_the_run(tmp_path, reader):
    """A full disk, or a pipe that nobody reads any more: a sentence, exit code 1, no lost step."""
    folder = tmp_path / "run"
    command = [sys.executable, "-m", "convscope", "train", "lenet5", "mnist", "--json"]
    settings = ["batch_size=2500", "augment=[]", "log_every=2", "checkpoint_every=1000"]
    command += ["--epochs", "1", "--output", str(folder)]
    command += [part for setting in settings for part in ("--set", setting)]
    if reader == "full":
        out = os.open("/dev/full", os.O_WRONLY)
    else:
        end, out = os.pipe()
        os.close(end)
    done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, text=True, check=False)
    os.close(out)
    assert done.returncode == 1, done.stderr
    assert "standard output: " in done.stderr
    assert f"resume with: convscope train --resume {folder}" in done.stderr
    assert "Traceback" not in done.stderr
    assert list((folder / "checkpoints").glob("*.json"))
