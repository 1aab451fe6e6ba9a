"""Options of how a folder is read: the same in every command that takes DATA."""

import json

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from convscope.cli import app
from convscope.errors import InputError
from tests.data.folder.test_arrangement import fill

COMMANDS = (
    *("train", "sweep", "lr-range", "evaluate", "look"),
    *("data check", "data show", "data pack"),
)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_with_data_has_the_options(name):
    command = get_command(app)
    for word in name.split():
        command = command.commands[word]
    options = {option for parameter in command.params for option in parameter.opts}
    assert {"--layout", "--group-by"} <= options


def call(*arguments):
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_a_class_that_is_called_train(tmp_path):
    photos = fill(tmp_path / "photos", "train", "plane")
    pack = ("data", "pack", photos, "-o", tmp_path / "shards", "--json")
    with pytest.raises(Exception, match="it is not clear"):
        call(*pack)
    packed = json.loads(call(*pack, "--layout", "classes").stdout)
    assert sum(split["images"] for split in packed["splits"].values()) == 8
    checked = json.loads(call("data", "check", photos, "--layout", "classes", "--json").stdout)
    assert checked["counts"] == {"all": {"plane": 4, "train": 4}}


def test_outputs_inside_the_data_are_refused(tmp_path):
    photos = fill(tmp_path / "photos", "cat", "dog")
    out = photos / "cat/out.png"
    for arguments in (
        ("data", "pack", photos, "-o", photos / "shards"),
        ("data", "show", photos, "-o", out),
        ("data", "check", photos, "--output", out),
        ("lr-range", "lenet5", photos, "-o", out),
        ("train", "lenet5", photos, "--output", photos / "runs/x"),
        ("filter", photos, "median", "-o", photos / "filtered"),
    ):
        with pytest.raises(InputError, match="lies inside the data"):
            call(*arguments)
    assert sorted(path.name for path in photos.rglob("*")) == sorted(
        ["cat", "dog", *[f"{i}.png" for i in range(4)] * 2]
    )
