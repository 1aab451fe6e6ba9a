"""`convscope list`: every kind, in a terminal, in a pipe and as JSON."""

import json

import pytest
from pydantic import TypeAdapter

import convscope
from convscope import layers
from convscope.arch import AnyBlock
from convscope.cli.list import PACKAGES, USES, Kind, entries
from convscope.layers import LAYERS
from convscope.text import byte_size

from .test_tables import terminal  # noqa: F401
from .verbs import call

FIELDS = {"kind", "name", "summary", "group", "state", "get", "size_bytes", "notes"}


LISTS = [kind for kind in Kind if kind is not Kind.RESULTS]  # a table of results has other columns


@pytest.mark.parametrize("kind", LISTS)
def test_json_has_the_same_fields_for_every_kind(kind, capsys):
    code, out, err = call("list", [kind, "--json"], capsys)
    assert (code, err) == (0, "")
    listed = json.loads(out)
    assert all(set(entry) == FIELDS for entry in listed)
    assert {entry["kind"] for entry in listed} == {kind}
    assert [entry["name"] for entry in listed] == [entry.name for entry in entries(kind)]


@pytest.mark.parametrize("kind", LISTS)
def test_in_a_pipe_each_name_has_one_whole_line(kind, capsys):
    code, out, err = call("list", [kind], capsys)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    for line, entry in zip(lines, entries(kind), strict=True):
        assert line.split()[0] == entry.name
        assert entry.summary in line
        assert entry.get in line
        assert line == line.rstrip()


@pytest.mark.parametrize("kind", LISTS)
def test_names_alone(kind, capsys):
    _, out, _ = call("list", [kind, "--names"], capsys)
    assert out.split() == [entry.name for entry in entries(kind)]


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("kind", LISTS)
def test_in_a_terminal_every_name_stands_on_one_line(kind, width, terminal, capsys):  # noqa: F811
    view = terminal(width)
    code = call_in_terminal(["list", kind])
    lines = view.lines()
    assert code == 0
    assert all(len(line) <= width for line in lines)
    words = [word for line in lines for word in line.split()]
    assert all(entry.name in words for entry in entries(kind))
    assert all(
        entry.group.removesuffix(".").split()[0] in words for entry in entries(kind) if entry.group
    )
    assert f"use: {USES[kind].format(name='NAME')}" in view.err


def call_in_terminal(words):
    from convscope.cli import app
    from convscope.cli.terminal.failures import exit_code

    return exit_code(lambda: app(words, standalone_mode=False))


def test_without_a_kind_architectures_are_listed(capsys):
    assert call("list", [], capsys)[1] == call("list", ["architectures"], capsys)[1]


def test_every_kind_is_said_what_to_do_with():
    assert set(PACKAGES) | {Kind.RESULTS} == set(USES) == set(Kind)


def test_a_missing_data_set_says_its_size(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("CONVSCOPE_CACHE", str(tmp_path))
    monkeypatch.delenv("CONVSCOPE_DATA", raising=False)
    _, out, _ = call("list", ["datasets"], capsys)
    line = next(line for line in out.splitlines() if line.startswith("cifar10 "))
    assert f"not downloaded: convscope data get cifar10 ({byte_size(170_052_171)})" in line
    assert "installed" in next(line for line in out.splitlines() if line.startswith("mnist "))


def test_a_layer_is_explained(capsys):
    code, out, _ = call("list", ["layers", "conv2d"], capsys)
    assert code == 0
    assert out.startswith("Conv2d(out_channels: int, kernel_size: int | tuple[int, int], stride")
    assert "y[k, i, j] = b[k] + sum" in out
    assert "1x32x32 -> 6x28x28, 156 parameters, 117,600 MACs" in out
    _, out, _ = call("list", ["layers", "ReLU", "--json"], capsys)
    assert json.loads(out)["signature"] == "ReLU()"
    assert json.loads(out)["block"] == {"type": "ReLU"}


@pytest.mark.parametrize("kind", LAYERS)
def test_the_json_of_a_layer_can_be_copied_into_an_architecture(kind, capsys):
    _, out, _ = call("list", ["layers", kind.__name__], capsys)
    text = out.partition("in the JSON file of an architecture:\n")[2]
    assert TypeAdapter(AnyBlock).validate_json(text) == kind.examples[0].layer


def test_formulas_stay_as_they_are_in_chinese(capsys, monkeypatch):
    monkeypatch.setattr("convscope.lang._language", "zh")
    _, out, _ = call("list", ["layers", "PReLU"], capsys)
    assert "斜率可训练" in out
    assert "y[c] = x[c] for x[c] >= 0, else a[c] * x[c]\n" in out


def test_an_unknown_layer_of_the_package_names_the_nearest():
    with pytest.raises(AttributeError, match=r"did you mean GELU.*convscope list layers"):
        layers.GeLU  # noqa: B018
    with pytest.raises(AttributeError, match="no layer named 'zzz': `convscope list layers`"):
        layers.zzz  # noqa: B018


def test_an_unknown_layer_or_setting_in_a_json_file_names_the_nearest(capsys, tmp_path):
    text = convscope.load("lenet5").to_json()
    file = tmp_path / "net.json"
    file.write_text(text.replace('"Conv2d"', '"Conv2D"'))
    code, _, err = call("show", [str(file)], capsys)
    assert code == 2
    assert "did you mean Conv2d" in err
    assert "convscope list layers" in err
    file.write_text(text.replace('"kernel_size"', '"kernal_size"'))
    _, _, err = call("show", [str(file)], capsys)
    assert "did you mean kernel_size?" in err


def test_one_name_of_another_kind(capsys):
    code, out, err = call("list", ["recipes", "lenet5_mnist"], capsys)
    assert code == 0
    assert "test error" in out
    assert "--recipe lenet5_mnist" in err


def test_an_unknown_name_suggests_the_nearest(capsys):
    code, _, err = call("list", ["layers", "Conv"], capsys)
    assert code == 2
    assert "did you mean Conv2d" in err
    assert "convscope list layers" in err
    assert "no published weights named 'none'" in call("list", ["weights", "none"], capsys)[2]


def test_sorting_is_for_architectures_only(capsys):
    code, out, _ = call("list", ["--sort", "params"], capsys)
    assert code == 0
    lines = out.splitlines()
    assert lines[1].split()[:4] == ["lenet5_1998", "1998", "60,000", "325,680"]
    assert len(lines) == 1 + len(entries(Kind.ARCHITECTURES))
    assert call("list", ["recipes", "--sort", "params"], capsys)[0] == 2
