"""The model file: one safetensors that anybody can read, and that comes back as it went."""

import json

import pytest
import safetensors.torch
import torch

import convscope
from convscope.arch import Architecture, Chain
from convscope.errors import FormatError, StorageError
from convscope.io import storage
from convscope.layers import (
    BatchNorm2d,
    CenterCrop,
    Conv2d,
    Dropout,
    Flatten,
    Identity,
    Linear,
    Normalize,
    Resize,
)
from convscope.network import Card, ModelFile, build, read_card, read_model, save_model
from convscope.network.model_file import check_finite
from convscope.opening import untrained
from convscope.shapes import CHW
from convscope.zoo import load

LABELS = tuple("0123456789")
PREPARE = Chain(resize=Resize((28, 28)), crop=CenterCrop(32), norm=Normalize((0.1307,), (0.3081,)))


def _card(**fields):
    return Card(
        **(
            {
                "architecture": load("lenet5"),
                "labels": LABELS,
                "preprocessing": PREPARE,
                "results": {"mnist/test": {"top1": 0.9921, "images": 10_000}},
                "provenance": {"version": "0.1.0", "notes": ["ein", "二", None, True]},
            }
            | fields
        )
    )


@pytest.fixture
def model():
    return ModelFile(_card(), build(load("lenet5"), seed=4).state_dict())


@pytest.fixture
def path(tmp_path, model):
    save_model(tmp_path / "model.safetensors", model)
    return tmp_path / "model.safetensors"


def test_round_trip(path, model):
    again = read_model(path)
    assert again.card == model.card == read_card(path)
    assert list(again.card.preprocessing.blocks) == ["resize", "crop", "norm"]
    assert set(again.weights) == set(model.weights)
    assert all(torch.equal(again.weights[name], model.weights[name]) for name in again.weights)


def test_byte_for_byte(path, tmp_path):
    receipt = save_model(tmp_path / "again.safetensors", read_model(path))
    assert (tmp_path / "again.safetensors").read_bytes() == path.read_bytes()
    assert receipt == (path.stat().st_size, storage.sha256(path))


def test_the_network_predicts_as_before(path):
    x = torch.randn(2, 1, 32, 32)
    network = read_model(path).network()
    assert not network.training
    assert torch.equal(network(x), build(load("lenet5"), seed=4).eval()(x))
    assert all(parameter.requires_grad for parameter in network.parameters())
    tensors = [*network.parameters(), *network.buffers()]
    assert {tensor.device.type for tensor in tensors} == {"cpu"}
    network(x).sum().backward()


def test_a_network_with_state_and_constants(tmp_path):
    architecture = Architecture(
        name="n",
        input=CHW(1, 8, 8),
        num_classes=2,
        block=Chain(c=Conv2d(2, 3), n=BatchNorm2d(), f=Flatten(), l=Linear(2)),
    )
    network = build(architecture)
    network(torch.randn(4, 1, 8, 8))
    card = _card(
        architecture=architecture, labels=("a", "b"), preprocessing=Chain(r=Resize((8, 8)))
    )
    save_model(tmp_path / "m", ModelFile(card, network.state_dict()))
    again = read_model(tmp_path / "m").network()
    x = torch.randn(1, 1, 8, 8)
    assert torch.equal(again(x), network.eval()(x))
    assert again.state_dict()["n.num_batches_tracked"] == 1
    other = build(load("lenet5_1998"))
    card = _card(architecture=load("lenet5_1998"))
    save_model(tmp_path / "m", ModelFile(card, other.state_dict()))
    x = torch.randn(1, 1, 32, 32)
    assert torch.equal(read_model(tmp_path / "m").network()(x), other(x))


def test_the_safetensors_library_reads_it(path, model):
    theirs = safetensors.torch.load_file(path)
    assert all(torch.equal(theirs[name], model.weights[name]) for name in model.weights)
    with safetensors.safe_open(path, framework="pt") as file:
        card = json.loads(file.metadata()["convscope"])
    assert card["labels"] == list(LABELS)
    assert card["architecture"]["name"] == "lenet5"


