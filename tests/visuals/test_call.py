"""`look` and `look_all`: arguments by name, rejected inputs, all visuals at once."""

import numpy as np
import pytest
import torch

import convscope
from convscope.data import Split
from convscope.errors import InputError
from convscope.network import build
from convscope.payload import Sheet
from convscope.visuals import VISUALS, full_name, load_visual, summary
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
def inputs():
    network = build(convscope.load("lenet5"), seed=0)
    image = torch.randn(1, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    return Inputs(network, image_NCHW=image, labels=LABELS, note="Note on the image.")


def test_names_of_visuals():
    assert full_name("Grad-CAM") == "grad_cam"
    with pytest.raises(InputError, match="did you mean saliency"):
        load_visual("salience")


def test_every_visual_has_a_summary():
    for name in VISUALS:
        assert 20 < len(summary(name)) < 120
        assert summary(name).endswith((".", ":"))


def test_the_note_is_appended_for_visuals_of_the_image_only(inputs):
    assert look(inputs, "saliency").caption.endswith("Note on the image.")
    assert "Note on" not in look(inputs, "filters").caption


@pytest.mark.parametrize(
    ("target", "number"), [("one", 1), ("ONE", 1), ("9", 9), ("3", 3), (7, 7), ("12", 12)]
)
def test_classes_by_name_and_number(target, number):
    assert class_number(LABELS, target) == number


def test_unknown_classes():
    with pytest.raises(InputError, match="did you mean seven"):
        class_number(LABELS, "sevenn")
    with pytest.raises(InputError, match="have no names"):
        class_number((), "cat")


def test_target_by_name(inputs):
    assert "class 4 (four)" in look(inputs, "saliency", Selection(target="four")).caption
    with pytest.raises(InputError, match="target=12"):
        look(inputs, "saliency", Selection(target="12"))


@pytest.mark.parametrize(
    ("method", "selection", "word"),
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
def test_invalid_selections_are_rejected(inputs, method, selection, word):
    with pytest.raises(InputError, match=word):
        look(inputs, method, selection)


def test_missing_inputs_are_named():
    network = build(convscope.load("lenet5"), seed=0)
    with pytest.raises(InputError, match="needs an image"):
        look(Inputs(network), "saliency")
    split = Split(torch.zeros(1, 1, 32, 32, dtype=torch.uint8), torch.zeros(1, dtype=torch.int64))
    with pytest.raises(InputError, match="preprocessing to the network"):
        look(Inputs(network, split=split), "top_patches")


def test_settings_are_converted_from_text(inputs):
    few = look(inputs, "filters", Selection(settings={"max_kernels": "3"}))
    assert len(few.tiles) == 3
    maps = look(inputs, "deconvnet", Selection(layer="conv1", unit=0, settings={"place": "3,4"}))
    assert "row 3, column 4" in maps.caption
    with pytest.raises(InputError, match="place"):
        look(inputs, "deconvnet", Selection(settings={"place": "3"}))


def test_a_split_is_preferred_to_one_image(inputs):
    split = Split(torch.zeros(5, 1, 32, 32, dtype=torch.uint8), torch.zeros(5, dtype=torch.int64))
    both = Inputs(
        inputs.network,
        image_NCHW=inputs.image_NCHW,
        split=split,
        preprocessing=lambda x: x.float(),
        note=inputs.note,
    )
    payload = look(both, "activation_stats")
    assert "5 images" in payload.items[0].caption
    assert "Note on" not in payload.caption


def test_all_visuals_at_once(inputs):
    methods = ["filters", "saliency", "guided_backprop", "top_patches", "gradient_flow"]
    payloads, skipped = look_all(inputs, Selection(target=2), methods=methods)
    assert list(payloads) == ["filters", "saliency", "gradient_flow"]
    assert "ReLU" in skipped["guided_backprop"]
    assert "data set" in skipped["top_patches"]
    assert "class 2 (two)" in payloads["saliency"].caption
    sheet = as_sheet(payloads, skipped, title="all")
    assert len(sheet.items) == 4
    assert "guided_backprop" in sheet.caption
    with pytest.raises(InputError, match="no visual applies"):
        as_sheet({}, skipped, title="all")


@pytest.mark.parametrize(
    ("selection", "word"), [(Selection(layer="conv9"), "conv"), (Selection(target="ten"), "class")]
)
def test_all_visuals_with_an_unknown_layer_or_class(inputs, selection, word):
    with pytest.raises(InputError, match=word):
        look_all(inputs, selection, methods=["filters"])


def test_a_torch_module():
    module = torch.nn.Sequential(
        torch.nn.Conv2d(1, 3, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(108, 4)
    )
    image = torch.randn(1, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    payload = convscope.look(module, "grad_cam", image, layer="0", target="b", labels=tuple("abcd"))
    assert "class 1 (b)" in payload.caption
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
def test_invalid_subjects_are_rejected(subject, image, data, word):
    with pytest.raises(InputError, match=word):
        convscope.look(subject, "saliency", image, data=data)


def test_data_with_other_classes_are_shown_but_not_compared(inputs):
    split = Split(torch.zeros(4, 1, 32, 32, dtype=torch.uint8), torch.arange(4))
    other = Inputs(
        inputs.network,
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
