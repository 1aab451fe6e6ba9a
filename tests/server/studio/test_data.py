"""Routes of data and evaluations; pictures are drawn in this process, without the worker."""

import base64
import io
import json
import shutil
import zipfile
from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image

import convscope
from convscope.data.corrections.identity import image_digest
from convscope.data.corrections.listing import read_corrections
from convscope.review.details import write_details
from convscope.server.studio.pictures import augment, numbers, tasks
from convscope.server.studio.routes.data import numbers_in


def silent(*_arguments):
    """Report nothing."""


class Direct:
    """Tasks of the worker in this process."""

    def __init__(self, worker):
        self.run_in_worker = worker.run

    async def run(self, name, args, _request=None):
        functions = {
            "data.augmentations": augment.describe,
            "data.augmented": augment.draw,
            "evaluate.summary": tasks.evaluation,
            "evaluate.images": tasks.evaluated,
        }
        function = functions.get(name) or getattr(tasks, name.partition(".")[2])
        result = function(json.loads(json.dumps(args)), silent)
        return result if isinstance(result, bytes) else json.dumps(result).encode()

    async def answer(self, name, args, request):
        from starlette.responses import Response

        return Response(await self.run(name, args, request), media_type="application/json")

    def close(self):
        """Nothing to end."""


@pytest.fixture
def studio(studio, digits):
    shutil.copytree(digits, studio.workspace.root / "digits")
    studio.jobs._at_once = {"training": 0, "work": 0}  # jobs wait: their command lines are tested
    studio.studio.pictures.close()
    studio.guard._application.state.studio = studio.studio._replace(
        pictures=Direct(studio.studio.pictures)
    )
    return studio


def picture(answer):
    assert answer.status_code == 200, answer.text
    return np.asarray(Image.open(io.BytesIO(answer.content)).convert("L"))


def test_the_list_has_published_sets_and_folders(studio):
    outside = studio.workspace.root / "runs" / "tiny" / "cat"
    outside.mkdir()
    sets = {row["id"]: row for row in studio.get("/api/data").json()["sets"]}
    assert {"mnist", "cifar10", "digits"} == sets.keys() & {"mnist", "cifar10", "digits", "runs"}
    assert sets["mnist"]["state"] == "installed"
    assert sets["digits"]["kind"] == "folder"


def test_a_set_is_opened_with_its_counts(studio):
    row = studio.get("/api/data/digits").json()
    assert row["classes"] == [f"class {label}" for label in range(10)]
    assert [(s["name"], s["images"], s["counts"]) for s in row["splits"]] == [
        ("train", 30, [3] * 10),
        ("val", 10, [1] * 10),
    ]
    labels = studio.get("/api/data/digits/labels?split=val").json()["labels"]
    assert np.frombuffer(base64.b64decode(labels), "<i4").tolist() == list(range(10))


