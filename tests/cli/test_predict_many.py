"""`predict` on folders and shards, in every form and on several processes; `evaluate --crops`."""

import csv
import io
import json
import threading

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

import convscope
from convscope.arch import Architecture, Chain
from convscope.cli import app, predict
from convscope.data import open as open_data
from convscope.data import write_shards
from convscope.errors import ConvscopeError, InputError
from convscope.layers import CenterCrop, Conv2d, Flatten, GlobalAvgPool2d, Linear, Normalize, Resize
from convscope.network import Card, ModelFile, build, save_model
from convscope.shapes import CHW

CLASSES = ("blue", "green", "red")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Answers with the colour that an image has most of."""
    architecture = Architecture(
        name="colours",
        input=CHW(3, 8, 8),
        num_classes=3,
        block=Chain(conv=Conv2d(3, 1), pool=GlobalAvgPool2d(), flatten=Flatten(), fc=Linear(3)),
    )
    network = build(architecture)
    weights = {name: torch.zeros_like(value) for name, value in network.state_dict().items()}
    weights["conv.weight"][[2, 1, 0], [0, 1, 2]] = 1.0
    weights["fc.weight"] = torch.eye(3) * 9
    card = Card(
        architecture=architecture,
        labels=CLASSES,
        preprocessing=Chain(
            resize=Resize(12), crop=CenterCrop(8), normalise=Normalize((0.5,) * 3, (0.3,) * 3)
        ),
    )
    path = tmp_path_factory.mktemp("model") / "colours.safetensors"
    save_model(path, ModelFile(card, weights))
    return path


def picture(label, number):
    """A noisy image of one colour, of a size of its own."""
    random = np.random.RandomState(number)
    pixels = random.randint(60, size=(70 + number, 90, 3), dtype=np.uint8)
    pixels[:, :, 2 - CLASSES.index(label)] += 150
    return Image.fromarray(pixels)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three splits of three classes, with the litter that folders have."""
    root = tmp_path_factory.mktemp("photos")
    for split, each in (("train", 4), ("val", 2), ("test", 3)):
        for label in CLASSES:
            place = root / split / label
            place.mkdir(parents=True)
            for number in range(each):
                picture(label, number).save(place / f"{number}.png")
    (root / "test" / ".hidden").mkdir()
    (root / "test" / ".hidden" / "x.png").write_bytes(b"not an image")
    (root / "test" / "red" / "._1.png").write_bytes(b"not an image")
    (root / "test" / "red" / "notes.txt").write_text("hello")
    return root


@pytest.fixture(scope="module")
def shards(folder, tmp_path_factory):
    place = tmp_path_factory.mktemp("shards") / "colours"
    write_shards(open_data(folder), place)
    return place


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def names(folder):
    return [str(folder / "test" / c / f"{n}.png") for c in CLASSES for n in range(3)]


def test_a_folder_stands_for_the_images_below_it(model, folder):
    done = run("predict", model, folder / "test", "--format", "jsonl", "--topk", 2)
    assert done.exit_code == 0, done.output
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["source"] for row in rows] == names(folder)
    assert [row["answers"][0]["label"] for row in rows] == [c for c in CLASSES for _ in range(3)]
    assert {len(row["answers"]) for row in rows} == {2}


def test_every_form_says_the_same(model, folder):
    forms = {
        form: run("predict", model, folder / "test", "--format", form) for form in predict.Format
    }
    assert {done.exit_code for done in forms.values()} == {0}
    rows = [json.loads(line) for line in forms["jsonl"].stdout.splitlines()]
    assert json.loads(forms["json"].stdout) == rows
    assert json.loads(run("predict", model, folder / "test", "--json").stdout) == rows
    table = list(csv.DictReader(io.StringIO(forms["csv"].stdout, newline="")))
    flat = [
        (row["source"], str(number), answer["label"], answer["probability"])
        for row in rows
        for number, answer in enumerate(row["answers"], start=1)
    ]
    assert [(r["source"], r["rank"], r["label"], float(r["probability"])) for r in table] == flat
    for row in rows:
        assert row["source"] in forms["text"].stdout


