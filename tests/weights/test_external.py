"""Models from an architecture and a file of weights: how people bring their own."""

import argparse
import contextlib
import io
import json
from collections import OrderedDict

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

import convscope
from convscope.cli import app
from convscope.errors import ConvscopeError, FormatError, InputError
from convscope.network import ModelFile, build, save_model
from convscope.network.safetensors_file import write_tensors
from convscope.opening import untrained
from convscope.weights import untrusted_child
from convscope.weights.layout import convert, to_torchvision
from convscope.zoo import load

SMALL = load("resnet18", num_classes=3)
NETWORK = build(SMALL, seed=5)
STATE = dict(to_torchvision(NETWORK))
OWN = dict(NETWORK.state_dict())


def prefixed(prefix, state=STATE):
    return {prefix + name: tensor for name, tensor in state.items()}


WRAPPED = {
    "plain": (STATE, ""),
    "our own names": (OWN, "by the names of convscope"),
    "DistributedDataParallel": (prefixed("module."), "'module.' was removed from 122 names"),
    "torch.compile": (prefixed("_orig_mod."), "'_orig_mod.' was removed from 122 names"),
    "two wrappers": (prefixed("module._orig_mod."), "'module._orig_mod.'"),
    "a module around it": (prefixed("backbone.encoder."), "'backbone.encoder.'"),
    "ours in a module": (prefixed("model.", OWN), "'model.'"),
    "a training script": ({"net": STATE, "acc": 93.1, "epoch": 3}, "under the key 'net'"),
    "another key": ({"ours": prefixed("module.")}, "under the key 'ours'"),
    "nested": ({"model": {"state_dict": STATE}}, "under the key 'state_dict'"),
    "with an optimiser": (
        {"model": STATE, "optimizer": {"state": {0: {"step": torch.ones(1)}}, "param_groups": []}},
        "under the key 'model'",
    ),
    "with options": (
        {"model": STATE, "args": argparse.Namespace(lr=0.1), "best": np.float64(0.93)},
        "under the key 'model'",
    ),
    "Lightning": (
        {
            "state_dict": OrderedDict(prefixed("model.") | {"criterion.weight": torch.ones(3)}),
            "hyper_parameters": {"lr": 0.1},
            "pytorch-lightning_version": "2.5.0",
        },
        "1 tensors outside of 'model.' are not used: criterion.weight",
    ),
    "timm with EMA": (
        {"state_dict": STATE, "state_dict_ema": STATE},
        "tensors under 'state_dict_ema' are not used",
    ),
    "torch's AveragedModel": (
        prefixed("module.") | {"n_averaged": torch.tensor(3)},
        "1 tensors outside of 'module.' are not used: n_averaged",
    ),
    "student and teacher": (
        prefixed("teacher.") | prefixed("student."),
        "the same names under 'teacher.': not used",
    ),
    "two networks": ({"first": STATE, "ema": STATE}, "the same names under 'ema.': not used"),
}


@pytest.mark.parametrize("form", WRAPPED)
def test_weights_in_every_wrapper(form):
    value, note = WRAPPED[form]
    buffer = io.BytesIO()
    torch.save(value, buffer)
    buffer.seek(0)
    tensors, notes = untrusted_child._pickle(buffer)
    converted = convert(load("resnet18"), tensors, any_classes=True)
    assert converted.architecture.num_classes == 3
    assert any(note in text for text in ("by the names of convscope", *notes, *converted.notes))
    assert "the file has 3 classes, in place of 1000" in converted.notes
    assert all(torch.equal(converted.weights[name], OWN[name]) for name in OWN)


@pytest.mark.parametrize("form", ["Lightning", "with options"])
def test_the_child_process_reads_checkpoints_with_options(form, tmp_path):
    torch.save(WRAPPED[form][0], tmp_path / "w.pth")
    model = convscope.open("resnet18", weights=tmp_path / "w.pth")
    assert len(model.labels) == 3
    assert all(torch.equal(model.network.state_dict()[name], OWN[name]) for name in OWN)


def test_safetensors_of_others(tmp_path):
    write_tensors(tmp_path / "model.safetensors", prefixed("model."), {"format": "pt"})
    model = convscope.open("resnet18", weights=tmp_path / "model.safetensors")
    assert "the prefix 'model.' was removed from 122 names" in model.notes
    with pytest.raises(FormatError, match="without the metadata of a convscope model") as caught:
        convscope.open(tmp_path / "model.safetensors")
    assert "convscope predict ARCH IMAGE --weights model.safetensors" in caught.value.fix


def test_weights_of_another_network_name_their_own(tmp_path):
    torch.save(STATE, tmp_path / "w.pth")
    with pytest.raises(FormatError, match=r"22 missing: .* 122 unexpected") as caught:
        convscope.open("vgg11", weights=tmp_path / "w.pth")
    assert "they are those of resnet18" in caught.value.fix


