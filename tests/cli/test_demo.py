"""`convscope demo` prints what to do next, and each of the printed commands works."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from convscope.cli.demo import next_steps


def test_next_steps_do_not_write_what_is_there(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    first = next_steps(Path("runs/lenet5-mnist-1"))
    assert any(line.endswith(" sample digit") for line in first)
    for name in ("digit.png", "inside.html", "lenet5.py"):
        Path(name).write_text("mine")
    (tmp_path / "photos").mkdir()
    (tmp_path / "runs" / "photos").mkdir(parents=True)
    again = "\n".join(next_steps(Path("runs/a b")))
    assert " sample " not in again
    assert "-o inside-2.html" in again
    assert "-o lenet5-2.py" in again
    assert "-o runs/photos-2" in again
    assert "predict 'runs/a b' digit.png" in again


@pytest.mark.slow
def test_the_printed_commands_work(tmp_path):
    def run(line):
        return subprocess.run(
            ["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=False
        )

    demo = run(f"{sys.executable} -m convscope demo")
    assert demo.returncode == 0, demo.stderr
    lines = re.findall(r"^  (\S.*)$", demo.stdout.split("\nnext:\n")[1], re.MULTILINE)
    assert len(lines) == 8
    for line in lines:
        done = run(line)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    assert "7" in run(lines[1]).stdout.split()
