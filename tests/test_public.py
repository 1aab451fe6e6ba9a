"""The public names: complete, sorted, loaded on demand."""

import pytest

import convscope


def in_order(names):
    """Constants, then classes, then functions, each by the alphabet."""
    return sorted(names, key=lambda name: (not name.isupper(), not name[0].isupper(), name))


def test_all_is_sorted_and_every_name_is_there():
    assert list(convscope.__all__) == in_order(convscope.__all__)
    for name in convscope.__all__:
        assert getattr(convscope, name) is not None
    assert set(convscope.__all__) <= set(dir(convscope))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nonsense"):
        convscope.nonsense  # noqa: B018


@pytest.mark.parametrize(
    "package",
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
def test_packages_export_sorted_names_that_exist(package):
    module = __import__(f"convscope.{package}", fromlist=["x"])
    names = list(getattr(module, "__all__", ()))
    assert names == in_order(names)
    for name in names:
        assert hasattr(module, name), name
