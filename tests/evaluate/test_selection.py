"""Which images are evaluated, how many of how many, and under which classes."""

import json
import shutil

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

import convscope
import convscope.data
from convscope import starting
from convscope.arch import Architecture, Chain
from convscope.cli import app
from convscope.data import DataOptions
from convscope.data.source import Source
from convscope.errors import ConvscopeError, InputError
from convscope.layers import Conv2d, Flatten, GlobalAvgPool2d, Linear
from convscope.shapes import CHW

CLASSES = ("blue ant", "green", "red")
SMALL = Architecture(
    name="colours",
    input=CHW(3, 8, 8),
    num_classes=3,
    block=Chain(conv=Conv2d(3, 1), pool=GlobalAvgPool2d(), flatten=Flatten(), fc=Linear(3)),
)


def paint(folder, label, num, *, grey=False, first=0):
    folder.mkdir(parents=True)
    for number in range(first, first + num):
        pixels = np.random.randint(60, size=(20 + number % 3, 20, 3), dtype=np.uint8)
        pixels[:, :, 2 - CLASSES.index(label)] += 150
        picture = Image.fromarray(pixels)
        (picture.convert("L") if grey else picture).save(folder / f"{number}.png")
    return folder


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    root = tmp_path_factory.mktemp("data") / "photos"
    for split, num in (("train", 8), ("val", 2), ("test", 6)):
        for label in CLASSES:
            paint(root / split / label, label, num)
    return root


