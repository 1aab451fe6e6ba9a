"""Commands on tables, arrays and shards of other programs."""

import io
import json
import tarfile

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import convscope.data
from convscope.cli import app


def run(*arguments, code=0):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result


def picture(number, label):
    pixels = np.random.RandomState(number).randint(60, size=(32, 32), dtype=np.uint8)
    pixels[8 * label : 8 * label + 8] += 180
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
def table(tmp_path):
    (tmp_path / "zoo" / "images").mkdir(parents=True)
    rows = ["id,label"]
    for number in range(30):
        label = number % 3
        (tmp_path / "zoo" / "images" / f"{number}.png").write_bytes(picture(number, label))
        rows.append(f"{number},{label}")
    (tmp_path / "zoo" / "labels.csv").write_text("\n".join(rows))
    (tmp_path / "names.txt").write_text("ant\nbee\n猫\n", "utf-8")
    return tmp_path / "zoo" / "labels.csv"


@pytest.fixture
def arrays(tmp_path):
    labels = np.arange(30) % 3
    images = np.stack([np.asarray(Image.open(io.BytesIO(picture(n, n % 3)))) for n in range(30)])
    np.savez(tmp_path / "zoo.npz", x=images, y=labels)
    (tmp_path / "names.txt").write_text("ant\nbee\n猫\n", "utf-8")
    return tmp_path / "zoo.npz"


@pytest.mark.parametrize("kind", ["table", "arrays"])
def test_train_resume_evaluate_check_show_and_pack(kind, tmp_path, request):
    data = request.getfixturevalue(kind)
    names = ("--class-names", tmp_path / "names.txt")
    out = tmp_path / "run"
    run("train", "lenet5", data, *names, "--epochs", 1, "--set", "batch_size=6", "--output", out)
    record = json.loads((out / "data.json").read_text("utf-8"))
    assert record["classes"] == ["ant", "bee", "猫"]
    assert record["source"] == str(data)
    (tmp_path / "names.txt").write_text("other")  # the run holds the names themselves
    run("train", "--resume", out, "--epochs", 2)
    (tmp_path / "names.txt").write_text('["ant", "bee", "猫"]', "utf-8")
    assert "猫" in run("evaluate", out, data, *names).stdout
    report = json.loads(run("data", "check", data, *names, "--json").stdout)
    assert report["ok"] is True
    run("data", "show", data, *names, "-o", tmp_path / "sheet.png")
    run("data", "pack", data, *names, "-o", tmp_path / "shards")
    opened = convscope.data.open(tmp_path / "shards")
    assert opened.classes == ("ant", "bee", "猫")
    assert sum(len(opened.split(name)) for name in opened.splits) == 30


def test_indexing_our_own_shards_again_keeps_their_class_names(tmp_path):
    shards = convscope.sample("shards", tmp_path / "shards")
    before = convscope.data.open(shards)
    output = run("data", "index", shards).output
    assert "4 classes: fish, monument, tool, windmill (names of the index" in output
    after = convscope.data.open(shards)
    assert after.classes == before.classes == ("fish", "monument", "tool", "windmill")
    assert after.fingerprint() == before.fingerprint()


def test_names_of_an_index_are_not_kept_for_other_labels(tmp_path):
    shards = convscope.sample("shards", tmp_path / "shards")
    with tarfile.open(shards / "train-000001.tar", "w") as tar:
        for name, data in (("x.png", picture(1, 0)), ("x.cls", b"9")):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    run("data", "index", shards)
    assert convscope.data.open(shards).classes == ("0", "1", "2", "3", "9")


def test_index_shards_of_another_program(tmp_path):
    for split in ("train", "test"):
        (tmp_path / split).mkdir()
        with tarfile.open(tmp_path / split / "0.tar", "w") as tar:
            for number in range(12):
                label = b"%d" % (number % 3)
                for name, data in (("png", picture(number, number % 3)), ("cls", label)):
                    member = tarfile.TarInfo(f"s{number:04}.{name}")
                    member.size = len(data)
                    tar.addfile(member, io.BytesIO(data))
    (tmp_path / "classnames.txt").write_text("ant\nbee\ncow\n")
    shown = run("data", "index", tmp_path).stdout
    assert "3 classes: ant, bee, cow (from classnames.txt)" in shown
    assert "train        12 images  1 shard" in shown
    assert convscope.data.open(tmp_path).classes == ("ant", "bee", "cow")
    (tmp_path / "own.json").write_text('{"x": 0, "y": 1, "z": 2}')
    named = run("data", "index", tmp_path, "--class-names", tmp_path / "own.json", "--json").stdout
    assert json.loads(named)["classes"] == ["x", "y", "z"]
    run("data", "check", tmp_path, code=1)  # the same images in both splits: a leak
