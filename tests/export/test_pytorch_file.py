"""The Python file with weights, in a process that cannot import convscope, and the layouts."""

import ast
import runpy
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from convscope.arch import Chain
from convscope.export import Exported, Options, write
from convscope.io.conversion import Conversion
from convscope.layers import CenterCrop, Normalize, Resize
from convscope.model import Model
from convscope.network import Card, ModelFile, build
from convscope.weights.layout import convert, layouts_of, to_layout
from convscope.zoo import load

PROGRAM = """
import importlib.abc, sys
class Blocked(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "convscope":
            raise ImportError(name)
sys.meta_path.insert(0, Blocked())
sys.path.insert(0, {folder!r})
import net
print([p.item() for p in net.predict(*net.load({weights!r}), net.read({photo!r}))[0]])
print(net.LABELS)
sys.argv = ["net.py", {photo!r}, {weights!r}]
net.main()
"""


@pytest.fixture(scope="module")
def model():
    architecture = load("squeezenet1_1", num_classes=3)
    card = Card(
        architecture=architecture,
        labels=('a "quoted" one', "back\\slash", "\u732b\n"),
        preprocessing=Chain(
            resize=Resize(256, rounding="uint8"),
            crop=CenterCrop(224),
            norm=Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
        ),
    )
    return Model(ModelFile(card, dict(build(architecture, seed=3).state_dict())))


def random_photo(path):
    pixels = np.random.default_rng(0).integers(0, 256, (180, 300, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def imported(path):
    """Return the modules that a file imports anywhere."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in names}


def test_the_file_classifies_as_the_model_does(model, tmp_path, monkeypatch, capsys):
    photo, weights = random_photo(tmp_path / "photo.png"), tmp_path / "net.safetensors"
    written = model.export("pytorch", tmp_path / "net.py", weights_to=weights)
    assert written.files == (tmp_path / "net.py", weights)
    allowed = {"PIL", "collections", "numpy", "safetensors", "sys", "torch", "typing"}
    assert imported(tmp_path / "net.py") <= allowed
    net = runpy.run_path(str(tmp_path / "net.py"))
    probabilities = net["predict"](*net["load"](str(weights)), net["read"](str(photo)))[0]
    expected = {score.label: score.probability for score in model.predict(photo, topk=3)[0].top}
    assert net["LABELS"] == model.labels
    assert np.allclose(probabilities, [expected[x] for x in model.labels], rtol=0, atol=1e-6)
    monkeypatch.setattr(sys, "argv", ["net.py", str(photo), str(weights)])
    net["main"]()
    assert len(capsys.readouterr().out.splitlines()) >= 3


@pytest.mark.slow
def test_the_file_classifies_in_a_process_without_convscope(model, tmp_path):
    photo, weights = random_photo(tmp_path / "photo.png"), tmp_path / "net.safetensors"
    model.export("pytorch", tmp_path / "net.py", weights_to=weights)
    program = PROGRAM.format(folder=str(tmp_path), weights=str(weights), photo=str(photo))
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    numbers, names, *rows = done.stdout.splitlines()
    expected = {score.label: score.probability for score in model.predict(photo, topk=3)[0].top}
    assert eval(names) == model.labels
    assert np.allclose(eval(numbers), [expected[x] for x in model.labels], rtol=0, atol=1e-6)
    assert len(rows) >= 3


@pytest.mark.parametrize(("background", "white_level"), [("#ffffff", None), ("#204060", 4095)])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_file_reads_images_as_the_model_does(channels, background, white_level, tmp_path):
    architecture = load("lenet5") if channels == 1 else load("resnet20")
    card = Card(
        architecture=architecture,
        labels=tuple("0123456789"),
        preprocessing=Chain(resize=Resize(32), crop=CenterCrop(32)),
        conversion=Conversion(background=background, white_level=white_level),
    )
    model = Model(ModelFile(card, dict(build(architecture).state_dict())))
    model.export("pytorch", tmp_path / "net.py", weights_to=tmp_path / "net.safetensors")
    read = runpy.run_path(str(tmp_path / "net.py"))["read"]
    rng = np.random.default_rng(0)
    alpha = rng.integers(0, 256, (9, 7, 4), dtype=np.uint8)
    images = {
        "grey": Image.fromarray(alpha[..., 0]),
        "colour": Image.fromarray(alpha[..., :3]),
        "alpha": Image.fromarray(alpha),
        "palette": Image.fromarray(alpha).quantize(8),
        "ten_bits": Image.fromarray(rng.integers(0, 1000, (9, 7), dtype=np.uint16)),
        "sixteen_bits": Image.fromarray(rng.integers(0, 65536, (9, 7), dtype=np.uint16)),
    }
    for name, image in images.items():
        image.save(tmp_path / f"{name}.png")
        expected = model.prepare(tmp_path / f"{name}.png")
        assert np.array_equal(read(str(tmp_path / f"{name}.png")), expected), name


@pytest.mark.parametrize(
    ("layout", "name"),
    [("torchvision", "squeezenet1_1"), ("timm", "convnext_tiny"), ("torchvision", "resnet18")],
)
def test_a_layout_is_read_back_identically(layout, name):
    architecture = load(name)
    weights = build(architecture, seed=1).state_dict()
    read = convert(architecture, to_layout(architecture, weights, layout))
    assert read.layout == layout
    assert read.weights.keys() == weights.keys()
    assert all(torch.equal(read.weights[key], weights[key]) for key in weights)


def test_layouts_that_are_only_read_name_the_others():
    architecture = load("vgg16")
    assert "keras" in layouts_of(architecture)
    with pytest.raises(ValueError, match="is read, and not written") as caught:
        to_layout(architecture, {}, "keras")
    assert caught.value.expected == "for vgg16: convscope, torchvision, timm"


def test_an_architecture_has_no_weights_to_write(tmp_path):
    options = Options(weights_to=tmp_path / "x.safetensors")
    with pytest.raises(ValueError, match="no weights to write"):
        write(Exported(load("lenet5")), "pytorch", tmp_path / "x.py", options)
    assert not list(tmp_path.iterdir())
