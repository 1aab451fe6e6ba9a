"""Every visual of the list keeps the same promises on networks of the zoo, and on others'."""

import copy
import inspect
import io
from functools import cache

import numpy as np
import pytest
import torch
from PIL import Image

import convscope
from convscope.data import Split
from convscope.errors import InputError
from convscope.network import build
from convscope.shapes import CHW
from convscope.visuals import VISUALS, Payload, from_json, load_visual, summary
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
# what is slow by nature is made short here
SETTINGS = {
    "maximise": {"steps": 2, "num_images": 2},
    "integrated_gradients": {"steps": 4},
    "smooth_grad": {"samples": 2},
    "occlusion": {"size": 16, "stride": 16},
    "receptive_field": {"num_images": 2},
    "top_patches": {"num_units": 1, "batch_size": 4},
}
# guided rules are made for ReLU; these networks have none
NO_RELU = {"lenet5", "lenet5_1998"}
RECTIFIED = {"guided_backprop", "guided_grad_cam"}
ROWS = [
    (visual, name)
    for visual in VISUALS
    for name in SMALL
    if not (visual in RECTIFIED and name in NO_RELU)
]


@cache
def built(name):
    classes = None if name == "lenet5_1998" else 7
    return build(convscope.load(name, input=SMALL[name][0], num_classes=classes), seed=0)


def small(name):
    """A network of the zoo for small images and few classes, fresh for each test."""
    return copy.deepcopy(built(name))


def scene(network, shape, seed=0):
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


def asked(visual, layer=None):
    takes = inspect.signature(load_visual(visual).compute).parameters
    return Selection(layer=layer if "layer" in takes else None, settings=SETTINGS.get(visual, {}))


def state(network):
    """Everything that a visual could leave behind."""
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
def test_gives_a_payload_and_leaves_the_network_alone(visual, name):
    shape, layer = SMALL[name]
    network = small(name).train()
    next(network.parameters()).requires_grad_(False)
    before = state(network)
    made = look(scene(network, shape), visual, asked(visual, _able(visual, layer)))
    assert isinstance(made, Payload)
    assert from_json(made.to_json()) == made
    assert made.title
    assert made.caption or any(item.caption for item in made.items)
    assert made.arrays()
    assert Image.open(io.BytesIO(made.png())).format == "PNG"
    assert same(before, state(network))
    again = look(scene(network, shape), visual, asked(visual, _able(visual, layer)))
    assert again == made


def _able(visual, layer):
    """Kernels are shown of convolutions; the visuals of whole networks take no layer."""
    return None if visual == "filters" else layer


@pytest.mark.parametrize("visual", [v for v in VISUALS if v not in RECTIFIED])
def test_picks_a_layer_by_itself_and_says_which(visual):
    network = small("lenet5")
    made = look(scene(network, SMALL["lenet5"][0]), visual, asked(visual))
    words = " ".join([made.caption, *(item.caption for item in getattr(made, "items", ()))])
    takes = inspect.signature(load_visual(visual).compute).parameters
    if "layer" in takes and visual != "maximise":
        assert "Default layer" in words


@pytest.mark.parametrize(
    "visual",
    [v for v in VISUALS if "layer" in inspect.signature(load_visual(v).compute).parameters],
)
def test_unknown_layer_is_answered_with_the_nearest(visual):
    name = "all_cnn_c"
    shape, layer = SMALL[name]
    with pytest.raises(InputError, match=layer):
        look(scene(small(name), shape), visual, asked(visual, layer + "x"))


@pytest.mark.parametrize("visual", sorted(RECTIFIED))
@pytest.mark.parametrize("name", sorted(NO_RELU))
def test_refuses_where_it_does_not_apply(visual, name):
    with pytest.raises(InputError, match="ReLU"):
        look(scene(small(name), SMALL[name][0]), visual)


@pytest.mark.parametrize("visual", list(VISUALS))
def test_weights_that_are_not_finite_are_refused(visual):
    network = small("resnet20")
    with torch.no_grad():
        next(network.parameters()).fill_(float("nan"))
    with pytest.raises(InputError, match="not finite"):
        look(scene(network, SMALL["resnet20"][0]), visual, asked(visual))


class Theirs(torch.nn.Module):
    """A module of somebody else: functions where ours has modules, and one ReLU used twice."""

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
def test_looks_into_modules_of_others(visual):
    network = Theirs().train()
    before = state(network)
    made = look(scene(network, (3, 24, 24)), visual, asked(visual))
    assert isinstance(made, Payload)
    assert same(before, state(network))


def test_the_vocabulary_is_closed():
    """Names beyond it are settings: numbers with a default."""
    for visual in VISUALS:
        module = load_visual(visual)
        parameters = inspect.signature(module.compute).parameters
        assert next(iter(parameters)) == "network", visual
        for name, parameter in parameters.items():
            if name not in VOCABULARY:
                assert parameter.default is not inspect.Parameter.empty, f"{visual}: {name}"
            if name not in ("network", "image_NCHW"):
                assert parameter.kind is inspect.Parameter.KEYWORD_ONLY, f"{visual}: {name}"


def test_the_list_is_sorted_and_each_name_is_its_file():
    assert list(VISUALS) == sorted(VISUALS)
    for name in VISUALS:
        module = load_visual(name)
        assert module.__name__ == f"convscope.visuals.methods.{name}"
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
    made = look(whole, visual, Selection(settings=settings))
    assert from_json(made.to_json()) == made
    assert made.png()
    assert same(before, state(network))
