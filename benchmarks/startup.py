"""What starting costs: seconds and memory of the quick commands, beside importing pydantic.

python benchmarks/startup.py [--runs 9]
"""

import argparse
import statistics
import subprocess
import sys
import time

COMMANDS = {
    "import pydantic": [sys.executable, "-c", "import pydantic"],
    "import pydantic.types": [sys.executable, "-c", "from pydantic import BaseModel"],
    "convscope --help": [sys.executable, "-m", "convscope", "--help"],
    "convscope show lenet5": [sys.executable, "-m", "convscope", "show", "lenet5"],
}


def once(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def peak_mb(command: list[str]) -> float:
    """The largest resident size of the command, by a child that reports its own child's."""
    code = (
        "import resource, subprocess, sys; "
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *command], check=True, capture_output=True, text=True
    )
    return int(done.stdout) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(runs):  # in turn, so that a slow moment of the machine falls on all
        for name, command in COMMANDS.items():
            times[name].append(once(command))
    base = statistics.median(times["import pydantic"])
    for name, command in COMMANDS.items():
        middle = statistics.median(times[name])
        print(
            f"{name:<24} {1000 * middle:6.0f} ms (min {1000 * min(times[name]):.0f})  "
            f"{middle / base:5.2f} x  {peak_mb(command):5.0f} MB"
        )


if __name__ == "__main__":
    main()
