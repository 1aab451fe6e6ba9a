"""The Python file with weights, in a process that cannot import convscope, and the layouts."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from convscope.arch import Chain
from convscope.export import Exported, Options, write
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


def test_the_file_classifies_as_the_model_does(tmp_path):
    architecture = load("squeezenet1_1", num_classes=3)
    labels = ('a "quoted" one', "back\\slash", "\u732b\n")
    card = Card(
        architecture=architecture,
        labels=labels,
        preprocessing=Chain(
            resize=Resize(256, rounding="uint8"),
            crop=CenterCrop(224),
            norm=Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
        ),
    )
    model = Model(ModelFile(card, dict(build(architecture, seed=3).state_dict())))
    photo, weights = tmp_path / "photo.png", tmp_path / "net.safetensors"
    pixels = np.random.default_rng(0).integers(0, 256, (180, 300, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(photo)
    written = model.export("pytorch", tmp_path / "net.py", weights_to=weights)
    assert written.files == (tmp_path / "net.py", weights)
    program = PROGRAM.format(folder=str(tmp_path), weights=str(weights), photo=str(photo))
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    numbers, names, *rows = done.stdout.splitlines()
    expected = {score.label: score.probability for score in model.predict(photo, topk=3)[0].top}
    assert eval(names) == labels
    assert np.allclose(eval(numbers), [expected[label] for label in labels], rtol=0, atol=1e-6)
    assert len(rows) >= 3


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
