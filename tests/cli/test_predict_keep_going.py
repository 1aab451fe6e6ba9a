"""`predict --keep-going` and `--save-dir`: bad files cost no rows, and copies stay apart."""

import csv
import io
import json

import pytest
from PIL import Image
from typer.testing import CliRunner

import convscope
from convscope.cli import app
from convscope.cli.sorted_copies import SortedCopies, distinct_names
from convscope.errors import ConvscopeError, InputError, StorageError
from convscope.network import ModelFile, save_model
from convscope.opening import untrained


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "lenet5.safetensors"
    made = untrained(convscope.load("lenet5"))
    save_model(path, ModelFile(made.card, dict(made.network.state_dict())))
    return path


@pytest.fixture
def inbox(tmp_path):
    """Four images, a broken one and an empty one, sorted between them."""
    folder = tmp_path / "inbox"
    (folder / "more").mkdir(parents=True)
    for name, grey in (("a.png", 0), ("c.png", 80), ("e.png", 160), ("more/a.png", 240)):
        Image.new("L", (28, 28), grey).save(folder / name)
    (folder / "b.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    (folder / "d.jpg").write_bytes(b"")
    return folder


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_every_format_has_a_row_for_a_bad_file(model, inbox):
    done = {
        form: run("predict", model, inbox, "--keep-going", "--format", form)
        for form in ("text", "json", "jsonl", "csv")
    }
    assert {result.exit_code for result in done.values()} == {1}
    assert all("2 of 6 images were not classified" in r.stderr for r in done.values())
    rows = [json.loads(line) for line in done["jsonl"].stdout.splitlines()]
    assert json.loads(done["json"].stdout) == rows
    names = ["a.png", "b.png", "c.png", "d.jpg", "e.png", "more/a.png"]
    assert [row["source"] for row in rows] == [str(inbox / name) for name in names]
    assert [bool(row["answers"]) for row in rows] == [True, False, True, False, True, True]
    assert [bool(row.get("error")) for row in rows] == [False, True, False, True, False, False]
    table = list(csv.DictReader(io.StringIO(done["csv"].stdout, newline="")))
    assert {r["source"]: r["error"] for r in table if r["error"]} == {
        row["source"]: row["error"] for row in rows if "error" in row
    }
    assert len(table) == 4 * 5 + 2
    assert done["text"].stdout.count("  error: ") == 2


@pytest.mark.parametrize("form", ["text", "json", "jsonl", "csv"])
def test_without_it_the_rows_before_are_kept(model, inbox, form):
    done = run("predict", model, inbox, "--format", form)
    assert isinstance(done.exception, ConvscopeError)
    assert "b.png" in str(done.exception)
    assert "1 image was classified before the error" in done.stderr
    assert str(inbox / "a.png") in done.stdout
    assert str(inbox / "c.png") not in done.stdout
    if form == "json":
        assert len(json.loads(done.stdout)) == 1


def test_a_name_that_is_no_file_is_a_row_too(model, inbox):
    long = "x" * 300 + ".png"
    done = run("predict", model, inbox / "a.png", long, "gone.png", "--keep-going", "--json")
    assert done.exit_code == 1
    assert [bool(row.get("error")) for row in json.loads(done.stdout)] == [False, True, True]


def test_copies_are_sorted_by_class(model, inbox, tmp_path):
    out = tmp_path / "sorted"
    rows = run("predict", model, inbox, "--keep-going", "--json", "--save-dir", out)
    best = {
        row["source"]: row["answers"][0]["label"]
        for row in json.loads(rows.stdout)
        if row["answers"]
    }
    copies = {path.read_bytes(): path for path in out.rglob("*.*")}
    assert len(copies) == 4
    for source, label in best.items():
        with open(source, "rb") as file:
            assert copies[file.read()].parent.name == label
    again = run("predict", model, inbox / "a.png", "--save-dir", out)
    assert isinstance(again.exception, StorageError)
    assert run("predict", model, inbox / "a.png", "--save-dir", out, "--force").exit_code == 0
    assert len(list(out.rglob("*.*"))) == 4


def test_a_folder_inside_the_images_is_refused(model, inbox):
    done = run("predict", model, inbox, "--save-dir", inbox / "sorted")
    assert isinstance(done.exception, InputError)
    assert not (inbox / "sorted").exists()


def test_names_of_copies_never_collide(tmp_path):
    for place in ("a", "b", "c"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "1.PNG").write_text(place)
    copies = SortedCopies(tmp_path / "out", ["cat"], sources=[], overwrite=False)
    paths = [copies.write(tmp_path / place / "1.PNG", "cat") for place in ("a", "b", "c")]
    assert [path.name for path in paths] == ["1.PNG", "1-2.PNG", "1-3.PNG"]
    assert [path.read_text() for path in paths] == ["a", "b", "c"]


def test_labels_become_one_name_each():
    labels = [
        "../../etc",
        "..",
        ".",
        "",
        "a/b",
        "a\\b",
        "a_b",
        "Cat",
        "cat",
        "x" * 300,
        "\x1b[31m",
        "猫",
    ]
    names = distinct_names(labels)
    assert len({name.casefold() for name in names}) == len(labels)
    for name in names:
        assert name
        assert not set(name) & set('/\\\x1b:*?"<>|')
        assert not name.startswith(".")
        assert len(name.encode()) < 255
    assert names[-1] == "猫"
