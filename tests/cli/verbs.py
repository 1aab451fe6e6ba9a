"""Every command of the application with valid arguments, for tests that change one of them.

A new command is found by itself. One with an argument of a new kind fails until VALID has it.
"""

import importlib
import os
import sys
import zipfile
from contextlib import nullcontext
from pathlib import Path
from unittest.mock import patch

import numpy as np
import typer
from PIL import Image
from typer.main import get_command

import convscope
from convscope.cli import app
from convscope.cli.terminal.failures import exit_code
from convscope.labs import LABS
from convscope.network import ModelFile, save_model
from convscope.opening import untrained
from tests.export.onnx_files import small, write

# name of a required parameter: key of a place, or the value itself
VALID = {
    "model": "MODEL",
    "method": "filters",
    "architecture": "lenet5",
    "architectures": "lenet5",
    "data": "DATA",
    "folder": "SHARDS",
    "images": "PHOTO",
    "source": "PHOTO",
    "name": "mnist",
    "to": "pytorch",
    "file": "ONNX",
    "corrections": "CSV",
    "archive": "ZIP",
    "chapter": "convolution",
    "output": "OUT.png",
}
# arguments that make a command quick, or that it cannot do without
BASE = {
    "show": ["lenet5"],
    "compare": ["lenet5", "lenet5_1998"],
    "train": ["lenet5", "DATA", "--epochs", "1"],
    "sweep": ["lenet5", "DATA", "--vary", "lr=0.1,0.2", "--trials", "1", "--epochs", "1"],
    "lr-range": ["lenet5", "DATA", "--steps", "12"],
    "filter": ["PHOTO", "median", "--output", "OUT.png"],
    "data pack": ["DATA", "--output", "OUT"],
    "look": ["saliency", "MODEL", "PHOTO"],
    "bench": ["MODEL", "--batch", "1", "--seconds", "0.01", "--engine", "pytorch"],
    "serve": ["MODEL", "--port", "0"],
    "web": ["WEB", "--port", "0"],
    "sample": ["digit", "--output", "OUT.png"],
    "lab": [],
    "lab pooling": ["MODEL"],  # without it three networks are trained
}
# services: where they wait for requests
WAITING = {"serve": "convscope.server.running.run", "web": "convscope.server.folder.run"}
WAITING["lesson quiz"] = "convscope.cli.lesson.quiz.ask"
UNTRIED = {"demo"}  # trains for a minute


def commands(*, untried=False):
    """Return each command by its words."""

    def walk(command, words):
        inner = getattr(command, "commands", None)
        if inner is None:
            yield " ".join(words), command
            return
        for word, child in inner.items():
            yield from walk(child, [*words, word])

    every = dict(walk(get_command(app), []))
    for lab in LABS:
        module = importlib.import_module(f"convscope.cli.lab.{lab}")
        alone = typer.Typer(add_completion=False)
        alone.command()(getattr(module, f"{lab}_command"))
        every[f"lab {lab}"] = get_command(alone)
    return {words: command for words, command in every.items() if untried or words not in UNTRIED}


def text_parameters(command):
    """Return the parameters that take any text: names, paths, settings."""
    kinds = (str, Path, list[str], list[Path])
    return [p for p in command.params if p.type_descriptor.annotation in kinds]


def make_places(root):
    """Return valid values by their keys in VALID and BASE."""
    photo = root / "photo.png"
    Image.fromarray(np.arange(784, dtype=np.uint8).reshape(28, 28)).save(photo)
    for label in "ab":
        (root / "data" / label).mkdir(parents=True)
        for number in range(4):
            pixels = np.random.randint(256, size=(28, 28), dtype=np.uint8)
            Image.fromarray(pixels).save(root / "data" / label / f"{number}.png")
    made = untrained(convscope.load("lenet5"))
    save_model(root / "m.safetensors", ModelFile(made.card, dict(made.network.state_dict())))
    convscope.data.write_shards(convscope.data.open(root / "data"), root / "shards")
    web = root / "web"
    (web / "model").mkdir(parents=True)
    (web / "index.html").write_text("<!doctype html>")
    (web / "model" / "model.json").write_text('{"format": 1, "onnx": {}}')
    return {
        "WEB": web,
        "PHOTO": photo,
        "DATA": root / "data",
        "MODEL": root / "m.safetensors",
        "SHARDS": root / "shards",
        "ONNX": write(root / "small.onnx", small()),
        "CSV": _corrections(root),
        "ZIP": _archive(root),
    }


def _corrections(root):
    path = root / "corrections.csv"
    path.write_text("file,label\n")
    return path


def _archive(root):
    path = root / "photos.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(root / "data" / "a" / "0.png", "a/0.png")
    return path


def arguments(words, command, places, out):
    """Return valid arguments of a command."""
    given = BASE.get(words)
    if given is None:
        given = []
        for parameter in command.params:
            if parameter.required and parameter.param_type_name == "argument":
                given.append(VALID[parameter.name])
            elif parameter.required:
                given += [longest(parameter), VALID[parameter.name]]
    own = {**places, "OUT.png": out / "out.png", "OUT": out / "out"}
    return [str(own.get(word, word)) for word in given]


def with_value(words, command, parameter, value, valid):
    """Return valid arguments, one of which is replaced by `value`."""
    if parameter.param_type_name == "option":
        name = longest(parameter)
        if name in valid:
            at = valid.index(name)
            return [*valid[: at + 1], value, *valid[at + 2 :]]
        return [*valid, f"{name}={value}"]
    order = [p.name for p in command.params if p.param_type_name == "argument"]
    number = order.index(parameter.name)
    positional = valid[: _num_positional(valid)]
    rest = valid[len(positional) :]
    if number >= len(positional):
        positional += [value]
    else:
        positional[number] = value
    return [*rest, "--", *positional] if value.startswith("-") else [*positional, *rest]


def _num_positional(valid):
    return next((i for i, word in enumerate(valid) if word.startswith("--")), len(valid))


def longest(parameter):
    return max(parameter.opts, key=len)


def call(words, given, capsys):
    """Run a command as `main` does; return exit code, standard output and standard error.

    `serve` and `web` end where they would wait for requests.
    """
    before = os.getcwd()
    argv, sys.argv = sys.argv, ["convscope", *words.split(), *given]
    try:
        with patch(WAITING[words], return_value=0) if words in WAITING else nullcontext():
            code = exit_code(
                lambda: app(sys.argv[1:], prog_name="convscope", standalone_mode=False)
            )
    finally:
        os.chdir(before)
        sys.argv = argv
    out, err = capsys.readouterr()
    return code, out, err
