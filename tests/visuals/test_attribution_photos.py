"""Real photos: class activation maps lie on the object and distinguish classes."""

import pytest
import skimage.data
import torch
from torch.nn import functional as F

import convscope
from convscope.visuals.methods.prediction import grad_cam, grad_cam_pp, guided_grad_cam, layer_cam

# drawn by hand around the object, in the 224 x 224 pixels that the network sees: top, left,
# bottom, right; and the least share of the map's mass inside. Of the cat only the face is meant.
BOXES = {
    "chelsea": ((45, 30, 215, 215), 0.66),
    "coffee": ((0, 31, 166, 183), 0.72),
    "rocket": ((59, 90, 224, 136), 0.22),
}
CLASSES = {"chelsea": "tiger cat", "coffee": "espresso", "rocket": "missile"}


@pytest.fixture(scope="module")
def model():
    return convscope.open("efficientnet_lite0@imagenet")


def photo(model, name):
    return model.preprocessing(model.prepare(getattr(skimage.data, name)()))


@pytest.mark.parametrize("name", BOXES)
@pytest.mark.parametrize("method", [grad_cam, grad_cam_pp, layer_cam])
def test_the_map_lies_on_the_object(model, method, name):
    (top, left, bottom, right), least = BOXES[name]
    image = photo(model, name)
    result = method.attribute(model.network, image)[0, 0]
    share = float(result[top:bottom, left:right].sum() / result.sum())
    area = (bottom - top) * (right - left) / 224**2
    assert share > least
    assert share > 1.08 * area
    assert CLASSES[name] in grad_cam.compute(model.network, image, labels=model.labels).caption


@pytest.mark.parametrize(
    ("method", "least"),
    [(grad_cam, 0.6), (guided_grad_cam, 0.7), (grad_cam_pp, 0.4), (layer_cam, 0.4)],
)
def test_each_class_is_localised_in_its_own_corner(model, method, least):
    """A cat above on the left, a cup below on the right, the mean of the data elsewhere."""
    canvas = torch.zeros(1, 3, 224, 224)
    corners = {"tiger cat": (0, 0), "espresso": (112, 112)}
    for name, (top, left) in zip(("chelsea", "coffee"), corners.values(), strict=True):
        small = F.interpolate(photo(model, name), size=112, mode="bilinear", antialias=True)
        canvas[:, :, top : top + 112, left : left + 112] = small
    for word, (top, left) in corners.items():
        target = model.labels.index(word)
        result = method.attribute(model.network, canvas, target=target)[0].clamp(min=0).sum(0)
        share = result[top : top + 112, left : left + 112].sum() / result.sum()
        other = result[112 - top : 224 - top, 112 - left : 224 - left].sum() / result.sum()
        assert share > least
        assert share > 1.8 * other
