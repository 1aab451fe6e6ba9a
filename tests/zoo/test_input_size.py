"""An input that does not fit is refused with the nearest one that does."""

import re

import pytest

from convscope.errors import ArchitectureError
from convscope.shapes import CHW
from convscope.zoo import find, list_architectures, load
from tests.zoo.sample import rows

# by hand: alexnet_owt needs 3 at pool5, so 7 at pool2, 15 at pool1, (15 - 1) * 4 + 11 - 4 = 63
LEAST = {
    "lenet5": 32,
    "alexnet": 67,
    "alexnet_owt": 63,
    "vgg16": 32,
    "inception_v3": 299,
    "all_cnn_c": 9,
}


@pytest.mark.parametrize("name", LEAST)
def test_the_suggested_size_is_the_smallest(name):
    channels, least = load(name).input.channels, LEAST[name]
    with pytest.raises(ArchitectureError) as caught:
        load(name, input=CHW(channels, least - 1, least + 9))
    assert caught.value.expected == f"an input of {channels}x{least}x{least + 9} or larger"
    assert caught.value.where
    assert load(name, input=CHW(channels, least, least + 9)).trace


def _refused(name, size):
    try:
        load(name, input=size)
    except ArchitectureError as error:
        return error
    return None


@pytest.mark.parametrize("name", rows(list_architectures()))
def test_the_suggested_size_fits(name):
    own = load(name).input
    for size in (CHW(own.channels, 1, 1), CHW(own.channels + 1, 2, 40)):
        if refused := _refused(name, size):
            named = re.match(r"an input of (\d+)x(\d+)x(\d+) or larger", refused.expected)
            fitting = CHW(*map(int, named.groups()))
            assert load(name, input=fitting).input == fitting
            assert fitting.channels == size.channels
            assert str(own) in refused.fix


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("lenet5", {"input": CHW(1, 28, 28), "num_classes": 0}, "out_features"),
        ("vgg16", {"input": CHW(3, 20, 10**6)}, "places"),
        ("vgg16", {"input": CHW(0, 20, 20)}, "0x20x20"),
    ],
)
def test_errors_without_a_fitting_size_are_unchanged(name, options, message):
    with pytest.raises(ArchitectureError, match=message) as caught:
        load(name, **options)
    assert "or larger" not in caught.value.expected


def test_the_size_is_suggested_for_files_too(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(load("lenet5").to_json())
    with pytest.raises(ArchitectureError) as caught:
        find(str(path), input=CHW(1, 28, 30))
    assert caught.value.expected == "an input of 1x32x32 or larger"


def test_a_file_with_another_input_has_no_published_error(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(load("resnet20").to_json())
    assert find(str(path)).results == load("resnet20").results != ()
    assert find(str(path), input=CHW(3, 40, 40)).results == ()
