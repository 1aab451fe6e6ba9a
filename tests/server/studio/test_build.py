"""The view Build: drafts, fixes, palette, saved networks."""

import json

import pytest

import convscope
from convscope import zoo
from convscope.arch.draft import check_draft, read_draft
from convscope.server.studio.building.palette import palette

CONV = {"type": "Conv2d", "out_channels": 8, "kernel_size": 3}
HEAD = {
    "pool": {"type": "GlobalAvgPool2d"},
    "flatten": {"type": "Flatten"},
    "fc": {"type": "Linear", "out_features": 10},
}


def text(blocks, name="mine"):
    block = {"type": "Chain", "blocks": blocks}
    return json.dumps({"name": name, "input": [3, 32, 32], "num_classes": 10, "block": block})


def test_a_network_that_fits(studio):
    architecture = convscope.load("lenet5")
    answer = studio.post("/api/build/check", json={"architecture": architecture.to_json()}).json()
    table = architecture.table()
    assert answer["fits"]
    assert answer["problems"] == []
    assert answer["totals"]["parameters"] == table.totals.parameters
    assert [row["path"] for row in answer["rows"]] == [row.path for row in table.rows]
    assert answer["rows"][0]["label"] == "5×5 conv, 6"
    assert answer["field"] == list(table.rows[-1].field_size)


def test_a_clash_is_marked_and_its_fix_fits(studio):
    draft = text({"conv": {**CONV, "kernel_size": 40}, **HEAD})
    answer = studio.post("/api/build/check", json={"architecture": draft}).json()
    assert not answer["fits"]
    assert [problem["path"] for problem in answer["problems"]] == ["conv"]
    assert answer["problems"][0]["inputs"] == {"": [3, 32, 32]}
    fixes = studio.post("/api/build/fixes", json={"architecture": draft}).json()["fixes"]
    assert fixes[0]["kind"] == "set"
    changed = json.loads(draft)
    for change in fixes[0]["changes"]:
        assert change["operation"] == "put"
        changed["block"]["blocks"][change["path"]] = change["block"]
    assert convscope.Architecture.from_json(json.dumps(changed)).num_classes == 10


def test_sentences_are_in_the_language_of_the_request(studio):
    draft = {"architecture": text({"conv": {**CONV, "kernel_size": 40}, **HEAD})}
    headers = {"accept-language": "zh-Hans"}
    answer = studio.post("/api/build/check", json=draft, headers=headers).json()
    assert "窗口" in answer["problems"][0]["sentence"]


@pytest.mark.parametrize("draft", ["", "{", "[]", "{}", '{"block": 3}', '{"block": {"type": "X"}}'])
def test_what_is_no_draft_is_refused_in_words(studio, draft):
    answer = studio.post("/api/build/check", json={"architecture": draft})
    assert answer.status_code == 422
    assert answer.json()["error"]["given"]


def test_the_palette_has_what_fits():
    whole = palette()
    assert {kind.type for kind in whole.layers} == {
        layer.__name__ for layer in convscope.layers.LAYERS
    }
    for ready in (*whole.ready, *whole.compositions):
        channels = 64 if ready.id == "projected" else 32
        stem = {"stem": {**CONV, "out_channels": channels}}
        data = json.loads(text({**stem, ready.name: ready.block}))
        checked = check_draft(read_draft(json.dumps(data)))
        assert [p for p in checked.problems if p.stage != "output"] == [], ready.id


def test_networks_are_saved_and_opened(studio):
    draft = text({"conv": CONV, **HEAD})
    body = {"name": "mine", "architecture": draft}
    assert studio.post("/api/build/networks", json=body).json()["path"] == "networks/mine.json"
    again = studio.post("/api/build/networks", json=body)
    assert again.status_code == 409
    assert "mine" in again.json()["error"]["given"]
    assert studio.post("/api/build/networks", json=body | {"replace": True}).status_code == 200
    listed = studio.get("/api/build/networks").json()["networks"]
    assert [row["name"] for row in listed] == ["mine"]
    opened = studio.get("/api/build/start?network=mine").json()["text"]
    assert json.loads(opened)["block"] == json.loads(draft)["block"]
    file = studio.workspace.root / "networks" / "mine.json"
    assert zoo.read(file).name == "mine"


@pytest.mark.parametrize("name", ["", "../x", "a/b", "A", "x" * 65, "a.json", "."])
def test_names_stay_in_their_folder(studio, name):
    body = {"name": name, "architecture": text({"conv": CONV, **HEAD})}
    assert studio.post("/api/build/networks", json=body).status_code == 422
    assert not (studio.workspace.root / "networks").exists()


def test_links_are_not_followed(studio, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (studio.workspace.root / "networks").symlink_to(outside)
    body = {"name": "mine", "architecture": text({"conv": CONV, **HEAD})}
    assert studio.post("/api/build/networks", json=body).status_code == 422
    assert list(outside.iterdir()) == []


def test_a_network_that_does_not_fit_is_not_saved(studio):
    body = {"name": "mine", "architecture": text({"conv": {**CONV, "kernel_size": 40}, **HEAD})}
    answer = studio.post("/api/build/networks", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"]["where"] == "conv"


def test_starts(studio):
    started = studio.get("/api/build/start?zoo=googlenet").json()["text"]
    built = convscope.Architecture.from_json(started)
    assert built.fingerprint == convscope.load("googlenet").fingerprint
    run = json.loads(studio.get("/api/build/start?run=tiny").json()["text"])
    assert run["num_classes"] == 10
    assert studio.get("/api/build/start?zoo=no").status_code == 404
    assert studio.get("/api/build/start?run=no").status_code == 404
    assert studio.get("/api/build/start?network=no").status_code == 404


SOURCE = """
import torch.nn as nn
model = nn.Sequential(nn.Flatten(), nn.Linear(3072, 10))
"""


def test_source_is_read(studio):
    body = {"source": SOURCE, "input": [3, 32, 32], "num_classes": 10, "name": "mine"}
    answer = studio.post("/api/build/read", json=body).json()
    assert answer["architecture"]["input"] == [3, 32, 32]
    assert answer["architecture"]["block"]["blocks"]["fc1"]["out_features"] == 10


def test_a_line_that_cannot_be_read_is_named(studio):
    body = {"source": SOURCE.replace("nn.Linear", "nn.LSTM")}
    error = studio.post("/api/build/read", json=body).json()["error"]
    assert error["where"] == "line 3"
    assert "nn.LSTM" in error["given"]


def test_the_source_of_a_network():
    from convscope.server.studio.building.source_tasks import source

    args = {"architecture": convscope.load("lenet5").to_json()}
    assert "class Lenet5" in source(args, lambda *_: None)["source"]
