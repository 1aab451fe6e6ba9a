"""Thousands of damaged inputs for every reader: each is accepted, or refused with a sentence.

No other exception, nothing executed or written elsewhere, limits on CPU time and memory.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.readers import FAULTY, READERS

ROOT = Path(__file__).parents[2]


def findings(name, count, place):
    """Return what the inputs of a reader did that they must not, by their number."""
    command = [sys.executable, "-m", "tests.fuzz.child", name, "0", str(count), str(place)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "ORT_DISABLE_TELEMETRY": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    tried = [number for number, _ in lines]
    assert tried == list(range(count)), (tried[-1:], done.returncode, done.stderr[-2000:])
    return {number: finding for number, finding in lines if finding}


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_a_damaged_input_is_accepted_or_refused_with_a_sentence(name, tmp_path):
    assert findings(name, READERS[name].inputs, tmp_path) == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTY)
def test_the_fuzzer_finds_a_planted_fault(name, tmp_path):
    assert name in findings(name, 1, tmp_path)[0]


def test_at_least_3000_inputs():
    assert sum(reader.inputs for reader in READERS.values()) >= 3_000
