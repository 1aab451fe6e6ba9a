"""ARCH of the commands may be a trained model: a file, a run folder, or published weights."""

import json

import pytest

import convscope
from convscope.network import ModelFile, save_model
from convscope.opening import untrained
from tests.cli.test_usage_errors import call


@pytest.fixture(params=["run", "run/model.safetensors"])
def model(request, tmp_path):
    made = untrained(convscope.load("lenet5"))
    (tmp_path / "run").mkdir()
    file = ModelFile(made.card, dict(made.network.state_dict()))
    save_model(tmp_path / "run/model.safetensors", file)
    return str(tmp_path / request.param)


def answer(capsys, *arguments):
    code, out, err = call(" ".join(arguments), [], capsys)
    assert code == 0, err
    return json.loads(out)


def test_show_compare_and_export_take_models(model, capsys):
    assert answer(capsys, "show", model, "--json")["totals"]["parameters"] == 61_706
    fewer = answer(capsys, "show", model, "--classes", "3", "--json")
    assert fewer["totals"]["parameters"] == 61_706 - 7 * 85
    compared = answer(capsys, "compare", model, "lenet5", "--json")["entries"]
    assert [entry["parameters"] for entry in compared] == [61_706] * 2


def test_a_lab_takes_models(model, capsys):
    measured = answer(capsys, "lab", "pooling", model, "--images", "4", "--json")["measured"]
    assert measured[0]["name"] == model.rpartition("/")[2]


def test_export_prints_what_it_wrote(model, capsys, tmp_path):
    out = str(tmp_path / "net.py")
    facts = answer(capsys, "export", model, "--to", "pytorch", "-o", out, "--json")
    assert facts["file"] == out
    assert facts["bytes"] == (tmp_path / "net.py").stat().st_size
    code, _, err = call(f"export {model} --to pytorch --json", [], capsys)
    assert (code, "--json without --output" in err) == (2, True)


def test_published_weights_name_their_architecture(capsys):
    totals = answer(capsys, "show", "resnet18@torchvision", "--json")["totals"]
    assert totals["parameters"] == 11_689_512


def test_a_folder_without_a_model_says_how_to_get_one(tmp_path, capsys):
    code, _, err = call(f"show {tmp_path}", [], capsys)
    assert code == 2
    assert "holds no model.safetensors" in err
    assert f"convscope train --resume {tmp_path}" in err
