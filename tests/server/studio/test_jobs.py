"""Jobs: verbs of the command line in child processes."""

import json
import os
import time

import pytest

from convscope.server.answers import Refusal
from convscope.server.studio.jobs import files
from convscope.server.studio.jobs.queue import Jobs


def finished(studio, job, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        studio.watcher.poll()
        row = studio.get(f"/api/jobs/{job.id}").json()
        if row["state"] not in ("waiting", "running"):
            return row
        time.sleep(0.05)
    raise AssertionError(row)


def test_a_verb_runs_and_has_a_result(studio):
    job = studio.jobs.start("runs", ["--json"])
    assert job.command == "convscope runs --json"
    assert studio.get(f"/api/jobs/{job.id}/result").status_code == 404
    row = finished(studio, job)
    assert row["state"] == "done", studio.get(f"/api/jobs/{job.id}/log").json()
    assert row["exit_code"] == 0
    assert row["created"] <= row["started"] <= row["ended"]
    assert studio.get(f"/api/jobs/{job.id}/result").json()[0]["name"] == "runs/tiny"
    kinds = [message.kind for message in studio.hub._ring]
    assert kinds.count("job") >= 2
    again = Jobs(studio.workspace)
    again.load()
    assert again.get(job.id).model_dump() == studio.jobs.get(job.id).model_dump()


def test_a_verb_that_fails_says_why_in_parts(studio):
    row = finished(studio, studio.jobs.start("show", ["lenet6", "--json"]))
    assert (row["state"], row["exit_code"]) == ("failed", 2)
    assert "lenet6" in row["error"]["given"]
    assert "lenet5" in row["error"]["fix"]
    assert studio.get(f"/api/jobs/{row['id']}/result").status_code == 404
    assert "lenet6" in studio.get(f"/api/jobs/{row['id']}/log").json()["error"]


@pytest.fixture
def queue(studio, monkeypatch):
    """Jobs whose processes are not started: their files say what happened."""
    monkeypatch.setattr(Jobs, "_launch", lambda self, job_id: None)
    return Jobs(studio.workspace)


def held(folder):
    handle = files.hold(folder)
    files.write_pid(folder, os.getpid())
    return handle


def test_trainings_and_other_work_wait_apart(studio, monkeypatch):
    monkeypatch.setattr(Jobs, "_launch", lambda self, job_id: launched.append(job_id))
    launched, queue = [], Jobs(studio.workspace, {"training": 1, "work": 1})
    handles = []
    jobs = []
    for kind in ("training", "training", "work"):
        jobs.append(queue.start("show", ["lenet5"], kind=kind))
        if jobs[-1].id in launched:
            handles.append(held(queue.folder(jobs[-1].id)))
            queue.tick()
    assert launched == [jobs[0].id, jobs[2].id]
    assert [queue.get(job.id).state for job in jobs] == ["running", "waiting", "running"]
    assert queue.get(jobs[1].id).position == 1
    os.close(handles[0])  # its process ends
    files.write_exit(queue.folder(jobs[0].id), 0)
    queue.tick()
    assert queue.get(jobs[0].id).state == "done"
    assert launched[-1] == jobs[1].id
    os.close(handles[1])


@pytest.mark.parametrize(
    ("code", "state"), [(0, "done"), (1, "failed"), (2, "failed"), (75, "cancelled"),
                        (130, "cancelled"), (143, "cancelled"), (-9, "failed")],
)  # fmt: skip
def test_exit_codes_are_states(queue, studio, code, state):
    run = studio.workspace.root / "runs" / "tiny"
    job = queue.start("train", ["lenet5", "mnist"], kind="training", run=run)
    files.write_exit(queue.folder(job.id), code)
    queue.tick()
    row = queue.get(job.id)
    assert (row.state, row.exit_code, row.run) == (state, code, "tiny")
    assert row.resumable == (state != "done")


def test_a_job_that_waits_is_cancelled_at_once_and_stays_so(queue, studio):
    job = queue.start("show", ["lenet5"])
    assert queue.cancel(job.id).state == "cancelled"
    again = Jobs(studio.workspace)
    again.load()
    assert again.get(job.id).state == "cancelled"


def test_waiting_is_bounded(queue, monkeypatch):
    monkeypatch.setattr("convscope.server.studio.jobs.queue.MOST_WAITING", 3)
    for _ in range(3):
        queue.start("show", ["lenet5"])
    with pytest.raises(Refusal) as error:
        queue.start("show", ["lenet5"])
    assert error.value.status == 503


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b'{"id": "other"}', None])
def test_a_damaged_job_is_shown_as_damaged(queue, studio, content):
    job = queue.start("show", ["lenet5"])
    folder = queue.folder(job.id)
    if content is None:
        (folder / files.JOB).unlink()
        (folder / files.JOB).mkdir()
    else:
        (folder / files.JOB).write_bytes(content)
    again = Jobs(studio.workspace)
    again.load()
    row = again.get(job.id)
    assert (row.state, row.error.given) == ("damaged", "the files of this job are damaged")
    again.tick()


@pytest.mark.parametrize("name", [files.EXIT, files.PROGRESS, files.LOCK, files.OUTPUT])
@pytest.mark.parametrize("content", [b"", b'{"code": ', b'{"done": NaN}', b"\xff"])
def test_damaged_files_of_a_job_raise_nothing(queue, name, content):
    job = queue.start("show", ["lenet5"])
    (queue.folder(job.id) / name).write_bytes(content)
    queue.tick()
    assert queue.get(job.id).state in ("waiting", "failed")


def test_folders_that_are_no_jobs_and_links_are_left_alone(studio, tmp_path):
    place = studio.workspace.own / "jobs"
    (place / "link").symlink_to(tmp_path)
    (place / "file").write_text("")
    (place / "A b").mkdir()
    queue = Jobs(studio.workspace)
    queue.load()
    assert [job.state for job in queue.all()] == ["damaged"]
    assert len(queue.all()[0].id) == 16


def test_finished_jobs_beyond_the_newest_and_old_ones_are_removed(queue, studio, monkeypatch):
    monkeypatch.setattr("convscope.server.studio.jobs.queue.KEPT", 2)
    jobs = [queue.start("show", ["lenet5"]) for _ in range(5)]
    for job in jobs[:4]:
        files.write_exit(queue.folder(job.id), 0)
    stored = json.loads((queue.folder(jobs[3].id) / files.JOB).read_text())
    (queue.folder(jobs[3].id) / files.JOB).write_text(
        json.dumps(stored | {"created": stored["created"] - 31 * 24 * 3600})
    )
    again = Jobs(studio.workspace)
    again.load()
    assert {job.id for job in again.all()} == {jobs[4].id, jobs[2].id, jobs[1].id}
    assert (studio.workspace.root / "runs" / "tiny").is_dir()


def test_progress_of_a_training_is_that_of_its_run(queue, studio):
    run = studio.workspace.root / "runs" / "tiny"
    job = queue.start("train", ["lenet5", "mnist"], kind="training", run=run)
    handle = held(queue.folder(job.id))
    queue.tick()
    progress = queue.get(job.id).progress
    assert (progress.done, progress.total) == (3, 3)
    assert progress.text == "epoch 1 of 1"
    (run / "events.jsonl").write_bytes(b"\xff\n{}")
    queue.tick()
    assert queue.get(job.id).progress.total == 0
    os.close(handle)
