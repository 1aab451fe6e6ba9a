"""Tensors of the preprocessing travel in the model file, beside the weights."""

import pytest
import torch

from convscope.arch import Architecture, Chain
from convscope.errors import FormatError
from convscope.layers import Flatten, GlobalContrastNorm, Linear, Normalize, Resize, ZcaWhiten
from convscope.model import Model
from convscope.network import Card, ModelFile, build, read_model, save_model
from convscope.network.safetensors_file import read_header
from convscope.shapes import CHW

SHAPE = CHW(1, 4, 5)
WHITENED = Chain(resize=Resize((4, 5)), contrast=GlobalContrastNorm(), whiten=ZcaWhiten())
PLAIN = Chain(resize=Resize((4, 5)), normalise=Normalize((0.5,), (0.5,)))
FITTED = {"whiten.mean_D": torch.rand(20), "whiten.matrix_DD": torch.rand(20, 20)}


def model(preprocessing=WHITENED, fitted=FITTED):
    architecture = Architecture(
        name="small",
        input=SHAPE,
        num_classes=2,
        block=Chain(flatten=Flatten(), linear=Linear(2)),
    )
    card = Card(architecture=architecture, labels=("a", "b"), preprocessing=preprocessing)
    return ModelFile(card, dict(build(architecture).state_dict()), dict(fitted))


def test_round_trip(tmp_path):
    save_model(tmp_path / "m.safetensors", model())
    names = set(read_header(tmp_path / "m.safetensors").shapes)
    assert {n for n in names if "/" in n} == {f"preprocessing/{n}" for n in FITTED}
    read = read_model(tmp_path / "m.safetensors")
    assert all(torch.equal(read.fitted[name], FITTED[name]) for name in FITTED)
    assert set(read.weights) == {"linear.weight", "linear.bias"}
    pixels = torch.randint(0, 256, (2, 1, 9, 9), dtype=torch.uint8)
    assert torch.equal(read.prepare()(pixels), model().prepare()(pixels))
    assert "matrix" not in read.card.model_dump_json()


def test_a_model_predicts_with_fitted_tensors():
    pixels = (torch.rand(4, 5) * 255).to(torch.uint8).numpy()
    unlike = {"whiten.mean_D": torch.zeros(20), "whiten.matrix_DD": torch.eye(20) * 3}
    one = Model(model()).predict(pixels)[0].top
    other = Model(model(fitted=unlike)).predict(pixels)[0].top
    assert one != other


def test_a_preprocessing_without_tensors(tmp_path):
    save_model(tmp_path / "m.safetensors", model(PLAIN, {}))
    read = read_model(tmp_path / "m.safetensors")
    assert read.fitted == {}
    assert read.prepare()(torch.zeros(1, 1, 4, 5)).unique().tolist() == [-1.0]


@pytest.mark.parametrize(
    ("preprocessing", "fitted", "message"),
    [
        (WHITENED, {}, "whiten.mean_D is missing"),
        (WHITENED, FITTED | {"whiten.mean_D": torch.rand(21)}, r"whiten.mean_D is \(21,\)"),
        (WHITENED, FITTED | {"whiten.mean_D": torch.rand(20).double()}, "holds F64, not F32"),
        (WHITENED, FITTED | {"other": torch.rand(1)}, "other is unexpected"),
        (WHITENED, FITTED | {"whiten.mean_D": torch.full((20,), torch.nan)}, "NaN"),
        (PLAIN, FITTED, "whiten.matrix_DD is unexpected|whiten.mean_D is unexpected"),
    ],
)
def test_invalid_fitted_tensors(preprocessing, fitted, message, tmp_path):
    broken = model(preprocessing, fitted)
    with pytest.raises(FormatError, match=message):
        broken.prepare()
    save_model(tmp_path / "m.safetensors", broken)
    with pytest.raises(FormatError, match=message):
        read_model(tmp_path / "m.safetensors").prepare()
