"""`convscope data check`, `pack` and `show`: output, files, errors and exit codes."""

import io
import json
import os
import subprocess
import sys

import numpy as np
import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

import convscope.data
from convscope.cli.data import data_app
from convscope.errors import DataError, InputError, StorageError
from convscope.io.photos.probe import probe

app = typer.Typer()
app.add_typer(data_app, name="data")
checking = sys.modules[convscope.data.check.__module__]


def run(*arguments):
    return CliRunner().invoke(app, ["data", *map(str, arguments)])


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch):
    """Processes of their own are tested in tests/data/test_check_workers.py."""

    def probed(references, **_options):
        return enumerate(map(probe, references))

    monkeypatch.setattr(checking, "probe_all", probed)


def jpeg(seed, size=(80, 70)):
    random = np.random.RandomState(seed)
    coarse = Image.fromarray(random.randint(256, size=(5, 6, 3), dtype=np.uint8))
    stream = io.BytesIO()
    coarse.resize(size, Image.Resampling.BICUBIC).save(stream, "JPEG", quality=90)
    return stream.getvalue()


@pytest.fixture
def pets(tmp_path):
    root = tmp_path / "pets"
    for n, (split, num) in enumerate((("train", 12), ("val", 2), ("test", 2))):
        for m, label in enumerate(("cat", "猫")):
            (root / split / label).mkdir(parents=True)
            for i in range(num):
                size = (80 + i, 70)  # of sizes of their own: photos
                data = jpeg(1000 * n + 100 * m + i, size)
                (root / split / label / f"{i}.jpg").write_bytes(data)
    return root


def size_of(path):
    with Image.open(path) as image:
        image.load()
        assert image.format == "PNG"
        return image.size


# --- check


def test_a_clean_folder(pets):
    found = run("check", pets)
    assert (found.exit_code, found.stderr) == (0, "")
    lines = found.stdout.splitlines()
    assert lines[0] == "pets"
    assert [line.split() for line in lines[1:5]] == [
        ["class", "train", "val", "test"],
        ["cat", "12", "2", "2"],
        ["猫", "12", "2", "2"],
        ["total:", "2", "classes", "24", "4", "4"],
    ]
    assert lines[-1] == "no problems found"


def test_an_error_is_exit_code_1(pets):
    (pets / "train/cat/new.jpg").write_bytes(b"")
    (pets / "train/cat/.DS_Store").write_bytes(b"")
    found = run("check", pets)
    assert found.exit_code == 1
    assert "error empty: empty files (1)\n    train/cat/new.jpg: 0 bytes\n  fix: " in found.stdout
    assert "note skipped: " in found.stdout
    assert found.stdout.index("error empty") < found.stdout.index("note skipped")
    assert "not ready for training: 1 error, 1 note" in found.stdout


def test_names_are_printed_safely(pets):
    name = os.fsdecode(b"\x1b[2J\x1b]0;pwned\x07[red]\xff.jpg")
    (pets / "train/cat" / name).write_bytes(b"")
    found = run("check", pets)
    assert "\x1b" not in found.stdout
    assert "\x07" not in found.stdout
    assert r"train/cat/\x1b[2J\x1b]0;pwned\x07[red]\xff.jpg: 0 bytes" in found.stdout


def test_only_some_places_are_printed_and_all_are_in_the_json(pets):
    for i in range(9):
        (pets / f"train/cat/new{i}.jpg").write_bytes(b"")
    assert "... 4 more; --json has all" in run("check", pets).stdout
    found = run("check", pets, "--json")
    assert found.exit_code == 1
    (empty,) = json.loads(found.stdout)["findings"]
    assert [place["paths"] for place in empty["places"]] == [
        [f"train/cat/new{i}.jpg"] for i in range(9)
    ]


def test_many_classes_are_shortened(tmp_path):
    for i in range(60):
        for j in range(2):
            path = tmp_path / f"set/class{i:02}/{j}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(jpeg(10 * i + j))
    found = run("check", tmp_path / "set")
    assert "... 20 more classes; --json has all" in found.stdout
    assert found.stdout.count("class") < 60
    assert len(json.loads(run("check", tmp_path / "set", "--json").stdout)["counts"]["all"]) == 60


def test_a_sheet(pets, tmp_path):
    (pets / "train/cat/new.jpg").write_bytes(b"")
    found = run("check", pets, "--output", tmp_path / "sheet.png")
    assert found.exit_code == 1  # written all the same
    width, height = size_of(tmp_path / "sheet.png")
    assert width > 150 + 8 * 96
    assert height > 2 * 96


def test_a_sheet_shows_images_on_the_chosen_background(tmp_path):
    white_ink = np.full((40, 40, 4), 255, np.uint8)
    white_ink[:10, :, 3] = 0
    for label in ("cat", "dog"):
        (tmp_path / "icons" / label).mkdir(parents=True)
        for i in range(4):
            name = tmp_path / "icons" / label / f"{i}.png"
            Image.fromarray(np.roll(white_ink, i, 0)).save(name)
    black = {}
    for background in ("white", "black"):
        out = tmp_path / f"{background}.png"
        run("check", tmp_path / "icons", "--background", background, "--output", out)
        pixels = np.asarray(Image.open(out).convert("RGB"))
        black[background] = int((pixels == 0).all(2).sum())
    assert black["black"] > black["white"] + 8 * 10 * 40
    flat = run("check", tmp_path / "icons", "--json").stdout
    assert "alpha_blank" in flat
    assert '"flat"' not in flat


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("sheet.jpg", InputError, "ends in .png"),
        ("there.png", StorageError, "--force"),
        ("nowhere/sheet.png", StorageError, "does not exist"),
    ],
)
@pytest.mark.parametrize("verb", [("check", "--output"), ("show", "-o")])
def test_the_output_of_a_sheet_is_checked_first(pets, tmp_path, verb, name, kind, said):
    (tmp_path / "there.png").write_bytes(b"mine")
    found = run(verb[0], pets, verb[1], tmp_path / name)
    assert isinstance(found.exception, kind)
    assert said in str(found.exception)
    assert (tmp_path / "there.png").read_bytes() == b"mine"
    assert found.stdout == ""


