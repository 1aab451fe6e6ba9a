"""The list of models, and the folder that the page reads."""

import json


def rows(studio):
    return {row["id"]: row for row in studio.get("/api/models").json()["models"]}


def test_the_list_has_runs_files_weights_and_the_zoo(studio, tiny_run):
    (studio.workspace.root / "mine").mkdir()
    content = (tiny_run / "model.safetensors").read_bytes()
    (studio.workspace.root / "mine" / "Copy of <it>.safetensors").write_bytes(content)
    (studio.workspace.root / "mine" / "other.safetensors").write_bytes(content[:100])
    listed = rows(studio)
    run = listed["run-tiny"]
    assert (run["kind"], run["architecture"], run["classes"]) == ("run", "lenet5", 10)
    assert run["argument"] == "runs/tiny"
    assert 0 <= run["accuracy"] <= 1
    files = [row for row in listed.values() if row["kind"] == "file"]
    assert [row["name"] for row in files] == ["mine/Copy of <it>.safetensors"]
    assert not listed["zoo-resnet18"]["trained"]
    assert listed["zoo-resnet18"]["input"] == [3, 224, 224]
    for row in (run, files[0]):
        assert studio.get(f"/api/models/{row['id']}").json() == row


def test_the_folder_of_a_model_is_written_once_and_again_when_it_changes(studio):
    reply = studio.get("/api/models/run-tiny/web/model.json")
    manifest = json.loads(reply.content)
    assert manifest["name"] == "lenet5"
    labels = [sample["label"] for sample in manifest["samples"]]
    assert labels[:10] == [f"class {label}" for label in range(10)]  # its own validation images
    own = studio.get(f"/api/models/run-tiny/web/{manifest['samples'][3]['file']}")
    assert own.headers["content-type"] == "image/png"
    assert reply.headers["etag"]
    again = {"if-none-match": reply.headers["etag"]}
    assert studio.get("/api/models/run-tiny/web/model.json", headers=again).status_code == 304
    onnx = studio.get("/api/models/run-tiny/web/model.onnx").content
    assert len(onnx) == manifest["onnx"]["bytes"]
    assert studio.get("/api/models/run-tiny/web/absent.json").status_code == 404
    folders = list((studio.workspace.own / "web").iterdir())
    assert len(folders) == 1
    model = studio.workspace.root / "runs" / "tiny" / "model.safetensors"
    model.write_bytes(model.read_bytes())
    assert studio.get("/api/models/run-tiny/web/model.json").status_code == 200
    assert len(list((studio.workspace.own / "web").iterdir())) == 2
