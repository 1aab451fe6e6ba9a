"""Text that others wrote is printed as it is, and without control characters."""

import csv
import io
import json
import os
import unicodedata

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import convscope
from convscope.cli import app
from convscope.cli.terminal.failures import exit_code
from convscope.network import ModelFile, save_model
from convscope.opening import untrained

LABELS = ("[good]", "bold [red]x", "[/b]", "[link=x]y[/link]", ":cat:", "=1+1", "猫", "a" * 190)
LABELS += ("+x", "@y")
NAMES = ("[ant].png", "=1+1.png", "\u202egnp.exe.png", "\x1b[31mred.png", os.fsdecode(b"\xff.png"))


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    root = tmp_path_factory.mktemp("foreign")
    made = untrained(convscope.load("lenet5"))
    card = made.card.model_copy(update={"labels": LABELS})
    save_model(root / "m.safetensors", ModelFile(card, dict(made.network.state_dict())))
    for number, label in enumerate(LABELS):
        folder = root / "data" / label.replace("/", "_")
        folder.mkdir(parents=True)
        for index in range(2):
            pixels = np.random.randint(256, size=(28, 28), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / f"{number}-{index}.png")
    (root / "inbox").mkdir()
    for name in NAMES:
        Image.fromarray(np.zeros((28, 28), np.uint8)).save(root / "inbox" / name)
    return root


def run(*arguments):
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == 0, (done.output, done.exception)
    check(done.output)
    return done


def call(*arguments):
    """Run a command as `main` does."""
    return exit_code(lambda: app([str(word) for word in arguments], standalone_mode=False))


def check(text):
    bad = {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs")} - {"\n", "\r"}
    assert not bad


@pytest.mark.parametrize("form", ["text", "json", "jsonl", "csv"])
def test_predict(places, form, monkeypatch):
    monkeypatch.chdir(places / "inbox")
    done = run("predict", "../m.safetensors", *sorted(NAMES), "--format", form, "--topk", 10)
    if form == "text":
        assert all(f"%  {label}" in done.stdout for label in LABELS)
        assert r"\u202egnp.exe.png" in done.stdout
    elif form == "csv":
        rows = list(csv.DictReader(io.StringIO(done.stdout, newline="")))
        assert {row["label"] for row in rows} == {
            f"'{label}" if label[0] in "=+-@" else label for label in LABELS
        }
        assert "'=1+1.png" in {row["source"] for row in rows}
    elif form == "jsonl":
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        assert {row["source"] for row in rows} == set(NAMES)


def test_evaluate_prints_every_label(places, tmp_path):
    model = convscope.open(places / "m.safetensors")
    names = tuple(label.replace("/", "_") for label in LABELS)
    card = model.card.model_copy(update={"labels": names})
    path = tmp_path / "m.safetensors"
    save_model(path, ModelFile(card, dict(model.network.state_dict())))
    done = run("evaluate", path, places / "data", "--output", tmp_path / "report.html")
    lines = done.stdout.splitlines()
    assert all(any(line.startswith(name) for line in lines) for name in names)


def test_data_check_prints_every_label(places):
    done = CliRunner().invoke(app, ["data", "check", str(places / "data"), "--workers", "1"])
    check(done.output)
    for label in LABELS:
        assert label.replace("/", "_") in done.stdout


def test_keys_and_values_of_json(places, tmp_path, capsys):
    spec = json.loads(run("show", "lenet5", "--spec").stdout)
    for change in (
        {"\x1b[31m\u202e": 1},
        {"name": "\x1b[31m"},
        {"paper": {**spec["paper"], "authors": "[bold]\x1b]0;title\x07\u202e" + "x" * 5000}},
        {"block": {"type": "\x1b[31m"}},
    ):
        path = tmp_path / "net.json"
        path.write_text(json.dumps(spec | change), encoding="utf-8")
        for options in ([], ["--json"], ["--spec"], ["--markdown"]):
            call("show", path, *options)
            out, err = capsys.readouterr()
            check(out + err)
            assert "unexpected error" not in err


def test_names_of_tensors(tmp_path, capsys):
    import torch
    from safetensors.torch import save_file

    path = tmp_path / "evil.safetensors"
    save_file({"\x1b[31m\u202e[/b]": torch.zeros(2)}, path, metadata={"\x1b": "\x1b[2J"})
    image = tmp_path / "a.png"
    Image.new("L", (28, 28)).save(image)
    for words in (["predict", str(path), str(image)], ["export", str(path), "--to", "pytorch"]):
        assert call(*words) in (1, 2)
        out, err = capsys.readouterr()
        check(out + err)
        assert "unexpected error" not in err
