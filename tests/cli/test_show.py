"""`convscope show` and `list`: no torch, right numbers, mistakes reported without a traceback."""

import json
import subprocess
import sys

import pytest

from convscope.zoo import list_architectures, load
from tests.cli.verbs import call


def run(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "convscope", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        **options,
    )


@pytest.mark.parametrize(
    "code",
    [
        "import convscope",
        "import convscope.arch, convscope.zoo, convscope.layers",
        "import convscope.cli",
        "from convscope.cli import app; import sys; sys.argv[1:] = ['show', 'lenet5']\n"
        "try: app()\nexcept SystemExit: pass",
        "from convscope.cli import app; import sys; sys.argv[1:] = ['--help']\n"
        "try: app()\nexcept SystemExit: pass",
    ],
    ids=["package", "packages", "cli", "show", "help"],
)
def test_no_torch(code):
    code += (
        "\nimport sys\n"
        "heavy = {'torch', 'fastapi', 'PIL', 'numpy'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_table_as_json_is_the_table():
    done = run("show", "lenet5", "--json")
    assert done.returncode == 0
    assert done.stderr == ""
    table = json.loads(done.stdout)
    assert table["totals"]["parameters"] == 61_706
    assert table["totals"]["macs"] == 416_520
    assert [row["path"] for row in table["rows"]][:2] == ["conv1", "tanh1"]
    assert table["rows"][0]["output_shape"] == [6, 28, 28]


def test_table_in_a_terminal_and_as_markdown():
    done = run("show", "lenet5_1998", env={"COLUMNS": "120", "PATH": "/usr/bin", "NO_COLOR": "1"})
    assert done.returncode == 0
    assert "60,000" in done.stdout
    assert "connections: 340,908, as expected (" in done.stdout
    assert "\x1b[" not in done.stdout
    markdown = run("show", "lenet5", "--markdown").stdout
    assert "| conv1 | Conv2d | 6x28x28 | 156 | 117,600 | 5 |" in markdown


def test_a_table_of_thousands_of_rows_is_aligned(tmp_path):
    blocks = {f"relu{number}": {"type": "ReLU"} for number in range(2_000)}
    chain = blocks | {"flatten": {"type": "Flatten"}, "fc": {"type": "Linear", "out_features": 10}}
    network = json.loads(load("lenet5").to_json()) | {"block": {"type": "Chain", "blocks": chain}}
    network |= {"input": [1, 2, 2], "facts": []}
    file = tmp_path / "long.json"
    file.write_text(json.dumps(network))
    lines = run("show", str(file)).stdout.splitlines()
    rows = [line for line in lines if line.startswith(("path", "relu", "flatten", "fc"))]
    assert len(rows) == 2_003
    assert all(line == line.rstrip() for line in rows)
    column = rows[0].index("type")
    assert {line[column:].split()[0] for line in rows} == {"type", "ReLU", "Flatten", "Linear"}


def test_another_input_and_number_of_classes():
    table = json.loads(
        run("show", "lenet5", "--input", "1x36x32", "--classes", "7", "--json").stdout
    )
    assert table["rows"][-1]["output_shape"] == [7]
    assert table["rows"][0]["output_shape"] == [6, 32, 28]


def test_svg_keeps_an_existing_file_unless_forced(tmp_path):
    path = tmp_path / "lenet5.svg"
    path.write_text("mine")
    refused = run("show", "lenet5", "--output", str(path))
    assert refused.returncode == 2
    assert "--force (in Python overwrite=True), or another name" in refused.stderr
    assert path.read_text() == "mine"
    assert run("show", "lenet5", "--output", str(path), "--force").returncode == 0
    assert path.read_text().startswith("<svg")
    wrong = run("show", "lenet5", "--output", str(tmp_path / "lenet5.txt"))
    assert wrong.returncode == 2
    assert ".svg" in wrong.stderr


def test_compare_needs_two_architectures():
    done = run("compare", "lenet5")
    assert done.returncode == 2
    assert "name at least two architectures" in done.stderr


def test_an_input_that_is_too_small_is_answered_with_the_networks_own():
    done = run("show", "lenet5", "--input", "1x10x10")
    assert "use 1x32x32, the network's own input size" in done.stderr


def test_a_json_file_is_an_architecture_too(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(run("show", "lenet5", "--spec").stdout)
    assert json.loads(run("show", str(path), "--json").stdout) == json.loads(
        run("show", "lenet5", "--json").stdout
    )


def test_an_input_without_channels_keeps_those_of_the_network():
    assert run("show", "resnet18", "--input", "64x96").stdout.startswith("resnet18  input 3x64x96")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["show", "lenet"], 2, "did you mean lenet5"),
        (["show", "lenet5", "--input", "1x10x10"], 2, "conv2"),
        (["show", "lenet5", "--input", "ten"], 2, "CHANNELSxHEIGHTxWIDTH"),
        (["show", "lenet5", "--input", "0x3x3"], 2, "zero"),
        (["show", "lenet5_1998", "--classes", "3"], 2, "expected: 10, which"),
        (["show", "missing.json"], 2, "there is no file missing.json"),
        (["show", "lenet5", "--depth", "0"], 2, "depth"),
        (["shwo"], 2, "did you mean show"),
        (["list", "nonsense"], 2, "nonsense"),
        (["evaluate", "no-such-file", "mnist"], 2, "no file"),
        (["predict", "no-such-file", "x.png"], 2, "no file"),
    ],
)
def test_mistakes_are_reported_without_a_traceback(
    arguments, code, message, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    exit_code, out, err = call("", arguments, capsys)
    assert exit_code == code, err
    assert message in err
    assert "Traceback" not in err
    assert out == ""


@pytest.mark.parametrize(
    "text",
    ["", "{", "[1]", '{"name": 3}', "[" * 5000, '{"block": {"type": "Chain", "blocks": {}}}'],
)
def test_hostile_files_are_reported_without_a_traceback(text, tmp_path, capsys):
    path = tmp_path / "bad.json"
    path.write_text(text)
    code, _, err = call("show", [str(path)], capsys)
    assert code in (1, 2)  # not JSON; an invalid network
    assert "Traceback" not in err
    assert err.startswith("convscope: ")


def test_list_names_every_architecture():
    assert run("list", "--names").stdout.split() == list_architectures()
    listed = json.loads(run("list", "architectures", "--json").stdout)
    assert [entry["name"] for entry in listed] == list_architectures()
    for name in list_architectures():
        assert load(name).name == name
