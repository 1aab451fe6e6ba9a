"""Contract of all visuals, on networks of the zoo and on torch modules."""

import ast
import copy
import dataclasses
import inspect
import io
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from PIL import Image

import convscope
from convscope.data import Split
from convscope.errors import InputError
from convscope.network import build
from convscope.payload import Payload, from_json
from convscope.shapes import CHW
from convscope.visuals import VISUALS, load_visual, summary
from convscope.visuals.call import VOCABULARY, Inputs, Selection, look

SMALL = {  # name: input, a layer with maps
    "lenet5": (CHW(1, 32, 32), "conv2"),
    "lenet5_1998": (CHW(1, 32, 32), "c3"),
    "alexnet": (CHW(3, 95, 95), "relu3"),
    "resnet20": (CHW(3, 32, 32), "stage2.block1"),
    "all_cnn_c": (CHW(3, 32, 32), "block1.relu2"),
    "googlenet_bn": (CHW(3, 64, 64), "inception3a"),
    "efficientnet_lite0": (CHW(3, 64, 64), "stage2"),
}
# fewer steps for slow visuals
SETTINGS = {
    "maximise": {"steps": 2, "num_images": 2},
    "integrated_gradients": {"steps": 4},
    "smooth_grad": {"samples": 2},
    "occlusion": {"size": 16, "stride": 16},
    "robustness": {"kinds": ("noise",), "num_images": 1},
    "intervene": {"max_channels": 2, "num_images": 1},
    "score_cam": {"max_channels": 4},
    "receptive_field": {"num_images": 2},
    "top_patches": {"num_units": 1, "batch_size": 4},
}
# networks without ReLU, and visuals that need one
NO_RELU = {"lenet5", "lenet5_1998"}
RECTIFIED = {"guided_backprop", "guided_grad_cam"}
# radial basis functions have no rule of relevance
NO_RULE = {("lrp", "lenet5_1998")}
# visuals that take many passes, or draw every layer: on large networks they are slow rows
DEAR = (
    *("activation_stats", "gradient_flow", "top_patches", "receptive_field", "maximise"),
    *("embedding", "confusion_gallery", "intervene", "robustness", "score_cam", "deconvnet"),
)
LARGE = ("alexnet", "googlenet_bn", "efficientnet_lite0")


def _row(visual, name):
    slow = [pytest.mark.slow] if visual in DEAR and name in LARGE else []
    return pytest.param(visual, name, marks=slow)


ROWS = [
    _row(visual, name)
    for visual in VISUALS
    for name in SMALL
    if not (visual in RECTIFIED and name in NO_RELU) and (visual, name) not in NO_RULE
]

DRAWN = dict(reversed([row.values for row in ROWS if not row.marks]))
"""The first network of each visual."""


@cache
def built(name):
    classes = None if name == "lenet5_1998" else 7
    return build(convscope.load(name, input=SMALL[name][0], num_classes=classes), seed=0)


def small(name):
    """A zoo network for small images and few classes, copied for each test."""
    return copy.deepcopy(built(name))


def inputs(network, shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 256, (8, *shape), generator=generator, dtype=torch.uint8)
    labels = torch.arange(8) % 7

    def prepare(raw_NCHW):
        return (raw_NCHW.float() / 255 - 0.5) * 4

    return Inputs(
        network,
        image_NCHW=prepare(images[:1]),
        underlay=np.zeros((40, 40, 3), np.uint8),
        labels=tuple("abcdefg"),
        split=Split(images, labels),
        preprocessing=prepare,
    )


def selection(visual, layer=None):
    takes = parameters(visual)
    return Selection(layer=layer if "layer" in takes else None, settings=SETTINGS.get(visual, {}))


def state(network):
    """Everything that a visual could change: weights, modes, gradients, hooks."""
    hooks = (
        "_forward_hooks",
        "_forward_pre_hooks",
        "_backward_hooks",
        "_backward_pre_hooks",
    )
    return (
        {key: value.clone() for key, value in network.state_dict().items()},
        [part.training for part in network.modules()],
        [(p.requires_grad, p.grad) for p in network.parameters()],
        [len(getattr(part, hook)) for part in network.modules() for hook in hooks],
    )