def test_shards_are_answered_as_their_folder(model, folder, shards):
    done = run("predict", model, shards, "--format", "jsonl", "--split", "test")
    assert done.exit_code == 0, done.output
    found = [json.loads(line) for line in done.stdout.splitlines()]
    expected = [
        json.loads(line)
        for line in run("predict", model, folder / "test", "--format", "jsonl").stdout.splitlines()
    ]
    # shards hold the images of a split in an order of their own
    assert len({row["source"] for row in found}) == 9
    assert all(".tar" in row["source"] for row in found)
    shares = [sorted((a["label"], round(a["probability"], 6)) for a in r["answers"]) for r in found]
    others = [
        sorted((a["label"], round(a["probability"], 6)) for a in r["answers"]) for r in expected
    ]
    assert sorted(shares) == sorted(others)
    train = run("predict", model, shards, "--format", "jsonl", "--split", "train")
    assert len(train.stdout.splitlines()) == 12
    whole = run("predict", model, shards, "--format", "jsonl")
    assert len(whole.stdout.splitlines()) == 27


def test_the_batch_size_changes_no_answer(model, folder):
    found = convscope.open(model)
    one = list(found.stream(names(folder), batch_size=1))
    for batch_size in (2, 4, 100):
        more = list(found.stream(names(folder), batch_size=batch_size))
        assert [p.source for p in more] == [p.source for p in one]
        for a, b in zip(one, more, strict=True):
            assert a.top[0].probability == pytest.approx(b.top[0].probability, abs=1e-6)


def test_images_are_read_when_their_turn_comes(model, folder):
    read = []

    def given():
        for name in names(folder):
            read.append(name)
            yield name

    predictions = convscope.open(model).stream(given(), batch_size=2)
    assert read == []
    next(predictions)
    assert len(read) == 3
    assert len(list(predictions)) == 8


def test_what_came_before_a_damaged_image_is_answered(model, folder, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"hello")
    predictions = convscope.open(model).stream([*names(folder)[:3], broken, names(folder)[4]])
    assert len([next(predictions) for _ in range(3)]) == 3
    with pytest.raises(ConvscopeError, match="broken"):
        next(predictions)


@pytest.mark.parametrize("option", [{"topk": 0}, {"batch_size": 0}, {"batch_size": -1}])
def test_numbers_that_cannot_be(model, option):
    with pytest.raises(InputError, match=next(iter(option))):
        convscope.open(model).stream([], **option)


