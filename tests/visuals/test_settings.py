"""Descriptions of visuals for forms: one row for each visual of the registry."""

import inspect

import pytest

from convscope.errors import InputError
from convscope.lang.catalogue import chinese
from convscope.visuals import VISUALS, load_visual
from convscope.visuals.call import VOCABULARY, _settings
from convscope.visuals.settings import HELP, all_described, described


def settings_of(name):
    parameters = inspect.signature(load_visual(name).compute).parameters
    return {n: p.default for n, p in parameters.items() if n not in VOCABULARY}


@pytest.mark.parametrize("name", VISUALS)
def test_every_setting_is_described_with_its_default(name):
    properties = described(name).settings["properties"]
    expected = settings_of(name)
    assert list(properties) == list(expected)
    for setting, default in expected.items():
        as_json = list(default) if isinstance(default, tuple) else default
        assert properties[setting]["default"] == as_json
        assert properties[setting]["description"] in chinese().entries


def test_no_sentence_is_left_over():
    assert set(HELP) == {setting for name in VISUALS for setting in settings_of(name)}


def test_all_visuals_are_described_once():
    assert sorted(one.name for one in all_described()) == sorted(VISUALS)


@pytest.mark.parametrize(
    ("name", "image", "data", "selections"),
    [
        ("grad_cam", "required", "none", ("layer", "target")),
        ("top_patches", "none", "required", ("layer", "unit")),
        ("robustness", "optional", "optional", ("target",)),
        ("filters", "none", "none", ("layer",)),
    ],
)
def test_inputs_are_those_of_the_signature(name, image, data, selections):
    one = described(name)
    assert (one.image, one.data, one.selections) == (image, data, selections)


@pytest.mark.parametrize(
    ("name", "setting", "bound", "value"),
    [
        ("smooth_grad", "noise", "maximum", 10),
        ("integrated_gradients", "steps", "maximum", 2000),
        ("embedding", "num_thumbnails", "minimum", 0),
        ("feature_maps", "max_maps", "minimum", 1),
    ],
)
def test_bounds_are_in_the_schema(name, setting, bound, value):
    schema = described(name).settings["properties"][setting]
    schemas = [schema, *schema.get("anyOf", [])]
    assert [one[bound] for one in schemas if bound in one] == [value]


@pytest.mark.parametrize("name", VISUALS)
def test_bounds_do_not_change_the_conversion_of_settings(name):
    """A value beyond its bounds reaches `compute`, whose message names what it expects."""
    visual = load_visual(name)
    for setting, schema in described(name).settings["properties"].items():
        if any(one.get("minimum") == 1 for one in [schema, *schema.get("anyOf", [])]):
            assert _settings({setting: "0"}, name, visual) == {setting: 0}


def test_unknown_visual():
    with pytest.raises(InputError, match="grad_cam"):
        described("grad_cm")
