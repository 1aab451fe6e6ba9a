"""Commands whose system calls fail, and commands with hostile arguments: a sentence, no loss."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.failing_calls import COMMANDS

ROOT = Path(__file__).parents[2]
CALLS = 60  # of each command, chosen by a seed; resuming has about 300 and all are tried
LINES = 600


def findings(module, *arguments):
    """Return what a child found, by attempt."""
    command = [sys.executable, "-W", "ignore", "-m", f"tests.fuzz.{module}", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "ORT_DISABLE_TELEMETRY": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines
    return {number: finding for number, finding in lines if number != "calls" and finding}


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_a_failing_system_call_ends_a_command_with_a_sentence(command, tmp_path):
    calls = 1_000 if command == "resume" else CALLS
    assert findings("failing_calls", command, 0, calls, tmp_path) == {}


@pytest.mark.slow
def test_hostile_arguments_end_a_command_with_a_sentence(tmp_path):
    assert findings("arguments", 0, LINES, tmp_path) == {}
