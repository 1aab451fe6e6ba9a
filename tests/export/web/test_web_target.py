"""`export --to web`: folder and file, what is replaced and what is kept, words for what fails."""

import base64
import errno
import json
import os
import re

import pytest

from convscope.errors import FormatError, InputError, StorageError
from convscope.export import Options, check_request
from convscope.export.web import page, target
from convscope.export.web.manifest import Manifest
from convscope.model import Model
from convscope.network import ModelFile
from convscope.network.model_file import Card

from .pages import HTML, digits, joined


@pytest.fixture
def quick(fake_page, monkeypatch):
    """Exports without the process that verifies."""
    monkeypatch.setattr(target, "require_agreement", lambda *_: None)


def names(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_the_folder_holds_page_model_and_samples_and_is_verified(fake_page, tmp_path):
    written = joined().export("web", tmp_path / "out")
    found = names(tmp_path / "out")
    assert found[:4] == [
        *("assets/page-1a2b.js", "index.html", "model/model.json", "model/model.onnx"),
    ]
    manifest = json.loads((tmp_path / "out/model/model.json").read_text(encoding="utf-8"))
    samples = [sample["file"] for sample in manifest["samples"]]
    assert found[4:] == sorted(f"model/{file}" for file in samples)
    assert len(samples) >= 4
    assert manifest["onnx"]["bytes"] == (tmp_path / "out/model/model.onnx").stat().st_size
    assert written.size_bytes == sum((tmp_path / "out" / name).stat().st_size for name in found)
    assert not list(tmp_path.glob("*.tmp-*"))


def test_a_file_that_disagrees_leaves_no_folder(fake_page, tmp_path, monkeypatch):
    def refuse(*_):
        raise FormatError("not written: the outputs differ")

    monkeypatch.setattr(target, "require_agreement", refuse)
    with pytest.raises(FormatError, match="outputs differ"):
        joined().export("web", tmp_path / "out")
    assert os.listdir(tmp_path) == ["page"]


@pytest.mark.usefixtures("quick")
def test_a_single_file_holds_what_the_folder_holds(tmp_path):
    model = joined()
    model.export("web", tmp_path / "out")
    model.export("web", tmp_path / "out.html", single_file=True)
    text = (tmp_path / "out.html").read_text(encoding="utf-8")
    element = r'<script type="application/json" id="files">(.*?)</script></body></html>$'
    found = re.search(element, text)
    assert text.replace(found[0], "</body></html>") == HTML
    inside = {name: base64.b64decode(each) for name, each in json.loads(found[1]).items()}
    outside = {
        name.removeprefix("model/"): (tmp_path / "out" / name).read_bytes()
        for name in names(tmp_path / "out")
        if name.startswith("model/")
    }
    assert inside == outside
    assert not list(tmp_path.glob("*.tmp-*"))


@pytest.mark.usefixtures("quick")
def test_hostile_labels_are_data(tmp_path):
    hostile = (
        "</script><script>alert(1)</script>",
        '<img src=x onerror="a">',
        "\u2028 ‮",
        "猫" * 80,
    )
    file = joined().file()
    card = Card(**{**dict(file.card), "labels": hostile})
    model = Model(ModelFile(card, file.weights, file.fitted))
    model.export("web", tmp_path / "out")
    model.export("web", tmp_path / "out.html", single_file=True)
    text = (tmp_path / "out/model/model.json").read_text(encoding="utf-8")
    assert Manifest.model_validate_json(text).labels == hostile
    page_text = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert "alert" not in page_text
    assert "img" not in page_text


@pytest.mark.usefixtures("quick")
def test_an_export_is_kept_unless_it_may_be_replaced(tmp_path):
    out = tmp_path / "out"
    joined().export("web", out)
    before = (out / "model/model.onnx").read_bytes()
    with pytest.raises(StorageError, match="already exists"):
        digits().export("web", out, training=False)
    assert (out / "model/model.onnx").read_bytes() == before
    digits().export("web", out, training=False, overwrite=True)
    assert json.loads((out / "model/model.json").read_text())["name"] == "lenet5"
    assert not list(tmp_path.glob("*.tmp-*"))


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("other", ["notes.txt", "index.html", "model/model.json"])
def test_a_folder_with_other_files_is_never_replaced(tmp_path, other):
    out = tmp_path / "out"
    (out / other).parent.mkdir(parents=True)
    (out / other).write_text('{"format": 2}')
    with pytest.raises(StorageError, match="holds other files"):
        joined().export("web", out, overwrite=True)
    assert names(out) == [other]


@pytest.mark.usefixtures("quick")
def test_an_empty_folder_and_a_link_to_one_are_filled(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "out")
    joined().export("web", tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "out" / "index.html").is_file()


@pytest.mark.usefixtures("quick")
def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch):
    out = tmp_path / "out"
    joined().export("web", out)

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(target.Path, "write_bytes", full)
    with pytest.raises(StorageError, match="no space left"):
        digits().export("web", out, training=False, overwrite=True)
    assert json.loads((out / "model/model.json").read_text())["name"] == "joined"
    assert not list(tmp_path.glob("*.tmp-*"))


