"""An empty value of an option is a value: it is checked, and never ignored."""

import pytest
from typer.testing import CliRunner

from convscope.cli import app
from convscope.errors import ConvscopeError


@pytest.mark.parametrize(
    "arguments",
    [
        ["filter", "PHOTO", "median", "--noise", "", "-o", "out.png"],
        ["filter", "PHOTO", "median", "--view", "", "-o", "out.png"],
        ["filter", "PHOTO", "median", "--kernel", "", "-o", "out.png"],
        ["filter", "PHOTO", "--kernel", "", "-o", "out.png"],
        ["filter", "PHOTO", "", "-o", "out.png"],
        ["show", "lenet5", "--input", ""],
        ["compare", "lenet5", "lenet5_1998", "--input", ""],
        ["look", "filters", "lenet5", "--layer", ""],
        ["look", "saliency", "lenet5", "PHOTO", "--class", ""],
        ["look", "embedding", "lenet5", "--data", ""],
        ["evaluate", "lenet5", "mnist", "--scales", ""],
        ["evaluate", "lenet5", "mnist", "--crops", ""],
        ["export", "lenet5", "--to", ""],
        ["export", "lenet5", "--to", "pytorch", "-o", ""],
        ["predict", "", "PHOTO"],
        ["predict", "MODEL", ""],
        ["predict", "MODEL", "PHOTO", "--device", ""],
        ["train", "lenet5", "mnist", "--recipe", ""],
        ["train", "--resume", "", "--seed", "0"],
        ["lr-range", "lenet5", "mnist", "--recipe", ""],
        ["data", "show", "mnist", "--recipe", "", "-o", "out.png"],
    ],
    ids=" ".join,
)
def test_an_empty_value_is_checked(arguments, tmp_path, monkeypatch, photo, model):
    monkeypatch.chdir(tmp_path)
    places = {"PHOTO": str(photo), "MODEL": str(model)}
    found = CliRunner().invoke(app, [places.get(word, word) for word in arguments])
    assert isinstance(found.exception, ConvscopeError), found.output
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    from PIL import Image

    path = tmp_path_factory.mktemp("photo") / "photo.png"
    Image.new("L", (32, 32), 100).save(path)
    return path


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    import convscope
    from convscope.network import ModelFile, save_model
    from convscope.opening import untrained

    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    opened = untrained(convscope.load("lenet5"))
    save_model(path, ModelFile(opened.card, dict(opened.network.state_dict())))
    return path
