"""Routes of runs, sweeps and exports: lists, curves, notes, names, the trash, and files."""

import json
import os
import shutil

import pytest

from convscope.runs import keep
from convscope.runs.points import read_points
from convscope.runs.record import read_run
from convscope.training.run.lock import lock

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def two(studio):
    shutil.copytree(studio.workspace.root / "runs/tiny", studio.workspace.root / "runs" / HOSTILE)
    studio.workspace.forget_runs()
    return studio


def ids(studio):
    return [run["id"] for run in studio.get("/api/runs").json()["runs"]]


def test_the_list_says_what_the_command_line_says(two):
    rows = two.get("/api/runs").json()["runs"]
    assert [row["name"] for row in rows] == [f"runs/{HOSTILE}", "runs/tiny"]
    record = read_run(two.workspace.root / "runs/tiny")
    row = rows[1]
    assert (row["state"], row["epochs_done"], row["sweep"]) == ("finished", 1, None)
    assert row["validation_accuracy"] == record.validation_accuracy
    assert row["recipe"] == record.recipe
    assert row["changed"] == record.to_dict()["changed"]


def test_an_empty_workspace(studio):
    shutil.rmtree(studio.workspace.root / "runs")
    studio.workspace.forget_runs()
    assert studio.get("/api/runs").json() == {"runs": [], "sweeps": []}
    assert studio.get("/api/exports").json() == {"files": []}


def test_a_damaged_run_is_a_row_with_the_reason(studio):
    (studio.workspace.root / "runs/tiny/recipe.json").write_text("{")
    (row,) = studio.get("/api/runs").json()["runs"]
    assert row["state"] == "damaged"
    assert "recipe.json" in row["message"]
    assert studio.get(f"/api/runs/{row['id']}").status_code == 200


def test_curves(two):
    own = ids(two)
    answer = two.get("/api/runs/curves", params={"ids": own}).json()["runs"]
    assert [run["id"] for run in answer] == own
    points = read_points(two.workspace.root / "runs/tiny")
    assert answer[1]["steps"] == points.steps
    assert len(points.steps["step"]) > 0
    assert answer[1]["to"] == (two.workspace.root / "runs/tiny/events.jsonl").stat().st_size


@pytest.mark.parametrize("route", ["curves", "difference"])
@pytest.mark.parametrize("names", [[], ["none"], ["../x"], ["a"] * 51])
def test_runs_that_are_not_there(studio, route, names):
    answer = studio.get(f"/api/runs/{route}", params={"ids": names})
    assert answer.status_code in (404, 422)
    assert answer.json()["error"]["given"]


def test_only_what_differs(two):
    path = two.workspace.root / "runs" / HOSTILE / "recipe.json"
    recipe = json.loads(path.read_text())
    path.write_text(json.dumps(recipe | {"lr": 0.5}))
    answer = two.get("/api/runs/difference", params={"ids": ids(two)}).json()
    settings = {row["name"]: row["values"] for row in answer["rows"] if row["is_setting"]}
    assert settings == {"lr": ["0.5", str(recipe["lr"])]}
    assert answer["same"] > 5
    assert HOSTILE in answer["command"]
    assert two.get("/api/runs/difference", params={"ids": ids(two)[:1]}).status_code == 422


@pytest.mark.parametrize("text", ["a note", HOSTILE, "\u202e\u2066 turned", "line\nline", ""])
def test_a_note(studio, text):
    answer = studio.put("/api/runs/tiny/note", json={"text": text})
    assert answer.json()["note"] == text
    assert answer.json()["row"]["note"] == text.partition("\n")[0]
    assert keep.read_note(studio.workspace.root / "runs/tiny") == text
    assert studio.get("/api/runs/tiny").json()["note"] == text


def test_a_note_that_is_too_long(studio):
    text = "x" * (keep.MOST_NOTE + 1)
    assert studio.put("/api/runs/tiny/note", json={"text": text}).status_code == 422


def test_another_name(studio):
    answer = studio.post("/api/runs/tiny/rename", json={"name": "Größe"}).json()
    assert answer["name"] == "runs/Größe"
    assert ids(studio) == [answer["id"]]
    assert studio.get("/api/runs/tiny").status_code == 404
    for name in ("../out", "", ".x", "a/b"):
        refused = studio.post(f"/api/runs/{answer['id']}/rename", json={"name": name})
        assert refused.status_code == 422


def test_the_trash(studio):
    answer = studio.post("/api/runs/tiny/trash", json={}).json()
    assert answer["id"] is None
    assert (studio.workspace.root / answer["name"] / "recipe.json").is_file()
    assert ids(studio) == []


@pytest.mark.parametrize("change", ["trash", "rename"])
def test_a_run_that_trains_stays(studio, change):
    folder = studio.workspace.root / "runs/tiny"
    handle = lock(folder)
    body = {"name": "other"} if change == "rename" else {}
    answer = studio.post(f"/api/runs/tiny/{change}", json=body)
    os.close(handle)
    assert answer.status_code == 422
    assert "is training" in answer.json()["error"]["given"]
    assert folder.is_dir()


def test_a_report_runs_no_script(studio):
    report = studio.get("/api/runs/tiny/report")
    assert report.status_code == 200
    policy = report.headers["content-security-policy"]
    assert policy.startswith("sandbox;")
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    path = studio.workspace.root / "runs/tiny/report.html"
    path.unlink()
    assert studio.get("/api/runs/tiny/report").status_code == 404
    assert studio.get("/api/runs/tiny").json()["has_report"] is False
    path.symlink_to("/etc/hostname")
    assert studio.get("/api/runs/tiny/report").status_code == 422


