"""Time and peak memory of exporting to ONNX, each in a fresh process, verification included.

    python benchmarks/export.py [NAME ...]

The budget: ResNet-152 in at most 10 s, with at most twice its weights + 300 MB. The peak is that of
the larger of two processes: the one that writes, and the one that runs the file to verify it.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NAMES = ("lenet5", "efficientnet_lite0", "resnet50", "resnet152", "vgg16")
EXTRA_BYTES = 300_000_000
SECONDS = 10.0
UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss


def main(names: list[str]) -> None:
    """Print a table: a row for each network."""
    print("network             seconds  weights MB  peak MB  of budget")
    for name in names or NAMES:
        code = f"import export; export.measured({name!r})"
        run = subprocess.run(
            [sys.executable, "-c", code],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        )
        row = json.loads(run.stdout.splitlines()[-1])
        budget = 2 * row["weights"] + EXTRA_BYTES
        share = row["peak"] / budget
        print(
            f"{name:20}{row['seconds']:7.2f}{row['weights'] / 1e6:12.1f}{row['peak'] / 1e6:9.1f}"
            f"{share:11.2f}"
        )


def measured(name: str) -> None:
    """Export a network with initial weights and print the figures as one line of JSON."""
    from convscope.opening import open_or_untrained

    model, _ = open_or_untrained(name)
    weights = sum(t.nelement() * t.element_size() for t in model.network.state_dict().values())
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        model.export("onnx", Path(folder) / "model.onnx")
        seconds = time.perf_counter() - start
    peak = max(
        resource.getrusage(who).ru_maxrss * UNIT
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(json.dumps({"seconds": seconds, "weights": weights, "peak": peak}))


if __name__ == "__main__":
    main(sys.argv[1:])