def test_a_sheet_has_the_images_in_the_order_of_the_request(studio):
    sheet = picture(studio.get("/api/data/mnist/sheet?split=val&side=28&images=7,0-15,3"))
    images_NCHW = convscope.data.open("mnist").split("val").images_NCHW
    assert sheet.shape == (2 * 28, 16 * 28)
    for place, index in enumerate([7, *range(16), 3]):
        top, left = 28 * (place // 16), 28 * (place % 16)
        assert (sheet[top : top + 28, left : left + 28] == images_NCHW[index, 0].numpy()).all()
    # files, and an image that cannot be read: an empty tile
    broken = studio.workspace.root / "digits" / "val" / "class 1" / "0.png"
    broken.write_bytes(broken.read_bytes()[:60])
    tiles = picture(studio.get("/api/data/digits/sheet?split=val&side=28&images=0-2"))
    assert tiles.shape == (28, 16 * 28)
    assert tiles[:, 28:56].max() == 0
    assert tiles[:, 56:84].min() > 0


def test_sheets_that_do_not_fit_are_refused(studio):
    for query in [
        "split=val&side=28&images=",
        "split=val&side=28&images=0-300",
        "split=val&side=28&images=99999",
        "split=val&side=28&images=-1",
        "split=val&side=4&images=0",
        "split=no&side=28&images=0",
        "split=test&side=28&images=0",  # the folder has no test split
        "side=28",
    ]:
        answer = studio.get(f"/api/data/digits/sheet?{query}")
        assert answer.status_code == 422
        assert answer.json()["error"]["given"]


@pytest.mark.parametrize("text", ["5-3", "1,2-4"])
def test_numbers_of_a_text(text):
    assert numbers_in(text) == {"5-3": [], "1,2-4": [1, 2, 3, 4]}[text]


def test_facts_and_picture_of_an_image(studio):
    facts = studio.get("/api/data/digits/facts?split=val&index=3").json()
    split = convscope.data.open(studio.workspace.root / "digits").photos("val")
    assert facts["digest"] == image_digest(split, 3)
    assert (facts["path"], facts["format"], facts["label"]) == ("val/class 3/0.png", "PNG", 3)
    image = picture(studio.get("/api/data/digits/image?split=val&index=3"))
    assert (image == split.image(3)[0].numpy()).all()
    assert studio.get("/api/data/digits/image?split=val&index=99").status_code == 422


def test_figures_and_means(studio):
    figures = studio.get("/api/data/digits/statistics?split=train").json()
    assert sum(figures["brightness"]["counts"]) == figures["brightness"]["total"] == 30
    assert len(figures["width"]["edges"]) == numbers.BINS + 1
    means = picture(studio.get("/api/data/mnist/means?split=val"))
    split = convscope.data.open("mnist").split("val")
    mean = split.images_NCHW[split.labels_N == 2].double().mean(0)[0].round().numpy()
    inner = means[:64, 128:192][4:-4, 4:-4]  # 28 pixels, doubled, in a tile of 64
    assert np.abs(inner[::2, ::2].astype(float) - mean).max() <= 1


def test_an_augmentation_is_drawn_and_a_wrong_one_named(studio):
    form = studio.get("/api/data/augmentations").json()
    assert "augment" in form["form"]["properties"]
    chosen = form["recipes"]["lenet5_mnist"]
    body = {"split": "val", "index": 4, "draws": 3, "side": 28, "augmentation": chosen}
    tiles = picture(studio.post("/api/data/mnist/augmented", json=body))
    image = convscope.data.open("mnist").split("val").images_NCHW[4, 0].numpy()
    assert (tiles[:, :28] == image).all()
    assert not (tiles[:, 28:56] == tiles[:, 56:84]).all()
    again = picture(studio.post("/api/data/mnist/augmented", json=body))
    assert (again == tiles).all()
    wrong = {**body, "augmentation": {"augment": [{"type": "Rotation", "degrees": 1e9}]}}
    answer = studio.post("/api/data/mnist/augmented", json=wrong)
    assert answer.status_code == 422
    assert "degrees" in answer.json()["error"]["where"]


@pytest.mark.parametrize(
    "path", ["../../secret.png", "/etc/passwd", "val/../../secret.png", "link.png", "a\0b", "."]
)
def test_files_outside_of_the_data_are_not_shown(studio, path):
    root = studio.workspace.root
    Image.new("L", (9, 9)).save(root.parent / "secret.png")
    (root / "secret.png").write_bytes((root.parent / "secret.png").read_bytes())
    (root / "digits" / "link.png").symlink_to(root / "secret.png")
    answer = studio.get(f"/api/data/digits/file?path={quote(path, safe='')}")
    assert answer.status_code in (404, 422)


def test_a_file_of_a_check_is_shown_and_a_damaged_one_is_crossed(studio):
    shown = picture(studio.get("/api/data/digits/file?path=val/class%203/0.png&side=28"))
    assert shown.shape == (28, 28)
    (studio.workspace.root / "digits" / "bad.png").write_bytes(b"no image")
    assert picture(studio.get("/api/data/digits/file?path=bad.png&side=28")).shape == (28, 28)


def test_paths_are_added_if_they_are_inside(studio, tmp_path):
    root = studio.workspace.root
    deep = root / "a" / "b" / "c" / "d"
    shutil.copytree(root / "digits", deep)
    answer = studio.post("/api/data/paths", json={"path": "a/b/c/d"})
    assert answer.status_code == 201
    assert answer.json()["id"] in {row["id"] for row in studio.get("/api/data").json()["sets"]}
    for path in (str(tmp_path / "elsewhere"), "../..", "/etc", ".convscope"):
        assert studio.post("/api/data/paths", json={"path": path}).status_code == 422
    assert studio.post("/api/data/paths", json={"path": "none"}).status_code == 404


def row_of(studio, number, **changes):
    facts = studio.get(f"/api/data/digits/facts?split=val&index={number}").json()
    own = {
        "image": facts["path"],
        "split": "val",
        "index": number,
        "digest": facts["digest"],
        "label": f"class {facts['label']}",
        "action": "remove",
        "new_label": "",
    }
    return {**own, **changes}


def test_corrections_are_kept_as_a_list_and_applied_by_a_verb(studio):
    assert studio.get("/api/data/digits/corrections").json()["rows"] == []
    assert studio.post("/api/data/digits/correct", json={"name": "fixed"}).status_code == 422
    rows = [row_of(studio, 0), row_of(studio, 4, action="relabel", new_label="class 5")]
    saved = studio.put("/api/data/digits/corrections", json={"rows": rows}).json()
    assert saved["file"] == "corrections/digits.csv"
    assert studio.get("/api/data/digits/corrections").json() == saved
    listed = read_corrections(studio.workspace.root / saved["file"])
    assert [row.action for row in listed] == ["remove", "relabel"]
    job = studio.post("/api/data/digits/correct", json={"name": "fixed"}).json()
    line = "convscope data correct digits corrections/digits.csv -o data/fixed --json"
    assert job["command"] == line


def test_names_of_new_folders(studio):
    for name in ["", "..", "a/b", "../x", "mnist", ".x", "-x", "a\0", "x" * 200]:
        studio.put("/api/data/digits/corrections", json={"rows": [row_of(studio, 0)]})
        assert studio.post("/api/data/digits/correct", json={"name": name}).status_code == 422


def test_damaged_corrections_are_refused(studio):
    for changes in [
        {"digest": "x"},
        {"action": "delete"},
        {"split": "all"},
        {"index": -1},
        {"more": 1},
    ]:
        body = {"rows": [row_of(studio, 0, **changes)]}
        assert studio.put("/api/data/digits/corrections", json=body).status_code == 422
        assert not (studio.workspace.root / "corrections").exists()


def test_an_upload_becomes_a_job_and_other_files_are_refused(studio):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.write(studio.workspace.root / "digits" / "val" / "class 1" / "0.png", "a/1.png")
    headers = {"content-type": "application/octet-stream"}

    def send(name, content=file.getvalue(), **more):
        path = f"/api/data/uploads?name={quote(name, safe='')}"
        return studio.post(path, content=content, headers={**headers, **more})

    for name in ("a.png", "../a.zip", "a/b.zip", ".zip", "mnist.zip", "x.zip.exe"):
        assert send(name).status_code == 422
    assert send("mine.zip", **{"content-type": "application/json"}).status_code == 415
    job = send("mine.zip").json()
    assert job["command"].endswith("-o data/mine --delete-archive --json")


def test_unknown_sets_are_not_there(studio):
    for path in ["", "/labels?split=val", "/facts?split=val&index=0", "/rules/x"]:
        assert studio.get(f"/api/data/nothing{path}").status_code == 404


def test_the_rules_of_a_check_are_in_the_language_of_the_page(studio):
    english = studio.get("/api/data/rules").json()["rules"]
    chinese = studio.get("/api/data/rules", headers={"accept-language": "zh-Hans"}).json()["rules"]
    assert english["damaged"]["message"] == "damaged or truncated images"
    assert english.keys() == chinese.keys()
    assert all(not chinese[code]["message"].isascii() for code in chinese)


def test_an_evaluation_is_computed_once_and_equals_the_verb(studio, digits):
    body = {"model": "run-tiny", "data": "digits", "split": "val"}
    state = studio.post("/api/evaluations", json=body).json()
    job = state["job"]
    folder = studio.workspace.own / "evaluations" / state["id"]
    assert job["command"] == (
        "convscope evaluate runs/tiny digits --split val "
        f"--details .convscope/evaluations/{state['id']} --json"
    )
    again = studio.post("/api/evaluations", json=body).json()
    assert again["job"] is None or again["job"]["id"] == job["id"]
    model = convscope.open(studio.workspace.root / "runs" / "tiny")
    data = studio.workspace.root / "digits"
    write_details(model, data, folder, split="val")
    assert studio.post("/api/evaluations", json=body).json() == {"id": state["id"], "job": None}
    metrics = studio.get(f"/api/evaluations/{state['id']}").json()["evaluation"]
    expected = json.loads(model.evaluate(str(data), split="val").to_json())
    assert metrics == expected
    columns = studio.get(f"/api/evaluations/{state['id']}/images").json()

    def numbers_of(name):
        column = columns[name]
        data = np.frombuffer(base64.b64decode(column["data"]), f"<{column['kind'][0]}4")
        return data.reshape(column["shape"])

    confusion = np.zeros((10, 10), int)
    np.add.at(confusion, (numbers_of("true_N"), numbers_of("predicted_N")), 1)
    assert confusion.tolist() == expected["confusion"]
    assert numbers_of("loss_N").mean() == pytest.approx(expected["cross_entropy"], rel=1e-5)
    assert numbers_of("points_N2").shape == (10, 2)


def test_evaluations_that_do_not_fit_are_refused(studio):
    for changes in ({"model": "nothing"}, {"model": "../x"}, {"split": "half"}):
        body = {"model": "run-tiny", "data": "digits", "split": "val", **changes}
        assert studio.post("/api/evaluations", json=body).status_code == 422
    body = {"model": "run-tiny", "data": "nothing"}
    assert studio.post("/api/evaluations", json=body).status_code == 404
    assert studio.get("/api/evaluations/0123456789abcdef").status_code == 404


def test_doubts_are_a_job(studio):
    job = studio.post("/api/data/digits/doubts", json={"model": "run-tiny", "split": "val"}).json()
    line = "convscope data doubts runs/tiny digits --split val --num 1000 --json"
    assert job["command"] == line