def same(before, after):
    weights = all(torch.equal(before[0][key], after[0][key]) for key in before[0])
    return weights and before[1:] == after[1:]


@pytest.mark.parametrize(("visual", "name"), ROWS)
def test_returns_a_payload_and_leaves_the_network_unchanged(visual, name):
    shape, layer = SMALL[name]
    network = small(name).train()
    next(network.parameters()).requires_grad_(False)
    before = state(network)
    payload = look(inputs(network, shape), visual, selection(visual, _able(visual, layer)))
    assert isinstance(payload, Payload)
    assert from_json(payload.to_json()) == payload
    assert payload.title
    assert payload.caption or any(item.caption for item in payload.items)
    assert payload.arrays()
    ElementTree.fromstring(payload.svg())
    if name == DRAWN[visual]:  # a PNG file is that SVG text, rasterised
        assert Image.open(io.BytesIO(payload.png())).format == "PNG"
    assert same(before, state(network))
    again = look(inputs(network, shape), visual, selection(visual, _able(visual, layer)))
    assert again == payload


def _able(visual, layer):
    """The layer, except for `filters`, which needs a convolution."""
    return None if visual == "filters" else layer


@pytest.mark.parametrize("visual", [v for v in VISUALS if v not in RECTIFIED])
def test_the_caption_names_the_default_layer(visual):
    network = small("lenet5")
    payload = look(inputs(network, SMALL["lenet5"][0]), visual, selection(visual))
    words = " ".join([payload.caption, *(item.caption for item in getattr(payload, "items", ()))])
    takes = inspect.signature(load_visual(visual).compute).parameters
    if "layer" in takes and visual != "maximise":
        assert "Default layer" in words


@pytest.mark.parametrize(
    "visual",
    [v for v in VISUALS if "layer" in inspect.signature(load_visual(v).compute).parameters],
)
def test_an_unknown_layer_suggests_the_nearest(visual):
    name = "all_cnn_c"
    shape, layer = SMALL[name]
    with pytest.raises(InputError, match=layer):
        look(inputs(small(name), shape), visual, selection(visual, layer + "x"))


@pytest.mark.parametrize("visual", sorted(RECTIFIED))
@pytest.mark.parametrize("name", sorted(NO_RELU))
def test_networks_without_relu_are_rejected(visual, name):
    with pytest.raises(InputError, match="ReLU"):
        look(inputs(small(name), SMALL[name][0]), visual)


@pytest.mark.parametrize("visual", list(VISUALS))
def test_non_finite_weights_are_rejected(visual):
    network = small("resnet20")
    with torch.no_grad():
        next(network.parameters()).fill_(float("nan"))
    with pytest.raises(InputError, match="not finite"):
        look(inputs(network, SMALL["resnet20"][0]), visual, selection(visual))


def parameters(visual):
    return inspect.signature(load_visual(visual).compute).parameters


EMPTY = Split(torch.zeros(0, 3, 32, 32, dtype=torch.uint8), torch.zeros(0, dtype=torch.int64))
MUST_FAIL = {  # parameter of the visual: inputs or selection that do not fit, message
    "unit": ({}, {"unit": 10**6}, "unit=1000000"),
    "target": ({}, {"target": 10**6}, "target=1000000"),
    "image_NCHW": ({"image_NCHW": torch.zeros(1, 3, 31, 32), "split": None}, {}, "3x32x32"),
    "split": ({"split": EMPTY}, {}, "no images"),
}


@pytest.mark.parametrize(
    ("visual", "name"), [(v, name) for v in VISUALS for name in MUST_FAIL if name in parameters(v)]
)
def test_arguments_that_do_not_fit_are_rejected(visual, name):
    shape, layer = SMALL["resnet20"]
    wrong_inputs, wrong_selection, message = MUST_FAIL[name]
    at_layer = {"layer": layer} if name == "unit" else {}
    if name == "target":
        wrong_inputs = {"split": None}
    arguments = dataclasses.replace(inputs(small("resnet20"), shape), **wrong_inputs)
    with pytest.raises(InputError, match=message):
        look(arguments, visual, Selection(**at_layer, **wrong_selection))


