"""Run the scripts of examples/ one after another, each in an empty folder; warnings are errors.

python tools/run_examples.py        all of them
python tools/run_examples.py 03 05  these
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"


def scripts(numbers: list[str]) -> list[Path]:
    """Return the scripts in their order, or those of some numbers."""
    every = sorted(EXAMPLES.glob("[0-9][0-9]_*.py"))
    return [path for path in every if not numbers or path.name[:2] in numbers]


def run(script: Path) -> bool:
    """Run a script and print its time; return whether it ended well and printed something."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        line = [sys.executable, "-W", "error", str(script)]
        done = subprocess.run(line, cwd=folder, capture_output=True, text=True, timeout=600)
    is_good = done.returncode == 0 and bool(done.stdout.strip())
    print(
        f"{script.name:<28}{time.perf_counter() - started:6.1f} s  {'ok' if is_good else 'FAILED'}"
    )
    if not is_good:
        print(done.stdout[-2000:], done.stderr[-4000:], sep="\n")
    return is_good


if __name__ == "__main__":
    results = [run(script) for script in scripts(sys.argv[1:])]
    sys.exit(0 if results and all(results) else 1)
