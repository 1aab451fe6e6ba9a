"""One rule for every command that writes a file: an existing file is kept unless --force.

An option that writes a file has a metavar that begins with FILE. A new one needs a row here.
"""

from pathlib import Path

import numpy as np
import pytest
import typer.main
from PIL import Image
from typer.testing import CliRunner

from convscope.cli import app
from convscope.cli.terminal.failures import exit_code
from convscope.errors import StorageError
from convscope.labs import LABS
from convscope.labs.pooling import Pooling

OLD = b"kept"

QUICK = ("--batch", "1", "--seconds", "0.01", "--engine", "pytorch")
# (command, option): arguments without the option, and the ending of the file
WRITERS = {
    ("show", "--output"): (["lenet5"], ".svg"),
    ("evaluate", "--output"): (["MODEL", "nothing"], ".html"),
    ("evaluate", "--csv"): (["MODEL", "nothing"], ".csv"),
    ("runs", "--output"): ([], ".svg"),
    ("deploy", "--output"): (["MODEL"], ".safetensors"),
    ("bench", "--output"): (["lenet5", "--layers", *QUICK], ".svg"),
    ("export", "--output"): (["lenet5", "--to", "pytorch"], ".py"),
    ("look", "--output"): (["filters", "lenet5"], ".png"),
    ("lr-range", "--output"): (["lenet5", "mnist", "--steps", "12"], ".png"),
    ("filter", "--output"): (["PHOTO", "median"], ".png"),
    ("data show", "--output"): (["mnist", "--num", "1"], ".png"),
    ("data check", "--output"): (["FOLDER"], ".png"),
    ("sample", "--output"): (["photo"], ".jpg"),
    ("data doubts", "--output"): (["MODEL", "nothing"], ".csv"),
}
SAVES_WITH_OTHER_WORK = {("predict", "--save-digit"), ("export", "--weights-to")}
"""Files beside the main output of a command, with a test of their own."""
READ = {"--weights", "--labels", "--class-names", "--token-file", "--timings"}
"""Options that name a file to read."""
# options that name a folder: of a run, of a sweep, of shards
FOLDERS = {
    ("train", "--output"),
    ("train", "--resume"),
    ("sweep", "--output"),
    ("demo", "--output"),
    ("data pack", "--output"),
    ("data correct", "--output"),
    ("evaluate", "--details"),
    ("data unpack", "--output"),
    ("predict", "--save-dir"),
}


def options():
    """Every option of every command as (command, option)."""

    def walk(command, name):
        if hasattr(command, "commands"):
            for child, inner in command.commands.items():
                yield from walk(inner, f"{name} {child}".strip())
        else:
            yield from ((name, p) for p in command.params if p.param_type_name == "option")

    return list(walk(typer.main.get_command(app), ""))


def longest(option):
    return max(option.opts, key=len)


def test_every_option_that_writes_has_a_row():
    files = {
        (n, longest(o))
        for n, o in options()
        if (o.metavar or "").startswith("FILE") and longest(o) not in READ
    }
    assert files == set(WRITERS) | SAVES_WITH_OTHER_WORK
    paths = {(n, longest(o)) for n, o in options() if o.type_descriptor.annotation is Path}
    assert {path for path in paths if path[1] not in READ} <= {
        *WRITERS,
        *FOLDERS,
        *SAVES_WITH_OTHER_WORK,
    }


def test_force_reads_the_same_everywhere():
    forces = {name: option for name, option in options() if "--force" in option.opts}
    assert set(forces) == {name for name, _ in WRITERS} | {"predict"}
    assert {option.help for option in forces.values()} == {"Overwrite an existing file."}


@pytest.fixture
def places(tmp_path):
    photo = tmp_path / "photo.png"
    Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16)).save(photo)
    for label in ("a", "b"):
        folder = tmp_path / "folder" / label
        folder.mkdir(parents=True)
        for number in range(2):
            pixels = np.random.randint(256, size=(40, 40, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / f"{number}.png")
    return {"PHOTO": str(photo), "FOLDER": str(tmp_path / "folder")}


def arguments(command, places):
    given, _ending = WRITERS[command]
    return [*command[0].split(), *(places.get(text, text) for text in given)]


@pytest.mark.parametrize("command", WRITERS, ids=" ".join)
def test_an_existing_file_is_kept(command, places, tmp_path):
    """Before any work: the model of `evaluate` is not even there."""
    file = tmp_path / f"old{WRITERS[command][1]}"
    file.write_bytes(OLD)
    found = CliRunner().invoke(app, [*arguments(command, places), command[1], str(file)])
    assert isinstance(found.exception, StorageError), found.output
    assert "the file already exists" in str(found.exception)
    assert "--force" in str(found.exception)
    assert file.read_bytes() == OLD


@pytest.mark.parametrize("command", WRITERS, ids=" ".join)
def test_an_output_that_cannot_be_written_is_a_usage_error(command, places, tmp_path):
    """One exit code for all commands: the name on the command line is at fault."""
    ending = WRITERS[command][1]
    (tmp_path / f"old{ending}").write_bytes(OLD)
    (tmp_path / f"folder{ending}").mkdir()
    for name in (f"old{ending}", f"folder{ending}", f"none/new{ending}"):
        words = [*arguments(command, places), command[1], str(tmp_path / name)]
        assert exit_code(lambda words=words: app(words, standalone_mode=False)) == 2, name
    assert (tmp_path / f"old{ending}").read_bytes() == OLD


@pytest.mark.parametrize(
    ("command", "option"),
    [
        ("evaluate MODEL nothing", "--labels"),
        ("data check FOLDER", "--class-names"),
        ("show lenet5 -o a.svg", "--timings"),
    ],
)
def test_a_file_to_read_that_is_missing_is_a_usage_error(command, option, places, tmp_path):
    words = [places.get(word, word) for word in command.split()]
    words += [option, str(tmp_path / "none.txt")]
    assert exit_code(lambda: app(words, standalone_mode=False)) == 2


@pytest.mark.parametrize(
    "command",
    [c for c in WRITERS if c[0] not in ("evaluate", "runs", "deploy", "bench", "data doubts")],
    ids=" ".join,
)
def test_force_overwrites(command, places, tmp_path):
    file = tmp_path / f"old{WRITERS[command][1]}"
    file.write_bytes(OLD)
    given = [*arguments(command, places), command[1], str(file), "--force"]
    found = CliRunner().invoke(app, given)
    assert file.read_bytes() != OLD, found.output


@pytest.mark.parametrize("lab", LABS)
def test_a_lab_keeps_an_existing_file(lab, tmp_path):
    file = tmp_path / "old.png"
    file.write_bytes(OLD)
    found = CliRunner().invoke(app, ["lab", lab, "-o", str(file)])
    assert isinstance(found.exception, StorageError), found.output
    assert file.read_bytes() == OLD


def test_a_lab_trains_nothing_for_a_file_that_it_may_not_write(tmp_path, monkeypatch):
    monkeypatch.setattr(Pooling, "small", lambda *_: pytest.fail("a network was trained"))
    file = tmp_path / "old.png"
    file.write_bytes(OLD)
    found = CliRunner().invoke(app, ["lab", "pooling", "-o", str(file)])
    assert isinstance(found.exception, StorageError), found.output