def test_a_plain_safetensors_file_is_not_a_model(tmp_path, model):
    path = tmp_path / "theirs.safetensors"
    safetensors.torch.save_file(model.weights, path)
    with pytest.raises(FormatError, match="not a convscope model"):
        read_model(path)
    text = model.card.model_dump_json()
    safetensors.torch.save_file(model.weights, path, {"convscope": text})
    assert read_model(path).card == model.card


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"labels": LABELS[:9]}, "9 labels for 10 classes"),
        ({"labels": (*LABELS[:9], "")}, "labels.9"),
        ({"labels": (*LABELS[:9], "x" * 201)}, "labels.9"),
        ({"labels": (*LABELS[:9], 9)}, "labels.9"),
        ({"preprocessing": Chain(resize=Resize((28, 28)))}, "gives 1x28x28"),
        # fits a square image only: on a wide one the shorter side becomes 32
        ({"preprocessing": Chain(resize=Resize(32))}, "gives 1x32x42 from an image of 1x192x256"),
        ({"preprocessing": Chain(same=Identity())}, "gives 1x256x256"),
        (
            {"preprocessing": Chain(n=Normalize((0.5,) * 3, (0.5,) * 3), c=CenterCrop(32))},
            "3 means",
        ),
        (
            {"preprocessing": Chain(c=CenterCrop(34), conv=Conv2d(1, 3))},
            "preprocessing.conv: Conv2d is not allowed in the preprocessing",
        ),
        ({"preprocessing": Chain(c=CenterCrop(32), drop=Dropout())}, "preprocessing.drop"),
        ({"preprocessing": Chain(c=CenterCrop(32), n=BatchNorm2d(affine=False))}, "BatchNorm2d"),
        ({"results": {"loss": float("nan")}}, "results"),
        ({"results": {"loss": [1.0, float("inf")]}}, "results"),
        ({"provenance": {"when": object()}}, "cannot be written as JSON"),
        ({"provenance": {"who": "\ud800"}}, "cannot be written as JSON"),
        ({"nonsense": 1}, "nonsense"),
        ({"schema_version": 2}, "schema_version"),
    ],
)
def test_inconsistent_cards(fields, named):
    with pytest.raises(FormatError) as caught:
        _card(**fields)
    assert named in str(caught.value)


def test_every_difference_of_the_weights_is_named(path, model, tmp_path):
    weights = dict(model.weights)
    del weights["conv1.weight"]
    weights["conv9.weight"] = torch.zeros(1)
    weights["fc1.bias"] = torch.zeros(85)
    weights["fc2.bias"] = torch.zeros(10, dtype=torch.float64)
    weights["conv2.bias"] = torch.zeros(16, dtype=torch.int64)
    wrong = ModelFile(model.card, weights)
    save_model(tmp_path / "wrong", wrong)
    for attempt in (wrong.network, lambda: read_model(tmp_path / "wrong")):
        with pytest.raises(FormatError) as caught:
            attempt()
        for named in (
            "not those of lenet5",
            "conv1.weight is missing",
            "conv9.weight is unexpected",
            "fc1.bias is (85,), not (84,)",
            "fc2.bias holds F64, not F32",
            "conv2.bias holds I64, not F32",
        ):
            assert named in str(caught.value)


def test_weights_of_another_network(model):
    with pytest.raises(FormatError, match="more") as caught:
        ModelFile(_card(architecture=load("lenet5_1998")), model.weights).network()
    assert "c1.weight is missing" in str(caught.value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_weights_that_are_not_finite(model, value):
    model.weights["fc1.weight"] = model.weights["fc1.weight"].clone()
    model.weights["fc1.weight"][3, 5] = value
    with pytest.raises(FormatError, match=r"fc1\.weight: contains NaN or infinity"):
        model.network()


def test_a_full_disk_keeps_the_old_model(path, model, monkeypatch):
    before = path.read_bytes()

    def full(handle, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage.os, "write", full)
    with pytest.raises(StorageError, match=r"at least .* bytes needed"):
        save_model(path, model)
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert [item.name for item in path.parent.iterdir()] == [path.name]


def test_a_link_out_of_a_folder_is_not_opened(tmp_path, monkeypatch):
    model = untrained(load("lenet5"))
    elsewhere, run = tmp_path / "private" / "m.safetensors", tmp_path / "run"
    elsewhere.parent.mkdir()
    run.mkdir()
    save_model(elsewhere, ModelFile(model.card, dict(model.network.state_dict())))
    (run / "model.safetensors").symlink_to(elsewhere)
    with pytest.raises(FormatError, match=r"out of its folder[\s\S]*name the file"):
        convscope.open(run)
    assert convscope.open(run / "model.safetensors").card == model.card  # as the message says

    (run / "best.safetensors").write_bytes(elsewhere.read_bytes())
    (run / "model.safetensors").unlink()
    (run / "model.safetensors").symlink_to("best.safetensors")
    monkeypatch.chdir(run)
    assert convscope.open(".").card == model.card, "a link inside"


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("place", [0, 500, -1])
@pytest.mark.parametrize("value", [0.0, float("nan"), float("inf"), float("-inf")])
def test_numbers_that_are_not_finite_are_seen(value, place, dtype):
    weight = torch.linspace(-3, 3, 1001).to(dtype)
    weight[place] = value
    weights = {"empty": torch.empty(0, 3, dtype=dtype), "conv.weight": weight.reshape(7, 11, 13)}
    if value == 0:
        check_finite(weights)
    else:
        with pytest.raises(FormatError, match=r"conv\.weight: contains NaN or infinity"):
            check_finite(weights)
