"""`convscope studio` as a program: two on one folder, killed and started again, stopped."""

import http.cookiejar
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request

import pytest

from convscope.server.studio.jobs import files

pytestmark = pytest.mark.slow
LINE = (sys.executable, "-m", "convscope", "studio")


class Program:
    """A studio as a program, with a client that has opened its link."""

    def __init__(self, folder, *options):
        line = [*LINE, str(folder), "--port", "0", "--no-browser", "--json", *options]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
        text = self.process.stdout.readline()
        assert text, self.process.communicate()[1]
        self.facts = json.loads(text)
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar)
        self.opener.open(self.facts["link"], timeout=30).read()

    def get(self, path):
        return json.loads(self.opener.open(self.facts["url"] + path, timeout=60).read())

    def post(self, path, body):
        request = urllib.request.Request(
            self.facts["url"] + path,
            json.dumps(body).encode(),
            {"content-type": "application/json"},
            method="POST",
        )
        return json.loads(self.opener.open(request, timeout=60).read())

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        _, log = self.process.communicate(timeout=60)
        return self.process.returncode, log


@pytest.fixture
def program(tmp_path):
    programs = []

    def start(*options):
        programs.append(Program(tmp_path, *options))
        return programs[-1]

    yield start
    for each in programs:
        if each.process.poll() is None:
            each.process.kill()
            each.process.communicate()
    for lock in (tmp_path / ".convscope" / "jobs").glob("*/lock"):
        if files.is_held(lock.parent):
            os.killpg(int(lock.read_text()), signal.SIGKILL)


def wait_for(condition, seconds=90):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    raise AssertionError("timed out")


def start_training(studio, digits, name, epochs=400):
    body = {"network": "lenet5", "data": str(digits), "name": name, "watch": False}
    settings = {"epochs": epochs, "batch_size": 10, "log_every": 1}
    return studio.post("/api/training", {**body, "settings": settings})


def test_the_second_studio_in_a_folder_prints_a_link_to_the_first(program, tmp_path):
    first = program()
    second = subprocess.run([*LINE, str(tmp_path)], capture_output=True, text=True, timeout=60)
    assert second.returncode == 1
    assert f"process {first.process.pid}" in second.stderr
    assert second.stdout.startswith(f"{first.facts['url']}/open?code=")
    link = subprocess.run(
        [*LINE, str(tmp_path), "--link", "--json"], capture_output=True, text=True, timeout=60
    )
    assert link.returncode == 0
    assert urllib.request.urlopen(json.loads(link.stdout)["link"], timeout=30).status == 200
    code, log = first.end()
    assert (code, log.splitlines()[-1]) == (143, "stopped")
    nothing = subprocess.run(
        [*LINE, str(tmp_path), "--link"], capture_output=True, text=True, timeout=60
    )
    assert nothing.returncode == 2
    assert "no studio runs in this folder" in nothing.stderr


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / ".convscope").write_text("a file")
    done = subprocess.run([*LINE, str(tmp_path)], capture_output=True, text=True, timeout=60)
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    assert ".convscope" in done.stderr


def states(studio):
    return {job["run"]: job["state"] for job in studio.get("/api/jobs")["jobs"]}


def steps(folder, name):
    path = folder / "runs" / name / "events.jsonl"
    return path.read_bytes().count(b'"Step"') if path.exists() else 0


def test_trainings_outlive_a_studio_that_is_killed(program, tmp_path, digits):
    studio = program("--data", str(digits))
    jobs = [start_training(studio, digits, name) for name in ("one", "two", "three")]
    wait_for(lambda: steps(tmp_path, "one") > 5 and steps(tmp_path, "two") > 5)
    assert states(studio) == {"one": "running", "two": "running", "three": "waiting"}
    studio.end(signal.SIGKILL)
    before = steps(tmp_path, "one")
    wait_for(lambda: steps(tmp_path, "one") > before + 5)  # without any studio
    again = program("--data", str(digits))
    assert states(again) == {"one": "running", "two": "running", "three": "waiting"}
    progress = [again.get(f"/api/jobs/{jobs[0]['id']}")["progress"]["done"] for _ in range(1)]
    wait_for(lambda: again.get(f"/api/jobs/{jobs[0]['id']}")["progress"]["done"] > progress[0])
    # a training that is stopped saves a checkpoint; the one that waits takes its place
    again.post(f"/api/jobs/{jobs[0]['id']}/cancel", {})
    wait_for(lambda: states(again)["one"] == "cancelled" and states(again)["three"] == "running")
    assert again.get(f"/api/jobs/{jobs[0]['id']}")["resumable"]
    # one that is killed says so, and can be resumed
    pid = int((tmp_path / ".convscope" / "jobs" / jobs[1]["id"] / "lock").read_text())
    os.kill(pid, signal.SIGKILL)
    job = wait_for(
        lambda: (row := again.get(f"/api/jobs/{jobs[1]['id']}"))["state"] == "failed" and row
    )
    assert job["error"]["given"] == "the process was killed"
    assert job["resumable"]
    wait_for(lambda: steps(tmp_path, "three") > 5)
    code, log = again.end(signal.SIGINT)
    assert code == 130
    assert "1 job continue" in log
    assert "convscope train lenet5" in log
    last = program("--stop-runs")
    assert states(last)["three"] == "running"
    last.end()
    wait_for(lambda: (tmp_path / ".convscope" / "jobs" / jobs[2]["id"] / "exit.json").exists())