@pytest.mark.parametrize("name", ["image_NCHW", "split"])
@pytest.mark.parametrize("visual", list(VISUALS))
def test_missing_inputs_are_named(visual, name):
    """A required image or data set, or either of them."""
    network = small("resnet20")
    if name not in parameters(visual):
        return
    if visual in ("maximise", "receptive_field"):  # the architecture gives the size
        assert look(Inputs(network), visual, selection(visual))
        return
    with pytest.raises(InputError, match=r"needs (an image|a data set)|neither an image nor"):
        look(Inputs(network), visual)


def test_visuals_import_no_renderer():
    """They return payloads and draw nothing."""
    folder = Path(convscope.__file__).parent / "visuals"
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [alias.name for alias in getattr(node, "names", ()) if hasattr(alias, "name")]
            modules = [str(getattr(node, "module", "")), *map(str, names)]
            drawing = [m for m in modules if "render" in m or "ImageDraw" in m or "svg" in m]
            assert not drawing, f"{file.name}: {drawing}"


class TorchModule(torch.nn.Module):
    """A torch module with functions instead of modules, and a ReLU used twice."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.conv1 = torch.nn.Conv2d(3, 6, 3, padding=1)
        self.conv2 = torch.nn.Conv2d(6, 8, 3, padding=1)
        self.relu = torch.nn.ReLU(inplace=True)
        self.fc = torch.nn.Linear(8, 7)

    def forward(self, x):
        x = torch.nn.functional.max_pool2d(self.relu(self.conv1(x)), 2)
        return self.fc(self.relu(self.conv2(x)).mean((2, 3)))


@pytest.mark.parametrize("visual", list(VISUALS))
def test_works_with_torch_modules(visual):
    network = TorchModule().train()
    before = state(network)
    payload = look(inputs(network, (3, 24, 24)), visual, selection(visual))
    assert isinstance(payload, Payload)
    assert same(before, state(network))


def test_the_vocabulary_is_closed():
    """All other parameters are settings with a default."""
    for visual in VISUALS:
        module = load_visual(visual)
        parameters = inspect.signature(module.compute).parameters
        assert next(iter(parameters)) == "network", visual
        for name, parameter in parameters.items():
            if name not in VOCABULARY:
                assert parameter.default is not inspect.Parameter.empty, f"{visual}: {name}"
            if name not in ("network", "image_NCHW"):
                assert parameter.kind is inspect.Parameter.KEYWORD_ONLY, f"{visual}: {name}"


def test_the_registry_is_sorted_and_names_are_files():
    assert list(VISUALS) == sorted(VISUALS)
    for name in VISUALS:
        module = load_visual(name)
        assert module.__name__ == f"convscope.visuals.methods.{VISUALS[name]}.{name}"
        assert summary(name) == module.__doc__.partition("\n")[0]
        assert module.__doc__
        assert module.compute.__doc__


@pytest.mark.slow
@pytest.mark.parametrize("visual", list(VISUALS))
def test_every_visual_on_a_full_size_network(visual):
    network = build(convscope.load("resnet18"), seed=0)
    image = torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    raw = torch.randint(0, 256, (4, 3, 224, 224), dtype=torch.uint8)
    split = Split(raw, torch.arange(4))
    whole = Inputs(
        network, image_NCHW=image, split=split, preprocessing=lambda x: x.float() / 128 - 1
    )
    before = state(network)
    settings = {"occlusion": {"size": 112, "stride": 112}}.get(visual, SETTINGS.get(visual, {}))
    payload = look(whole, visual, Selection(settings=settings))
    assert from_json(payload.to_json()) == payload
    assert payload.png()
    assert same(before, state(network))
