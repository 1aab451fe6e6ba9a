"""The process of one engine: `python -m convscope.bench.child FOLDER ENGINE LEVEL`.

It reads one JSON object per line from standard input, and answers each with one line on standard
output. It ends when standard input does.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from convscope.bench.builders import Measured, Sources, build
from convscope.bench.candidates import CANDIDATES
from convscope.bench.job import Job
from convscope.engine.profile.attribution import attributed
from convscope.engine.rates import wait
from convscope.errors import InputError
from convscope.machine.contention import watched_contention

STATUS = Path("/proc/self/status")
KIB = 1024


class Worker:
    """One engine, built on request."""

    def __init__(self, folder: Path, key: str, level: str) -> None:
        self._before = resident_bytes()
        self._folder, self._job = folder, Job.read(folder)
        (self._candidate,) = (c for c in CANDIDATES if (c.key, c.level) == (key, level))
        self._engine: Measured | None = None

    def build(self) -> dict[str, Any]:
        """Build the engine and run one image; return the seconds."""
        start = time.perf_counter()
        self._engine = build(self._candidate, Sources(self._job.network, self._calibration))
        self._engine.run(self._batch(1))
        wait(self._job.device)
        return {"start_s": time.perf_counter() - start}

    @property
    def _calibration(self) -> Tensor | None:
        return self._job.calibration_NCHW

    def outputs(self, batch_size: int) -> dict[str, Any]:
        """Write the logits of the images to compare; return the name of the file."""
        assert self._engine is not None
        images_NCHW = self._job.images_NCHW
        parts_NCHW = torch.split(images_NCHW, batch_size)
        # an engine may write each answer into the same memory
        logits = [self._engine.run(part.clone()).cpu().clone() for part in parts_NCHW]
        name = f"{self._candidate.key}-{self._candidate.level}.npy"
        np.save(self._folder / name, torch.cat(logits).numpy())
        return {"file": name}

    def run(self, batch_size: int, least_s: float) -> dict[str, Any]:
        """Run batches for some seconds, at least one; return the milliseconds of each."""
        assert self._engine is not None
        inputs_NCHW, device = self._batch(batch_size), self._job.device
        times: list[float] = []
        while not times or sum(times) < least_s * 1000:
            wait(device)
            start = time.perf_counter()
            self._engine.run(inputs_NCHW)
            wait(device)
            times.append((time.perf_counter() - start) * 1000)
        return {"ms": times}

    def memory(self) -> dict[str, Any]:
        """Return the most memory so far, in bytes; see `Row.memory_bytes`."""
        if self._job.device != "cpu":
            return {"bytes": torch.cuda.max_memory_allocated(self._job.device)}
        peak = peak_bytes()
        return {"bytes": None if peak is None else max(0, peak - (self._before or 0))}

    def profile(self, batch_size: int, repeats: int) -> dict[str, Any]:
        """Return milliseconds per layer."""
        assert self._engine is not None
        passes = self._engine.profile(self._batch(batch_size), repeats)
        result = attributed(self._job.network.architecture, passes)
        return {
            "layers": [list(layer) for layer in result.layers],
            "other_ms": result.other_ms,
            "total_ms": result.total_ms,
        }

    def _batch(self, batch_size: int) -> Tensor:
        images_NCHW = self._job.images_NCHW
        times = -(-batch_size // len(images_NCHW))
        return images_NCHW.repeat(times, 1, 1, 1)[:batch_size].clone()


def resident_bytes() -> int | None:
    """Return the resident memory of this process; None where the system does not tell."""
    return _status("VmRSS") if STATUS.exists() else None


def peak_bytes() -> int | None:
    """Return the largest resident memory of this process so far.

    Linux's `ru_maxrss` would include that of the process that started this one.
    """
    if STATUS.exists():
        return _status("VmHWM")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss if sys.platform == "darwin" else None


def _status(name: str) -> int | None:
    for line in STATUS.read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * KIB
    return None


def _requests() -> Iterator[dict[str, Any]]:
    for line in sys.stdin:
        yield json.loads(line)


def main() -> None:
    """Serve requests until standard input ends; an error is an answer too."""
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no reply
    folder, key, level = sys.argv[1:]
    worker = Worker(Path(folder), key, level)
    actions: dict[str, Callable[..., dict[str, Any]]] = {
        "build": worker.build,
        "outputs": worker.outputs,
        "run": worker.run,
        "memory": worker.memory,
        "profile": worker.profile,
    }
    with watched_contention():  # as in predictions
        for request in _requests():
            action = request.pop("do")
            try:
                reply = actions[action](**request)
            except InputError as error:
                reply = {"error": error.given}
            except Exception as error:  # of a package of others: the row says why it is missing
                reply = {"error": f"{type(error).__name__}: {error}"}
            replies.write(json.dumps(reply) + "\n")
            replies.flush()


if __name__ == "__main__":
    main()