def test_a_folder_without_images(model, tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    done = run("predict", model, tmp_path)
    assert isinstance(done.exception, InputError)
    assert "holds no image" in str(done.exception)
    assert run("predict", model, tmp_path, "--json").stdout == ""


def test_names_that_would_move_the_cursor(model, folder, tmp_path):
    path = tmp_path / "a\x1b[2J\n.png"
    path.write_bytes((folder / "test" / "red" / "0.png").read_bytes())
    for form in predict.Format:
        assert "\x1b" not in run("predict", model, path, "--format", form).stdout


# --- on several processes


class ThreadGroups:
    """Groups of threads that gather as processes do."""

    def __init__(self, world_size):
        self.world_size = world_size
        self.barrier = threading.Barrier(world_size)
        self.values = [None] * world_size

    def group(self, rank):
        outer = self

        class Group:
            world_size = outer.world_size

            def all_gather(self, value):
                outer.values[rank] = value
                outer.barrier.wait(300)
                found = list(outer.values)
                outer.barrier.wait(300)
                return found

        return Group()


@pytest.mark.parametrize("world_size", [1, 2, 3])
@pytest.mark.parametrize("count", [0, 1, 5, 6, 7, 8, 12, 13, 40])
def test_predictions_come_in_the_order_of_the_images(monkeypatch, world_size, count):
    monkeypatch.setattr(predict, "BLOCK", 2)
    groups = ThreadGroups(world_size)
    found = [[] for _ in range(world_size)]

    def work(rank):
        mine = iter(range(rank, count, world_size))
        found[rank] += predict._in_order(mine, groups.group(rank))

    threads = [threading.Thread(target=work, args=(rank,)) for rank in range(world_size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    assert found == [list(range(count))] * world_size


@pytest.mark.slow
def test_two_processes_answer_as_one(model, folder, shards):
    import subprocess
    import sys

    def ranks(*arguments):
        done = subprocess.run(
            [
                *(sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"),
                *("--master-port", "0", "--rdzv-backend", "c10d", "--rdzv-endpoint", "127.0.0.1:0"),
                *("-m", "convscope", *map(str, arguments)),
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    predicting = ("predict", model, shards, "--format", "jsonl", "--batch-size", 1)
    assert ranks(*predicting) == run(*predicting).stdout
    for crops in ("single", "ten"):
        measuring = ("evaluate", model, folder, "--json", "--crops", crops, "--batch-size", 1)
        assert ranks(*measuring) == run(*measuring).stdout


# --- evaluate


@pytest.mark.parametrize("crops", ["single", "ten", "multi_scale", "googlenet144"])
def test_evaluate_with_crops(model, folder, crops):
    done = run("evaluate", model, folder, "--crops", crops, "--json", "--split", "test")
    assert done.exit_code == 0, done.output
    figures = json.loads(done.stdout)
    assert (figures["num_samples"], figures["accuracy"]) == (9, 1.0)
    shown = run("evaluate", model, folder, "--crops", crops)
    assert shown.exit_code == 0
    assert (crops in shown.stdout) == (crops != "single")


def test_scales(model, folder):
    default = run("evaluate", model, folder, "--crops", "multi_scale", "--json").stdout
    same = ("evaluate", model, folder, "--crops", "multi_scale", "--json", "--scales")
    default = json.loads(default) | {"crops": "multi_scale (8, 9, 14, 17, 23)"}
    assert json.loads(run(*same, "8,9,14,17,23").stdout) == default
    assert json.loads(run(*same, "12").stdout)["cross_entropy"] != default["cross_entropy"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--crops", "tne"], "did you mean ten"),
        (["--crops", "ten", "--scales", "256"], "multi_scale"),
        (["--crops", "multi_scale", "--scales", "256,"], "256,"),
        (["--crops", "multi_scale", "--scales", "0"], "--scales 0"),
        (["--crops", "multi_scale", "--scales", "99999"], "4096"),
        (["--crops", "multi_scale", "--scales", ",".join(["9"] * 65)], "65 scales"),
        (["--device", "cuda:99"], "not available"),
        (["--device", "meta"], "not available"),
    ],
)
def test_options_that_cannot_be(model, folder, options, said):
    done = run("evaluate", model, folder, *options)
    assert isinstance(done.exception, InputError), done.output
    assert said in str(done.exception)


@pytest.mark.parametrize("size", [(1, 6000), (6000, 1), (2, 16000)])
def test_slivers_are_refused_before_they_take_gigabytes(model, tmp_path, size):
    path = tmp_path / "sliver.png"
    Image.new("RGB", size).save(path)
    with pytest.raises(InputError, match="would be resized") as caught:
        convscope.open(model).predict(path)
    assert caught.value.where == str(path)
    ordinary = np.zeros((30, 6000, 3), np.uint8)
    assert convscope.open(model).predict(ordinary)


def test_linked_folders_are_read_once_and_system_folders_not(model, tmp_path):
    for name in ("inbox/deep", "elsewhere", "inbox/@eaDir/1.jpg"):
        (tmp_path / name).mkdir(parents=True)
        picture("red", 1).save(tmp_path / name / "1.png")
    (tmp_path / "inbox/link").symlink_to("../elsewhere")
    (tmp_path / "inbox/again").symlink_to("deep")
    (tmp_path / "inbox/deep/up").symlink_to("..")
    (tmp_path / "inbox/index.json").write_text("{}")  # no shards
    (tmp_path / "inbox/notes.heif8").write_text("")
    result = CliRunner().invoke(app, ["predict", str(model), str(tmp_path / "inbox"), "--json"])
    assert result.exit_code == 0, result.stderr
    names = [row["source"].partition("inbox/")[2] for row in json.loads(result.stdout)]
    assert names == ["deep/1.png", "link/1.png"]
    assert "2 linked folders read elsewhere: ignored" in result.stderr
    assert "2 of 4 files in" in result.stderr
