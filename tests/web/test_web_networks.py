"""The networks of the training page are those that Python writes, with the shapes of Python."""

import json
import subprocess
import sys
from pathlib import Path

from convscope.arch import Architecture

ROOT = Path(__file__).parents[2]
NETWORKS = ROOT / "web" / "src" / "views" / "train" / "network" / "networks.json"


def test_files_are_up_to_date() -> None:
    tool = ROOT / "tools" / "web_networks.py"
    done = subprocess.run(
        [sys.executable, tool, "--check"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "")


def test_every_network_opens_with_the_rows_that_the_file_states() -> None:
    networks = json.loads(NETWORKS.read_text())
    for network in networks:
        architecture = Architecture.from_json(json.dumps(network["architecture"]))
        rows = [
            {
                "path": step.path,
                "type": step.operation.type,
                "shape": list(step.output_shape),
                "parameters": step.parameters,
            }
            for step in architecture.trace.steps
        ]
        assert rows == network["rows"]
    assert len({network["architecture"]["name"] for network in networks}) == 5
