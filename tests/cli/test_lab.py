"""`convscope lab` passes its options to the lab."""

import json

import pytest
import typer
from typer.testing import CliRunner

from convscope.cli.lab import CONTEXT, lab_command
from convscope.errors import InputError
from convscope.labs import LABS, list_labs

APP = typer.Typer(pretty_exceptions_enable=False)
APP.command(context_settings=CONTEXT)(lab_command)


def test_without_a_name_it_lists_them() -> None:
    for words in ([], ["--help"]):
        said = CliRunner().invoke(APP, words).stdout
        assert all(name in said for name in LABS)


@pytest.mark.parametrize("name", list_labs())
def test_every_lab_shows_its_options(name: str) -> None:
    result = CliRunner().invoke(APP, [name, "--help"])
    assert result.exit_code == 0
    assert f"convscope lab {name}" in result.stdout
    assert "--json" in result.stdout


def test_options_reach_the_lab() -> None:
    words = "convolution --input 3x5x5 --kernel 3 --stride 2 --padding 1 --json"
    said = json.loads(CliRunner().invoke(APP, words.split()).stdout)
    assert said["stride"] == [2, 2]
    assert len(said["steps"]) == 18


def test_unknown_labs_and_options() -> None:
    error = CliRunner().invoke(APP, ["convolutions"]).exception
    assert isinstance(error, InputError)
    assert "did you mean convolution" in str(error)
    assert CliRunner().invoke(APP, ["pooling", "--nonsense"]).exit_code == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("convolution --kernels 0", "0 kernels"),
        ("convolution --kernels -1", "-1 kernels"),
        ("convolution --input 4096x4096x4096", "at most 32,000,000"),
        ("convolution --example lecture --stride 2", "--example has its own"),
        ("convolution --example lecture --input 1x4x4", "--example has its own"),
        ("pooling model.safetensors --example-only", "--example-only with a model"),
        ("learnable_filter --filter sobel_y --kernel 1", "both --filter and --kernel"),
    ],
)
def test_options_that_would_fail_or_be_ignored_are_errors(words: str, message: str) -> None:
    error = CliRunner().invoke(APP, words.split()).exception
    assert isinstance(error, InputError)
    assert message in str(error)


def test_a_seed_below_0_is_a_usage_error() -> None:
    assert CliRunner().invoke(APP, ["gradients", "--seed", "-1"]).exit_code == 2
