"""The Dockerfile, as far as it can be tested without Docker: its paths, extras and options."""

import json
import re
import shlex
import subprocess
import sys
import threading
import tomllib
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
if not (ROOT / "Dockerfile").exists():
    pytest.skip("a source distribution has no Dockerfile", allow_module_level=True)
LINES = [
    line.split(" ", 1)
    for line in (ROOT / "Dockerfile").read_text().splitlines()
    if line and line[0] != "#"
]


def lines(name):
    return [text for word, text in LINES if word == name]


def test_copied_files_exist_and_are_sent_to_docker():
    ignored = (ROOT / ".dockerignore").read_text().split()
    for text in lines("COPY"):
        if "--from" not in text:
            for name in text.split()[:-1]:
                assert (ROOT / name).exists()
                assert f"!{name.removeprefix('./')}" in ignored


def test_the_build_needs_no_file_that_is_not_copied():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    copied = {name for text in lines("COPY") for name in text.split()}
    assert {project["readme"], "src", "pyproject.toml"} <= copied
    extras = set(re.search(r"'\.\[([\w,]+)\]'", " ".join(lines("RUN")))[1].split(","))
    assert extras <= set(project["optional-dependencies"])


@pytest.mark.slow
def test_the_entry_point_has_options_that_exist():
    words = json.loads(lines("ENTRYPOINT")[0])
    assert words[:2] == ["convscope", "serve"]
    line = [sys.executable, "-m", *words, "absent.safetensors"]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "absent.safetensors" in done.stderr


def test_it_runs_as_a_user_without_rights():
    names = [word for word, _ in LINES]
    assert names.index("USER") < names.index("ENTRYPOINT")
    assert lines("USER") == ["convscope"]
    assert any(shlex.split(run)[0] == "useradd" for run in lines("RUN"))


@pytest.mark.parametrize(
    ("status", "code"), [pytest.param(200, 0, marks=pytest.mark.slow), (503, 1)]
)
def test_the_health_check_follows_the_status(status, code):
    class Health(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status if self.path == "/health" else 404)
            self.end_headers()

        def log_message(self, *_):
            return

    server = HTTPServer(("127.0.0.1", 0), Health)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    words = json.loads(lines("HEALTHCHECK")[0].split("CMD ", 1)[1])
    script = words[2].replace("8000", str(server.server_port))
    done = subprocess.run([sys.executable, *words[1:2], script], capture_output=True, check=False)
    server.shutdown()
    server.server_close()
    assert (done.returncode != 0) == bool(code)