def test_a_name_or_a_folder(tmp_path):
    assert isinstance(run("check", "mnits").exception, InputError)
    assert "did you mean mnist" in str(run("check", "mnits").exception)
    assert isinstance(run("check", tmp_path / "none").exception, InputError | DataError)


def test_shards_are_checked_too(pets, tmp_path):
    data = (pets / "train/cat/0.jpg").read_bytes()
    (pets / "test/cat/again.jpg").write_bytes(data)
    assert run("pack", pets, "-o", tmp_path / "shards").exit_code == 0
    found = run("check", tmp_path / "shards", "--output", tmp_path / "sheet.png")
    assert found.exit_code == 1
    assert "error leak: " in found.stdout
    assert "train-000000.tar:" in found.stdout
    assert size_of(tmp_path / "sheet.png")


def test_changed_shards_without_a_test_split(tmp_path):
    for label in ("cat", "dog"):
        for i in range(12):
            path = tmp_path / f"set/train/{label}/{i}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(jpeg(ord(label[0]) * 100 + i))
    assert run("pack", tmp_path / "set", "-o", tmp_path / "shards").exit_code == 0
    shard = tmp_path / "shards" / "train-000000.tar"
    data = bytearray(shard.read_bytes())
    data[600] ^= 1  # of the first image
    shard.write_bytes(data)
    found = run("check", tmp_path / "shards")
    assert found.exit_code == 1
    assert "error unreadable: " in found.stdout
    assert "train-000000.tar:00000000.jpg: " in found.stdout
    assert found.stdout.splitlines()[1].split() == ["class", "train", "val"]


# --- pack


def test_pack(pets, tmp_path):
    found = run("pack", pets, "-o", tmp_path / "shards")
    assert found.exit_code == 0
    assert found.stdout.splitlines()[0].startswith("train        24 images  1 shard, ")
    assert found.stdout.splitlines()[-1] == f"written to {tmp_path / 'shards'}"
    opened = convscope.data.open(tmp_path / "shards")
    assert opened.classes == ("cat", "猫")
    assert len(opened.split("train")) == 24
    again = run("pack", pets, "-o", tmp_path / "shards")
    assert isinstance(again.exception, StorageError)
    assert "the folder is not empty" in str(again.exception)


def test_pack_as_json(pets, tmp_path):
    told = json.loads(
        run("pack", pets, "-o", tmp_path / "s", "--shard-images", 10, "--json").stdout
    )
    sizes = {split: (told["splits"][split][k]) for split in told["splits"] for k in ("images",)}
    assert sizes == {"train": 24, "val": 4, "test": 4}
    assert told["splits"]["train"]["shards"] == 3
    files = sum(p.stat().st_size for p in (tmp_path / "s").glob("*.tar"))
    assert sum(split["bytes"] for split in told["splits"].values()) == files


# --- show


@pytest.mark.parametrize("recipe", [None, "photos", "googlenet_imagenet"])
def test_show_photos(pets, tmp_path, recipe):
    given = ["--recipe", recipe] if recipe else []
    found = run("show", pets, "--num", 3, *given, "-o", tmp_path / "x.png")
    assert (found.exit_code, found.stdout) == (0, ""), found.exception
    assert found.stderr == f"written to {tmp_path / 'x.png'}\n"
    assert size_of(tmp_path / "x.png")[1] > (600 if given else 200)


def test_show_depends_on_the_seed(tmp_path):
    drawn = {}
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        out = tmp_path / f"{name}.png"
        arguments = ("--num", 2, "--recipe", "lenet5_mnist", "--seed", seed, "--split", "test")
        assert run("show", "mnist", *arguments, "-o", out).exit_code == 0
        drawn[name] = out.read_bytes()
    assert drawn["a"] == drawn["b"]
    assert drawn["a"] != drawn["c"]


def test_show_as_json_and_force(pets, tmp_path):
    (tmp_path / "x.png").write_bytes(b"old")
    found = run("show", pets, "-o", tmp_path / "x.png", "--force", "--json", "--split", "val")
    assert json.loads(found.stdout) == {
        "name": "pets",
        "split": "val",
        "recipe": None,
        "file": str(tmp_path / "x.png"),
    }
    assert size_of(tmp_path / "x.png")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--recipe", "nonsense"], "no recipe named"),
        (["--split", "nonsense"], "no split named"),
    ],
)
def test_show_errors(pets, tmp_path, arguments, said):
    found = run("show", pets, *arguments, "-o", tmp_path / "x.png")
    assert isinstance(found.exception, InputError)
    assert said in str(found.exception)
    assert not (tmp_path / "x.png").exists()


@pytest.mark.parametrize("arguments", [["check"], ["pack", "mnist"], ["show", "mnist"]])
def test_usage(arguments):
    assert run(*arguments).exit_code == 2


def test_nothing_heavy_is_loaded_before_it_is_needed():
    code = (
        "import convscope.cli.data, sys\n"
        "print([n for n in ('torch', 'numpy', 'PIL', 'convscope.data') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=600
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
