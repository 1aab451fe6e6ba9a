"""LeNet-5 on MNIST: mean test error and wall time over seeds, recipe by recipe.

    python benchmarks/lenet5.py [RECIPE ...] [--seeds 3]

Every run is a process of its own, begun as a user would begin it; the time is that of the
training alone (from `timings.jsonl`) and of the whole process. The test split is read once,
at the end.
"""

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BUDGETS = {  # recipe: (architecture, largest mean error in %, seconds)
    "lenet5_mnist_quick": ("lenet5", 0.85, 90),
    "lenet5_mnist": ("lenet5", 0.75, 240),
    "lenet5_mnist_long": ("lenet5", 0.50, 300),
    "lenet5_1998_mnist": ("lenet5_1998", 1.1, None),
}


def one(architecture: str, recipe: str, seed: int, folder: Path) -> dict[str, float]:
    convscope = [sys.executable, "-m", "convscope"]
    begun = time.perf_counter()
    options = ["--recipe", recipe, "--set", f"seed={seed}", "--output", str(folder)]
    subprocess.run(
        [*convscope, "train", architecture, "mnist", *options], check=True, capture_output=True
    )
    whole_s = time.perf_counter() - begun
    timings = (folder / "timings.jsonl").read_text().splitlines()
    done = subprocess.run(
        [*convscope, "evaluate", str(folder), "mnist", "--json"],
        check=True,
        capture_output=True,
        text=True,
    )
    result = json.loads(done.stdout)
    return {
        "error": 100 * (1 - result["accuracy"]),
        "train_s": json.loads(timings[-1])["time_s"],
        "whole_s": whole_s,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipes", nargs="*", default=list(BUDGETS))
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    print(f"{platform.platform()}, {platform.machine()}; torch by the environment")
    for recipe in arguments.recipes:
        architecture, most_error, most_s = BUDGETS[recipe]
        runs = []
        for seed in range(arguments.seeds):
            with tempfile.TemporaryDirectory() as scratch:
                runs.append(one(architecture, recipe, seed, Path(scratch) / "run"))
            print(f"  {recipe} seed {seed}: " + json.dumps(runs[-1]), flush=True)
        errors = [run["error"] for run in runs]
        times = [run["train_s"] for run in runs]
        spread = statistics.stdev(errors) if len(errors) > 1 else 0.0
        print(
            f"{recipe}: test error {statistics.mean(errors):.3f} % +- {spread:.3f} "
            f"({len(runs)} seeds, budget {most_error} %); training "
            f"{statistics.median(times):.1f} s, "
            f"process {statistics.median(r['whole_s'] for r in runs):.1f} s (budget {most_s} s)"
        )


if __name__ == "__main__":
    main()
