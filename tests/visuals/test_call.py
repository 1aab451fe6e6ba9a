"""`look`: what is given by name, what is refused and how, and everything at once."""

import numpy as np
import pytest
import torch

import convscope
from convscope.data import Split
from convscope.errors import InputError
from convscope.network import build
from convscope.visuals import VISUALS, Sheet, full_name, load_visual, summary
from convscope.visuals.call import (
    Inputs,
    Selection,
    as_sheet,
    class_number,
    look,
    look_all,
)

LABELS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "9")


@pytest.fixture(scope="module")
def scene():
    network = build(convscope.load("lenet5"), seed=0)
    image = torch.randn(1, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    return Inputs(network, image_NCHW=image, labels=LABELS, note="Said of the image.")


def test_names_are_forgiving_and_wrong_ones_answered():
    assert full_name("Grad-CAM") == "grad_cam"
    with pytest.raises(InputError, match="did you mean saliency"):
        load_visual("salience")


def test_every_visual_has_a_line():
    for name in VISUALS:
        assert 20 < len(summary(name)) < 120
        assert summary(name).endswith((".", ":"))


def test_the_note_stands_behind_captions_of_the_image_alone(scene):
    assert look(scene, "saliency").caption.endswith("Said of the image.")
    assert "Said of" not in look(scene, "filters").caption


@pytest.mark.parametrize(
    ("target", "number"), [("one", 1), ("ONE", 1), ("9", 9), ("3", 3), (7, 7), ("12", 12)]
)
def test_classes_by_name_and_number(target, number):
    assert class_number(LABELS, target) == number


def test_wrong_classes():
    with pytest.raises(InputError, match="did you mean seven"):
        class_number(LABELS, "sevenn")
    with pytest.raises(InputError, match="have no names"):
        class_number((), "cat")


def test_a_class_by_name_is_looked_at(scene):
    assert "class 4 (four)" in look(scene, "saliency", Selection(target="four")).caption
    with pytest.raises(InputError, match="target=12"):
        look(scene, "saliency", Selection(target="12"))


@pytest.mark.parametrize(
    ("method", "asked", "word"),
    [
        ("saliency", Selection(unit=1), "takes no unit"),
        ("saliency", Selection(layer="conv1"), "takes no layer"),
        ("filters", Selection(target=1), "takes no class"),
        ("filters", Selection(settings={"max_kernel": 3}), "did you mean max_kernels"),
        ("filters", Selection(settings={"layer": "conv1"}), "setting of filters"),
        ("filters", Selection(settings={"max_kernels": "many"}), "max_kernels"),
        ("saliency", Selection(settings={"steps": 3}), "no settings"),
        ("top_patches", Selection(), "needs a data set"),
        ("embedding", Selection(), "needs a data set"),
    ],
)
def test_what_does_not_fit_is_told(scene, method, asked, word):
    with pytest.raises(InputError, match=word):
        look(scene, method, asked)


def test_what_is_missing_is_told():
    network = build(convscope.load("lenet5"), seed=0)
    with pytest.raises(InputError, match="needs an image"):
        look(Inputs(network), "saliency")
    split = Split(torch.zeros(1, 1, 32, 32, dtype=torch.uint8), torch.zeros(1, dtype=torch.int64))
    with pytest.raises(InputError, match="preprocessing to the network"):
        look(Inputs(network, split=split), "top_patches")


def test_settings_are_read_from_text(scene):
    few = look(scene, "filters", Selection(settings={"max_kernels": "3"}))
    assert len(few.tiles) == 3
    maps = look(scene, "deconvnet", Selection(layer="conv1", unit=0, settings={"place": "3,4"}))
    assert "row 3, column 4" in maps.caption
    with pytest.raises(InputError, match="place"):
        look(scene, "deconvnet", Selection(settings={"place": "3"}))


def test_many_images_are_preferred_to_one(scene):
    split = Split(torch.zeros(5, 1, 32, 32, dtype=torch.uint8), torch.zeros(5, dtype=torch.int64))
    both = Inputs(
        scene.network,
        image_NCHW=scene.image_NCHW,
        split=split,
        preprocessing=lambda x: x.float(),
        note=scene.note,
    )
    made = look(both, "activation_stats")
    assert "5 images" in made.items[0].caption
    assert "Said of" not in made.caption


def test_everything_at_once(scene):
    wanted = ["filters", "saliency", "guided_backprop", "top_patches", "gradient_flow"]
    made, left_out = look_all(scene, Selection(target=2), methods=wanted)
    assert list(made) == ["filters", "saliency", "gradient_flow"]
    assert "ReLU" in left_out["guided_backprop"]
    assert "data set" in left_out["top_patches"]
    assert "class 2 (two)" in made["saliency"].caption
    sheet = as_sheet(made, left_out, title="all")
    assert len(sheet.items) == 4
    assert "guided_backprop" in sheet.caption
    with pytest.raises(InputError, match="no visual applies"):
        as_sheet({}, left_out, title="all")


@pytest.mark.parametrize(
    ("asked", "word"), [(Selection(layer="conv9"), "conv"), (Selection(target="ten"), "class")]
)
def test_everything_of_what_is_not_there_is_a_mistake(scene, asked, word):
    with pytest.raises(InputError, match=word):
        look_all(scene, asked, methods=["filters"])


def test_a_module_of_somebody_else():
    module = torch.nn.Sequential(
        torch.nn.Conv2d(1, 3, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(108, 4)
    )
    image = torch.randn(1, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    made = convscope.look(module, "grad_cam", image, layer="0", target="b", labels=tuple("abcd"))
    assert "class 1 (b)" in made.caption
    split = Split(torch.zeros(3, 1, 8, 8, dtype=torch.uint8), torch.zeros(3, dtype=torch.int64))
    sheet = convscope.look(
        module, "activation_stats", data=split, preprocessing=lambda x: x.float()
    )
    assert isinstance(sheet, Sheet)


@pytest.mark.parametrize(
    ("subject", "image", "data", "word"),
    [
        (lambda x: x, torch.zeros(1, 1, 8, 8), None, "torch.nn.Module"),
        (torch.nn.Identity(), np.zeros((8, 8), np.uint8), None, "preprocessed image"),
        (torch.nn.Identity(), "cat.png", None, "preprocessed image"),
        (torch.nn.Identity(), None, "mnist", "a split"),
        (torch.nn.Identity(), torch.zeros(8, 8), None, "shape"),
        (torch.nn.Identity(), torch.zeros(1, 1, 8, 8), None, "shape"),
        (torch.nn.Conv2d(3, 4, 3), torch.zeros(1, 1, 8, 8), None, "does not accept"),
    ],
)
def test_what_cannot_be_looked_at(subject, image, data, word):
    with pytest.raises(InputError, match=word):
        convscope.look(subject, "saliency", image, data=data)


def test_data_of_other_classes_are_looked_at_but_not_compared(scene):
    split = Split(torch.zeros(4, 1, 32, 32, dtype=torch.uint8), torch.arange(4))
    other = Inputs(
        scene.network,
        labels=LABELS,
        split=split,
        preprocessing=lambda x: x.float() + torch.rand(1, generator=torch.Generator()),
        split_labels=("a", "b", "c", "d"),
    )
    patches = look(other, "top_patches", Selection(layer="tanh1", unit=0))
    assert set(patches.items[0].labels) <= {"a", "b", "c", "d"}
    for method in ("confusion_gallery", "gradient_flow"):
        with pytest.raises(InputError, match="other classes"):
            look(other, method)