@pytest.mark.slow
def test_python_api(tmp_path):
    torch.save(STATE, tmp_path / "w.pth")
    assert convscope.load_weights(SMALL, tmp_path / "w.pth").layout == "torchvision"
    loaded = convscope.load_weights("resnet18", tmp_path / "w.pth", any_classes=True)
    assert loaded.architecture.num_classes == 3
    assert len(loaded.network()(torch.zeros(1, 3, 64, 64))[0]) == 3
    with pytest.raises(InputError, match="did you mean resnet18"):
        convscope.open("resnet81", weights=tmp_path / "w.pth")
    with pytest.raises(InputError, match="without weights"):
        convscope.open("resnet18", preprocessing=untrained(SMALL).card.preprocessing)


@pytest.mark.slow
def test_labels_are_those_of_the_file_of_the_data_or_numbers(tmp_path):
    torch.save(STATE, tmp_path / "w.pth")
    model = convscope.open("resnet18", weights=tmp_path / "w.pth", labels=["ant", "bee", "cat"])
    assert model.labels == ("ant", "bee", "cat")
    assert model.named_as(["x", "y", "z"]).labels == ("ant", "bee", "cat")
    model = convscope.open("resnet18", weights=tmp_path / "w.pth")
    assert model.labels == ("class 0", "class 1", "class 2")
    assert any("3 classes are numbered" in note for note in model.notes)
    assert model.named_as(["x", "y"]).labels == ("class 0", "class 1", "class 2")
    assert model.named_as(["x", "y", "z"]).labels == ("x", "y", "z")
    assert any("labels: those of the data, x to z" in note for note in model.notes)


def test_a_model_is_a_base_too(tmp_path):
    """Its labels and preprocessing are kept; a complete model brings its own."""
    torch.save(OWN, tmp_path / "w.pth")
    base = untrained(SMALL)
    card = base.card.model_copy(update={"labels": ("ant", "bee", "cat")})
    save_model(tmp_path / "m.safetensors", ModelFile(card, dict(base.network.state_dict())))
    model = convscope.open(tmp_path / "m.safetensors", weights=tmp_path / "w.pth")
    assert model.labels == ("ant", "bee", "cat")
    assert model.card.preprocessing == card.preprocessing
    own = convscope.open("resnet18", weights=tmp_path / "m.safetensors")
    assert own.labels == ("ant", "bee", "cat")
    assert any("complete model" in note for note in own.notes)
    with pytest.raises(FormatError, match="a model of resnet18, not of lenet5"):
        convscope.open("lenet5", weights=tmp_path / "m.safetensors")
    renamed = convscope.open(tmp_path / "m.safetensors", labels=["a", "b", "c"])
    assert renamed.labels == ("a", "b", "c")


