"""`convscope export --to pytorch`."""

import pytest
import typer
from typer.testing import CliRunner

from convscope.cli.export import export_command
from convscope.errors import ConvscopeError, InputError, StorageError
from convscope.export import pytorch_source
from convscope.network import build
from convscope.zoo import load

app = typer.Typer()
app.command()(export_command)
SOURCE = pytorch_source(load("lenet5"))


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_to_the_screen():
    assert run("lenet5", "--to", "pytorch").stdout == SOURCE


def test_to_a_file(tmp_path):
    path = tmp_path / "lenet5.py"
    found = run("lenet5", "--to", "pytorch", "-o", path)
    assert found.exit_code == 0
    assert found.stdout == ""
    assert path.read_text() == SOURCE
    assert isinstance(run("lenet5", "--to", "pytorch", "-o", path).exception, StorageError)
    assert run("lenet5_1998", "--to", "pytorch", "-o", path, "--force").exit_code == 0
    assert "lenet5_1998" in path.read_text()


def test_of_an_architecture_file(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(load("lenet5").to_json())
    assert run(path, "--to", "pytorch").stdout == SOURCE


@pytest.mark.parametrize("format", ["onx", "tensorrt", "pytorh", ""])
def test_other_formats_name_what_exists(format):
    error = run("lenet5", "--to", format).exception
    assert isinstance(error, InputError)
    assert "pytorch" in str(error)


@pytest.mark.parametrize(
    ("model", "kind"),
    [("lenet6", InputError), ("none.json", InputError), ("none.safetensors", ConvscopeError)],
)
def test_mistakes(model, kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert isinstance(run(model, "--to", "pytorch").exception, kind)


def test_a_folder_that_is_no_run(tmp_path):
    assert isinstance(run(tmp_path, "--to", "pytorch").exception, ConvscopeError)


def test_a_place_that_is_not_there(tmp_path):
    found = run("lenet5", "--to", "pytorch", "-o", tmp_path / "none" / "x.py")
    assert isinstance(found.exception, StorageError)


def test_a_model_file(tmp_path):
    from convscope.arch import Chain
    from convscope.layers import CenterCrop, Normalize
    from convscope.network import Card, ModelFile, build, save_model

    architecture = load("lenet5")
    card = Card(
        architecture=architecture,
        labels=tuple("0123456789"),
        preprocessing=Chain(crop=CenterCrop(32), normalize=Normalize((0.1,), (0.3,))),
    )
    path = tmp_path / "model.safetensors"
    save_model(path, ModelFile(card, build(architecture).state_dict()))
    assert run(path, "--to", "pytorch").stdout == SOURCE
    assert run(tmp_path, "--to", "pytorch").stdout == SOURCE


def test_weights_decide_the_classes(tmp_path):
    import torch

    network = build(load("lenet5", num_classes=4))
    torch.save(network.state_dict(), tmp_path / "four.pth")
    found = run("lenet5", "--to", "pytorch", "--weights", tmp_path / "four.pth")
    assert found.stdout == pytorch_source(load("lenet5", num_classes=4))
    assert "the 4 classes of four.pth" in found.stderr
    other = run("lenet5_1998", "--to", "pytorch", "--weights", tmp_path / "four.pth")
    assert isinstance(other.exception, ConvscopeError)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    from convscope.opening import untrained

    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    untrained(load("lenet5")).save(path)
    return path


@pytest.mark.parametrize("option", ["--weights", "--weights-to"])
def test_weights_of_a_model_are_written(option, model, tmp_path):
    from safetensors.torch import load_file

    source, weights = tmp_path / "net.py", tmp_path / "net.safetensors"
    result = run(model, "--to", "pytorch", "-o", source, option, weights)
    assert result.exit_code == 0, result.exception
    assert load_file(weights).keys() == build(load("lenet5")).state_dict().keys()
    assert "class Preprocessing" in source.read_text()


def test_weights_beside_a_model_never_replace_a_file(model, tmp_path):
    weights = tmp_path / "old.safetensors"
    weights.write_bytes(b"kept")
    arguments = (model, "--to", "pytorch", "-o", tmp_path / "net.py")
    result = run(*arguments, "--weights", weights, "--force")
    assert isinstance(result.exception, InputError)
    assert "--weights-to" in result.exception.fix
    assert isinstance(run(*arguments, "--weights-to", weights).exception, StorageError)
    assert weights.read_bytes() == b"kept"
    assert not (tmp_path / "net.py").exists()
    assert run(*arguments, "--weights-to", weights, "--force").exit_code == 0
    assert weights.read_bytes() != b"kept"


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--to", "pytorch", "--float"], "--float belongs to --to onnx"),
        (["--to", "onnx", "-o", "x.onnx", "--layout", "timm"], "--layout belongs to --to pytorch"),
        (["--to", "pytorch", "-o", "x.txt"], "-o x.py"),
        (["--to", "onnx"], "-o FILE.onnx"),
        (["--to", "onx", "-o", "x.onnx"], "did you mean onnx?"),
        (["--to", "pytorch", "--weights-to", "w.safetensors"], "-o w.py"),
        (["--to", "pytorch", "-o", "x.py", "--weights-to", "w.pth"], ".safetensors"),
        (["--to", "pytorch", "--layout", "timm"], "--weights-to FILE.safetensors"),
    ],
)
def test_options_that_do_not_fit(arguments, part, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    error = run("lenet5", *arguments).exception
    assert isinstance(error, InputError)
    assert part in str(error)
    assert not list(tmp_path.iterdir())


def test_a_layout_that_the_network_does_not_have(model, tmp_path):
    arguments = ("-o", tmp_path / "x.py", "--weights-to", tmp_path / "x.safetensors")
    error = run(model, "--to", "pytorch", *arguments, "--layout", "timm").exception
    assert isinstance(error, InputError)
    assert error.expected == "for lenet5: convscope"
    assert not list(tmp_path.iterdir())