@pytest.fixture(scope="module")
def run(photos, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "run"
    list(starting.train(SMALL, photos, epochs=1, batch_size=8, out=out))
    return out


def evaluated(*arguments):
    done = CliRunner().invoke(app, ["evaluate", *map(str, arguments), "--json"])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return json.loads(done.stdout)


def sentence(figures):
    return Source.model_validate_json(json.dumps(figures["source"])).sentence()


@pytest.fixture
def holdout(tmp_path):
    for label in CLASSES:
        paint(tmp_path / "holdout" / label, label, 10)
    return tmp_path / "holdout"


def test_a_folder_of_others_is_evaluated_whole(run, holdout, photos):
    whole = evaluated(run, holdout)
    assert whole["num_samples"] == 30
    assert sentence(whole) == "30 of 30 images of holdout/ (no splits)"
    assert sentence(evaluated(run, photos / "test")) == "18 of 18 images of test/ (no splits)"
    assert evaluated(run, f"{photos}/test/")["num_samples"] == 18
    for name, num in (("train", 24), ("val", 3), ("test", 3), ("all", 30)):
        figures = evaluated(run, holdout, "--split", name)
        assert figures["num_samples"] == num
        assert sentence(figures).startswith(f"{num} of 30 images of holdout/ (")


def test_the_own_data_give_their_test_split(run, photos, monkeypatch):
    assert sentence(evaluated(run, photos)) == "18 of 48 images of photos/ (test)"
    assert evaluated(run / "model.safetensors", photos)["num_samples"] == 18, "by content"
    monkeypatch.chdir(photos)
    assert evaluated(run, ".")["num_samples"] == 18
    assert sentence(evaluated(run, photos, "--split", "all")) == (
        "48 of 48 images of photos/ (train, val, test)"
    )


def test_own_data_that_moved_are_still_the_own(run, photos, tmp_path):
    moved = tmp_path / "renamed"
    moved.symlink_to(photos)
    assert evaluated(run / "model.safetensors", moved)["num_samples"] == 18


def test_own_data_keep_the_groups_of_the_run(photos, tmp_path):
    """With other groups the test split would hold training images."""
    data = tmp_path / "data"
    shutil.copytree(photos / "train", data)
    options = DataOptions(group_by=r"(\d)\.")
    opened = convscope.data.open(data, options=options)
    list(starting.train(SMALL, opened, epochs=1, batch_size=8, out=tmp_path / "run"))
    model = convscope.open(tmp_path / "run")
    own = set(opened.files["test"].paths)
    assert set(convscope.data.open(data).files["test"].paths) != own
    background = DataOptions(background="black")
    assert set(model.open_data(data, background).files["test"].paths) == own
    moved = data.rename(tmp_path / "moved")
    assert set(model.open_data(moved).files["test"].paths) == own
    assert model.select(model.open_data(moved)).source(3).sentence().startswith("3 of 24 images")


def test_the_figures_say_how_many_of_how_many(run, holdout, tmp_path):
    page = tmp_path / "report.html"
    done = CliRunner().invoke(app, ["evaluate", str(run), str(holdout), "--output", str(page)])
    assert "30 of 30 images of holdout/ (no splits)" in done.stdout
    text = page.read_text("utf-8")
    assert "30 of 30 in holdout/ (no splits)" in text
    assert "holdout/ 共 30 张（未划分），取 30 张" in text


def test_classes_are_matched_by_name(run, tmp_path):
    root = tmp_path / "some"
    paint(root / "RED", "red", 4)
    paint(root / "Blue_Ant", "blue ant", 5)
    figures = evaluated(run, root)
    support = {c["name"]: c["support"] for c in figures["classes"]}
    assert support == {"blue ant": 5, "green": 0, "red": 4}
    shown = CliRunner().invoke(app, ["evaluate", str(run), str(root)]).stdout
    assert "2 of the model's 3 have images" in shown
    whole = {p.top[0].label for p in convscope.open(run).predict([*map(str, root.rglob("*.png"))])}
    assert figures["accuracy"] in (0, 4 / 9, 5 / 9, 1) or len(whole) > 1


def test_one_class_is_enough(run, tmp_path):
    paint(tmp_path / "one" / "red", "red", 3)
    (tmp_path / "one" / "green").mkdir()
    assert evaluated(run, tmp_path / "one")["num_samples"] == 3


def test_labels_follow_the_names(run, tmp_path):
    """The same images under other orders of the classes give the same figures."""
    torch.manual_seed(0)
    for place, names in (("a", CLASSES), ("b", ("Blue-Ant", "GREEN", "a red"))):
        for label, name in zip(CLASSES[:2], names[:2], strict=True):
            np.random.seed(CLASSES.index(label))
            paint(tmp_path / place / name, label, 4)
    one, two = (evaluated(run, tmp_path / place) for place in ("a", "b"))
    assert one["confusion"] == two["confusion"]


def test_unknown_classes_are_named(run, tmp_path):
    paint(tmp_path / "more" / "red", "red", 3)
    paint(tmp_path / "more" / "zebra", "red", 2)
    with pytest.raises(InputError, match=r"2 of 5 images .* zebra \(2\)") as caught:
        evaluated(run, tmp_path / "more")
    assert "blue ant, green, red" in caught.value.expected


def test_grey_photos_are_decoded_for_a_colour_model(run, tmp_path):
    for label in CLASSES:
        paint(tmp_path / "grey" / label, label, 2, grey=True)
    assert evaluated(run, tmp_path / "grey")["num_samples"] == 6


def test_an_unknown_split_is_refused(run, photos):
    with pytest.raises(ConvscopeError, match="no split named 'holdout'"):
        evaluated(run, photos, "--split", "holdout")


def test_predict_and_look_use_the_same_rule(run, holdout, photos):
    def rows(*arguments):
        done = CliRunner().invoke(app, ["predict", str(run), *map(str, arguments), "--json"])
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    assert len(rows(holdout)) == 30
    assert [row["source"] for row in rows(photos, "--split", "test")] == [
        row["source"] for row in rows(photos / "test")
    ]
    inputs = convscope.open(run).visual_inputs(data=holdout)
    assert len(inputs.split) == 30
    assert len(convscope.open(run).visual_inputs(data=photos).split) == 18