LABELS = {
    "lines": ("names.txt", "ant\nbee\n猫\n"),
    "lines, Windows": ("names.txt", "\ufeffant\r\nbee\r\n猫\r\n"),
    "a list": ("names.json", '["ant", "bee", "猫"]'),
    "numbers to names": ("names.json", '{"0": "ant", "2": "猫", "1": "bee"}'),
    "names to numbers": ("names.json", '{"bee": 1, "猫": 2, "ant": 0}'),
    "Keras": ("names.json", '{"0": ["n1", "ant"], "1": ["n2", "bee"], "2": ["n3", "猫"]}'),
    "Hugging Face": ("config.json", '{"x": 1, "id2label": {"0": "ant", "1": "bee", "2": "猫"}}'),
    "CSV with a head": ("names.csv", "index,label\n1,bee\n0,ant\n2,猫\n"),
    "CSV without a head": ("names.csv", "0,ant\n1,bee\n2,猫\n"),
    "one column": ("names.csv", "ant\nbee\n猫\n"),
    "semicolons": ("names.csv", "index;label\n1;bee\n0;ant\n2;猫\n"),
    "tabs": ("names.tsv", "id\tname\n0\tant\n1\tbee\n2\t猫\n"),
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-8-sig"])
@pytest.mark.parametrize("form", LABELS)
def test_labels_in_every_form(form, encoding, tmp_path):
    from convscope.weights.labels import read_labels

    name, text = LABELS[form]
    (tmp_path / name).write_bytes(text.encode(encoding))
    assert read_labels(tmp_path / name, num_classes=3) == ("ant", "bee", "猫")


@pytest.mark.parametrize(
    ("name", "raw", "message"),
    [
        ("a.txt", b"ant\nbee\n", "2 labels for 3 classes"),
        ("a.txt", b"ant\n\nbee\n", "label 1 is ''"),
        ("a.txt", b"", "0 labels"),
        ("a.txt", b"caf\xe9\nb\nc", "not UTF-8 at byte 3"),
        ("a.txt", b"x" * 5000 + b"\nb\nc", "label 0"),
        ("a.json", b"[1, 2, 3]", "label 0 is 1"),
        ("a.json", b'{"0": "a", "1": "b", "5": "c"}', "no label has the number 2"),
        ("a.json", b'{"a": "b"}', "not a list of labels"),
        ("a.json", b'["a", "b"', "not JSON"),
        ("a.json", b"[" * 10_000, "nested"),
        ("a.json", b'{"99999999999999999999": "a"}', "not a list of labels"),
        ("a.csv", b"a,b,c\nd,e\n", "different lengths"),
        ("a.csv", b"x,y\na,b\nc,d\ne,f\n", "the columns"),
        ("a.csv", b"id,name\n0,a\n0,b\n1,c\n", "no label has the number 2"),
    ],
)
def test_labels_that_do_not_fit(name, raw, message, tmp_path):
    from convscope.weights.labels import read_labels

    (tmp_path / name).write_bytes(raw)
    with pytest.raises(FormatError, match=message):
        read_labels(tmp_path / name, num_classes=3)


def test_any_text_of_labels_is_read_or_refused_with_a_sentence(tmp_path):
    from convscope.weights.labels import read_labels

    draw = np.random.default_rng(11)
    texts = [text.encode(code) for _, text in LABELS.values() for code in ("utf-8", "utf-16")]
    for number in range(300):
        raw = bytearray(texts[draw.integers(len(texts))])
        for _ in range(draw.integers(1, 6)):
            place = draw.integers(len(raw))
            raw[place : place + draw.integers(0, 3)] = draw.bytes(draw.integers(0, 4))
            raw = raw or bytearray(b"x")
        path = tmp_path / f"names.{('txt', 'json', 'csv')[number % 3]}"
        path.write_bytes(raw)
        with contextlib.suppress(ConvscopeError):
            assert len(read_labels(path, num_classes=3)) == 3


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.png"
    pixels = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def run(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_the_command_line_takes_weights(tmp_path, photo):
    torch.save({"net": prefixed("module.")}, tmp_path / "w.pth")
    (tmp_path / "names.txt").write_text("ant\nbee\ncat\n")
    extra = ("--weights", tmp_path / "w.pth", "--labels", tmp_path / "names.txt")
    done = run("predict", "resnet18", photo, *extra, "--format", "jsonl")
    assert done.exit_code == 0, done.output
    answers = json.loads(done.stdout.splitlines()[-1])["answers"]
    assert {answer["label"] for answer in answers} == {"ant", "bee", "cat"}
    assert "under the key 'net'" in done.stderr
    assert "'module.' was removed from 122 names" in done.stderr
    assert "preprocessing: assumed" in done.stderr
    done = run("look", "saliency", "resnet18", photo, *extra, "-o", tmp_path / "map.png")
    assert done.exit_code == 0, done.output
    assert "not trained" not in done.stderr


@pytest.fixture
def photos(tmp_path):
    draw = np.random.default_rng(3)
    for name in ("ant", "bee", "cat"):
        for number in range(8):
            path = tmp_path / "photos" / name / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(draw.integers(0, 256, (32, 32, 3), np.uint8)).save(path)
    return tmp_path / "photos"


def test_training_starts_from_weights_with_and_without_a_classifier(tmp_path, photos):
    from convscope import starting

    torch.save({k: v for k, v in STATE.items() if not k.startswith("fc.")}, tmp_path / "w.pth")
    planned = starting.plan("resnet18", photos, weights=starting.Weights(tmp_path / "w.pth"))
    assert planned.recipe_name == "fine_tune"
    assert any("lacks fc.weight, fc.bias" in note for note in planned.notes)
    assert any("the last layer is replaced" in note for note in planned.notes)
    torch.save(STATE, tmp_path / "w.pth")
    labels = ("ant", "bee", "cat")
    planned = starting.plan(
        "resnet18", photos, weights=starting.Weights(tmp_path / "w.pth", labels)
    )
    assert any("the last layer is kept" in note for note in planned.notes)


def test_an_edited_architecture_takes_the_classes_of_the_data(tmp_path, photos):
    from convscope import starting
    from convscope.recipes import load_recipe

    (tmp_path / "net.json").write_bytes(load("resnet20").to_json().encode("utf-16"))
    recipe = tmp_path / "recipe.json"
    recipe.write_bytes(load_recipe("general").to_json().encode("utf-8-sig"))
    planned = starting.plan(str(tmp_path / "net.json"), photos, recipe=str(recipe))
    assert planned.architecture.num_classes == 3
    assert any("3 classes in place of 10" in note for note in planned.notes)


@pytest.mark.slow
def test_evaluation_and_training_by_command(tmp_path, photos):
    torch.save(STATE, tmp_path / "w.pth")
    done = run("evaluate", "resnet18", photos, "--weights", tmp_path / "w.pth")
    assert done.exit_code == 0, done.output
    assert "labels: those of the data, ant to cat" in done.stderr
    out = tmp_path / "run"
    extra = ("--weights", tmp_path / "w.pth", "--epochs", "1", "--output", out)
    assert run("train", "resnet18", photos, *extra).exit_code == 0
    assert convscope.open(out).labels == ("ant", "bee", "cat")
