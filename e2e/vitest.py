"""Tests in TypeScript that read cases which Python has written."""

import os
import subprocess
from pathlib import Path

WEB = Path(__file__).parents[1] / "web"


def run(test: str, variable: str, cases: Path) -> None:
    """Run a test file of `web/`, and fail with what it prints.

    Args:
        variable: environment variable that tells the test where the cases are.
    """
    done = subprocess.run(
        ["npx", "vitest", "run", "--testTimeout=300000", test],
        cwd=WEB,
        env=os.environ | {variable: str(cases), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if "\u2713" not in line]
    assert done.returncode == 0, "\n".join([*lines, done.stderr])[:8000]
