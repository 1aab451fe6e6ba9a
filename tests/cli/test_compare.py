"""`convscope compare`."""

import json

import pytest
import typer
from typer.testing import CliRunner

from convscope.arch.compare_cases import CASES
from convscope.cli.compare import compare_command
from convscope.errors import InputError
from convscope.zoo import load

app = typer.Typer()
app.command()(compare_command)


def run(*arguments):
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "160"})


def test_networks_side_by_side():
    done = run("lenet5", "lenet5_1998")
    assert done.exit_code == 0
    assert "61,706" in done.output
    assert "60,000 (x 0.972)" in done.output


def test_json():
    data = json.loads(run("lenet5", "lenet5_1998", "--json").output)
    assert [entry["macs"] for entry in data["entries"]] == [416_520, 325_680]


def test_markdown():
    assert run("lenet5", "lenet5_1998", "--markdown").output.startswith("|  | lenet5 |")


def test_a_file_and_another_input(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(load("lenet5").to_json())
    done = run(str(path), "lenet5", "--input", "1x32x32", "--json")
    assert len(json.loads(done.output)["entries"]) == 2


def test_a_case():
    done = run("--case", "mlp_or_cnn")
    assert "622,081,110" in done.output
    assert "6,220,800 inputs" in done.output


def test_the_list_of_cases():
    listed = run("--cases").output
    assert all(case.name in listed for case in CASES)
    assert [case["name"] for case in json.loads(run("--cases", "--json").output)] == [
        case.name for case in CASES
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("lenet5",),
        ("lenet5", "lenet6"),
        ("--case", "mlp"),
        ("lenet5", "--case", "mlp_or_cnn"),
        ("--case", "mlp_or_cnn", "--input", "1x2x3"),
    ],
)
def test_mistakes(arguments):
    assert isinstance(run(*arguments).exception, InputError)
