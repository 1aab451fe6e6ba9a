"""The public names: complete, sorted, loaded on demand."""

import pytest

import convscope


def test_all_is_sorted_and_every_name_is_there():
    assert list(convscope.__all__) == sorted(convscope.__all__, key=lambda n: (n.lower(), n)) or (
        list(convscope.__all__) == sorted(convscope.__all__)
    )
    for name in convscope.__all__:
        assert getattr(convscope, name) is not None
    assert set(convscope.__all__) <= set(dir(convscope))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nonsense"):
        convscope.nonsense  # noqa: B018


@pytest.mark.parametrize(
    "room",
    [
        "arch",
        "data",
        "evaluate",
        "export",
        "layers",
        "network",
        "recipes",
        "report",
        "training",
        "visuals",
    ],
)
def test_rooms_export_sorted_names_that_exist(room):
    module = __import__(f"convscope.{room}", fromlist=["x"])
    for name in getattr(module, "__all__", ()):
        assert hasattr(module, name), name