@pytest.fixture
def sweep(studio):
    """A sweep of two trials, of which one has ended."""
    root = studio.workspace.root / "sweeps" / "lenet5-digits-1"
    for number, lr in ((0, 0.1), (1, 0.01)):
        folder = root / "trials" / f"{number:03d}"
        shutil.copytree(studio.workspace.root / "runs/tiny", folder)
        recipe = json.loads((folder / "recipe.json").read_text())
        (folder / "recipe.json").write_text(json.dumps(recipe | {"lr": lr}))
    (root / "trials/001/events.jsonl").write_text(
        "\n".join((root / "trials/001/events.jsonl").read_text().splitlines()[:2]) + "\n"
    )
    vary = [
        {"name": "lr", "type": "Range", "low": 1e-3, "high": 0.1, "whole": False, "log": True},
        {"name": "batch_size", "type": "Choice", "values": ["8", "16"]},
    ]
    definition = {"architecture": "lenet5", "data": "digits", "vary": vary}
    (root / "sweep.json").write_text(json.dumps(definition))
    done = {
        "number": 0,
        "state": "done",
        "settings": ["lr=0.1", "batch_size=8"],
        "accuracy": 0.5,
        "loss": 1.0,
        "epochs": {"1": 0.5},
        "message": "",
    }
    (root / "results.json").write_text(json.dumps({"trials": [done]}))
    studio.workspace.forget_runs()
    return studio


def test_a_sweep(sweep):
    listed = sweep.get("/api/runs").json()
    (row,) = listed["sweeps"]
    assert (row["trials"], row["running"], row["vary"]) == (2, False, ["lr", "batch_size"])
    assert {run["sweep"] for run in listed["runs"]} == {None, row["id"]}
    page = sweep.get(f"/api/sweeps/{row['id']}").json()
    assert [dimension["name"] for dimension in page["dimensions"]] == ["lr", "batch_size"]
    assert page["dimensions"][0]["log"] is True
    assert page["dimensions"][1]["values"] == ["8", "16"]
    first, second = page["trials"]
    assert (first["state"], first["accuracy"]) == ("done", 0.5)
    assert first["values"] == {"lr": "0.1", "batch_size": "8"}
    assert second["state"] == "interrupted"
    assert second["values"]["lr"] == "0.01"
    trial = sweep.post(f"/api/runs/{first['run']}/trash", json={})
    assert trial.status_code == 422
    assert sweep.post(f"/api/sweeps/{row['id']}/stop", json={}).status_code == 409


@pytest.mark.parametrize("text", ["{", "[]", '{"vary": 5}', '{"vary": [{"name": 1}, 2]}'])
def test_a_damaged_sweep_is_left_out_or_has_no_dimensions(sweep, text):
    (sweep.workspace.root / "sweeps/lenet5-digits-1/sweep.json").write_text(text)
    listed = sweep.get("/api/runs")
    assert listed.status_code == 200
    for row in listed.json()["sweeps"]:
        assert sweep.get(f"/api/sweeps/{row['id']}").status_code == 200


def test_an_unknown_sweep(studio):
    assert studio.get("/api/sweeps/none").status_code == 404
    assert studio.post("/api/sweeps/none/stop", json={}).status_code == 404


@pytest.mark.parametrize(
    ("to", "command"),
    [
        ("onnx", "--to onnx -o exports/tiny.onnx --json"),
        (
            "pytorch",
            "--to pytorch -o exports/tiny.py --weights-to exports/tiny.safetensors --json",
        ),
        ("web", "--to web -o exports/tiny.html --single-file --json"),
    ],
)
def test_an_export_is_a_job(studio, monkeypatch, to, command):
    monkeypatch.setattr(studio.jobs, "_launch", lambda _id: None)  # it waits
    job = studio.post("/api/exports", json={"model": "tiny", "to": to})
    assert job.status_code == 202
    assert job.json()["command"] == f"convscope export runs/tiny {command}"
    again = studio.post("/api/exports", json={"model": "tiny", "to": to}).json()
    assert "exports/tiny-2." in again["command"]


@pytest.mark.parametrize("model", ["none", "../tiny", "/etc/passwd", ""])
def test_models_that_are_not_there(studio, model):
    answer = studio.post("/api/exports", json={"model": model, "to": "onnx"})
    assert answer.status_code == 422


def test_a_file_is_saved_and_never_shown(studio):
    folder = studio.workspace.root / "exports"
    folder.mkdir()
    (folder / "a <b>.html").write_text("<script>alert(1)</script>")
    (folder / "link.onnx").symlink_to("/etc/hostname")
    (folder / "other.txt").write_text("x")
    (file,) = studio.get("/api/exports").json()["files"]
    assert (file["name"], file["kind"]) == ("exports/a <b>.html", "web")
    answer = studio.get(f"/api/exports/{file['id']}/file")
    assert answer.content == b"<script>alert(1)</script>"
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-security-policy"] == "sandbox"
    assert studio.get("/api/exports/none/file").status_code == 404
    verify = studio.post(f"/api/exports/{file['id']}/verify", json={"model": "tiny"})
    assert verify.status_code == 422