@pytest.mark.usefixtures("quick")
def test_a_rename_that_fails_puts_the_old_export_back(tmp_path, monkeypatch):
    out = tmp_path / "out"
    joined().export("web", out)
    rename = target.Path.rename

    def fails(self, goal):
        file = self / "model/model.json"
        if goal == out.resolve() and json.loads(file.read_text())["name"] == "lenet5":
            raise OSError(errno.EIO, "Input/output error")
        return rename(self, goal)

    monkeypatch.setattr(target.Path, "rename", fails)
    with pytest.raises(StorageError, match="input/output error"):
        digits().export("web", out, training=False, overwrite=True)
    assert json.loads((out / "model/model.json").read_text())["name"] == "joined"
    assert not list(tmp_path.glob("*.tmp-*"))


@pytest.mark.parametrize("single", [False, True])
def test_an_installation_without_the_page_says_how_to_build_it(tmp_path, monkeypatch, single):
    monkeypatch.setattr(page, "FOLDER", tmp_path / "absent")
    with pytest.raises(InputError, match="no page") as caught:
        joined().export(
            "web", tmp_path / "o.html" if single else tmp_path / "o", single_file=single
        )
    assert "make web" in caught.value.fix


@pytest.mark.usefixtures("quick")
def test_names_that_do_not_fit_the_form(tmp_path):
    with pytest.raises(InputError, match="HTML file") as caught:
        joined().export("web", tmp_path / "out.html")
    assert "--single-file" in caught.value.fix
    with pytest.raises(InputError, match="no ending"):
        joined().export("web", tmp_path / "out", single_file=True)


@pytest.mark.usefixtures("quick")
def test_a_large_model_is_noted(tmp_path, monkeypatch):
    monkeypatch.setattr(target, "HOSTED_BYTES", 1000)
    written = joined().export("web", tmp_path / "out")
    assert any("some hosts of static files refuse" in note for note in written.notes)


@pytest.mark.usefixtures("quick")
def test_options_and_outputs_are_checked_before_any_work(tmp_path):
    for option in ({"single_file": True}, {"training": False}):
        with pytest.raises(InputError, match="no option of the target onnx") as caught:
            check_request("onnx", tmp_path / "a.onnx", Options(**option))
        assert "--to web" in caught.value.fix
    with pytest.raises(InputError, match="needs an output") as caught:
        check_request("web", None)
    assert "-o FOLDER" in caught.value.fix
    with pytest.raises(InputError, match="needs an output") as caught:
        check_request("web", None, Options(single_file=True))
    assert "-o FILE.html" in caught.value.fix
    with pytest.raises(StorageError, match="does not exist"):
        check_request("web", tmp_path / "absent" / "out")
