"""Jobs: verbs of the command line in child processes."""

import time


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
    row = finished(studio, job)
    assert row["state"] == "done", studio.get(f"/api/jobs/{job.id}/log").json()
    assert studio.get(f"/api/jobs/{job.id}/result").json()[0]["name"] == "runs/tiny"
