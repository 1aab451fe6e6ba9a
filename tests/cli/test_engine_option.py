"""`--engine` of predict, evaluate and look: invalid values are rejected before any work."""

import json

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

import convscope
from convscope.cli import app
from convscope.engine.passes import Passes
from convscope.errors import InputError
from convscope.network import ModelFile, save_model
from convscope.opening import untrained


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("predict no.safetensors no.png --engine fsat", "fast"),
        ("predict no.safetensors no.png --engine int8", "--calibration"),
        ("evaluate no.safetensors mnist --calibration photos", "--calibration"),
        ("look saliency lenet5 no.png --engine int8", "exact or fast"),
    ],
)
def test_wrong_levels_are_rejected(line, part):
    result = CliRunner().invoke(app, line.split())
    error = result.exception
    assert result.exit_code != 0
    assert part in (str(error) + result.output)


def test_a_level_other_than_exact_is_in_json_and_said(tmp_path, monkeypatch):
    monkeypatch.setenv("CONVSCOPE_ENGINE", "onnxruntime")
    model = untrained(convscope.load("lenet5"))
    save_model(tmp_path / "m.safetensors", ModelFile(model.card, model.network.state_dict()))
    Image.fromarray(np.full((32, 32), 90, np.uint8)).save(tmp_path / "a.png")
    names = [str(tmp_path / name) for name in ("m.safetensors", "a.png")]
    done = {
        level: CliRunner().invoke(app, ["predict", *names, "--json", "--engine", level])
        for level in ("exact", "fast")
    }
    assert {level: result.exit_code for level, result in done.items()} == {"exact": 0, "fast": 0}
    rows = {level: json.loads(result.stdout)[0] for level, result in done.items()}
    assert "engine" not in rows["exact"]
    assert rows["fast"]["engine"] == "fast"
    assert "engine: ONNX Runtime, fast (float32)" in done["fast"].stderr
    assert rows["exact"]["answers"][0]["label"] == rows["fast"]["answers"][0]["label"]


def test_int8_needs_images_and_several_processes_use_pytorch():
    model = untrained(convscope.load("lenet5"))
    with pytest.raises(InputError, match="int8 without images"):
        model.engine("int8")
    sentences = []
    passes = Passes(model.network, "fast", only_pytorch="several processes", say=sentences.append)
    passes(torch.zeros(1, 1, 32, 32))
    assert sentences == ["engine: PyTorch, float32 in place of fast: several processes"]
