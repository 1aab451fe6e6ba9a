"""A program that ends while a run is suspended: with its own error, and without an abort."""

import subprocess
import sys

import pytest

PROGRAM = """
import convscope

events = convscope.train("lenet5", "mnist", epochs=1, seed=0, out="run")
for event in events:
    raise ValueError("mine")
"""


@pytest.mark.slow
def test_an_error_in_the_loop_is_the_error_of_the_program(tmp_path):
    line = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=600)
    assert done.returncode == 1, done.stderr
    assert done.stderr.rstrip().endswith("ValueError: mine")
