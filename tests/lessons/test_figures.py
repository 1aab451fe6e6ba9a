"""Figures: their command lines are commands of convscope, and their code runs."""

import ast
import importlib
import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from convscope.cli import app
from convscope.cli.terminal.failures import exit_code
from convscope.lessons.course import folders, load_chapter
from convscope.lessons.figures import FIGURES, command_of
from tests.cli.verbs import commands

ROOT = Path(__file__).parents[2]
COMMANDS = commands(untried=True)
FIGURE_BLOCKS = {
    f"{folder.id}.{block.id}": block
    for folder in folders()
    for block in load_chapter(folder.id, "en").blocks
    if block.kind == "figure"
}


def parsed(line):
    """Parse a command line as the program does, without running it."""
    program, *words = shlex.split(line)
    assert program == "convscope"
    names = [name for name in COMMANDS if words[: len(name.split())] == name.split()]
    name = max(names, key=len)
    command = COMMANDS[name]
    return command.make_context(name, words[len(name.split()) :]).params


def lines():
    for name, block in FIGURE_BLOCKS.items():
        for state in ({}, *(preset.state for preset in block.presets)):
            yield name, command_of(block.lab, {**block.state, **state})
    for lab in FIGURES:
        yield lab, command_of(lab, {})


def test_the_commands_of_figures_are_those_of_convscope():
    refused = {}
    for line in sorted({line for _, line in lines() if line}):
        try:
            parsed(line)
        except Exception as error:
            refused[line] = str(error)
    assert refused == {}


def test_keys_of_a_state_become_options():
    state = {"size": "1x7x7", "stride": "2", "operation": "transposed", "padding": ""}
    line = command_of("convolution", state)
    assert line == "convscope lab convolution --input 1x7x7 --stride 2 --transposed"
    assert command_of("convolution", {"example": "lecture", "stride": "2"}) == (
        "convscope lab convolution --example lecture"
    )
    assert command_of("convolution", {"example": "rotated"}) == (
        "convscope lab convolution --input 1x5x5 --kernels 1 --operation convolution"
    )
    changed = {"example": "rotated", "operation": "correlation", "w": "1"}
    assert command_of("convolution", changed) == (
        "convscope lab convolution --input 1x5x5 --kernels 1 --operation correlation"
    )
    assert command_of("laplacian", {"row": "1 2 4"}) == "convscope lab laplacian --row '1 2 4'"


def test_the_page_knows_the_keys_of_the_labs():
    """Defaults are texts, as an address holds them."""
    for name, lab in FIGURES.items():
        assert all(isinstance(value, str) for value in lab.keys.values()), name
        assert lab.title[0].isupper(), name


def driven(spans):
    for span in spans:
        if span.kind == "drive":
            yield span
        yield from driven(getattr(span, "spans", ()))


def phrases():
    """Yield the command of each phrase that drives a figure."""
    for folder in folders():
        blocks = load_chapter(folder.id, "en").blocks
        figures = {block.id: block for block in blocks if block.kind == "figure"}
        for block in blocks:
            for span in driven(getattr(block, "spans", ())):
                figure = figures[span.figure]
                yield command_of(figure.lab, {**figure.state, **span.state})


@pytest.mark.slow
def test_the_commands_of_figures_and_phrases_run(capsys):
    long = ("convscope train", "convscope filter photo.jpg")
    every = {line for _, line in lines()} | set(phrases())
    refused = {}
    for line in sorted(line for line in every if line and not line.startswith(long)):
        words = shlex.split(line)[1:]
        code = exit_code(lambda w=words: app(w, prog_name="convscope", standalone_mode=False))
        out, err = capsys.readouterr()
        if code or not out:
            refused[line] = err
    assert refused == {}


@pytest.mark.parametrize("name", FIGURE_BLOCKS)
def test_the_code_of_a_figure_imports_what_is_there(name):
    for node in ast.walk(ast.parse(FIGURE_BLOCKS[name].code)):
        if isinstance(node, ast.ImportFrom):
            module = importlib.import_module(node.module)
            assert [one.name for one in node.names if not hasattr(module, one.name)] == []


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    """A folder with photo.jpg and digit.png, whose names the code may use."""
    folder = tmp_path_factory.mktemp("samples")
    for name in ("photo", "digit"):
        make = [sys.executable, "-m", "convscope", "sample", name]
        subprocess.run(make, cwd=folder, check=True, capture_output=True)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", FIGURE_BLOCKS)
def test_the_code_of_a_figure_runs(name, samples):
    code = FIGURE_BLOCKS[name].code
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=samples,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_terms_are_those_of_the_glossary():
    done = subprocess.run(
        [sys.executable, "tools/glossary_terms.py", "--check"], cwd=ROOT, capture_output=True
    )
    assert done.returncode == 0, "run python tools/glossary_terms.py --write"


def test_records_are_plain_json():
    for folder in folders():
        text = load_chapter(folder.id, "zh").model_dump_json()
        assert "<" not in json.dumps([block["kind"] for block in json.loads(text)["blocks"]])
