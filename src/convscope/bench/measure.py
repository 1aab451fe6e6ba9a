"""Measure engines: each in its own process, in turns, so that all see the same machine.

Axes: N batch, C channels, H height, W width, K classes.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from convscope.bench.candidates import Candidate, reason_against, selected
from convscope.bench.children import Child, EngineError
from convscope.bench.job import Job
from convscope.bench.records import Absent, Bench, LayerRow, Options, Profile, Row
from convscope.engine.profile.attribution import OTHER
from convscope.engine.rates import Rates, matmul_rates
from convscope.errors import InputError
from convscope.machine.processor import processor
from convscope.network import Network
from convscope.network.device import device_of

if TYPE_CHECKING:
    from convscope.engine.calibrated import Images

COMPARED = 16  # images whose outputs are compared
MOST_IMAGES = 160  # of data: 32 to compare outputs on, 128 to calibrate int8 with
EVERY = 5
BLOCK_S = 0.02  # an engine runs at least so long in one turn
FEWEST_ROUNDS, MOST_ROUNDS = 3, 30
OVERRUN = 3.0  # a slow network may take so many times its seconds for the fewest rounds
PROFILED = 7  # passes with a profile

Progress = Callable[[int, int], None]


@dataclass
class _Engine:
    """A running engine with what was measured so far: milliseconds by batch size and round."""

    child: Child
    start_s: float = 0.0
    difference: float = 0.0
    agreement: float = 1.0
    rounds: dict[int, list[float]] = field(default_factory=dict)
    memory: dict[int, int | None] = field(default_factory=dict)


def bench(
    network: Network,
    options: Options,
    *,
    images_NCHW: Tensor | None = None,
    calibration_NCHW: Tensor | None = None,
    progress: Progress = lambda _done, _total: None,
) -> Bench:
    """Measure the engines of this machine with a network.

    Args:
        images_NCHW: prepared images whose outputs are compared; by default random numbers.
        calibration_NCHW: prepared images for int8, which is left out without them.
        progress: called with the number of steps done and their total.

    Raises:
        InputError: unknown engines or levels, or PyTorch itself fails.
    """
    candidates = selected(options.engines, options.levels)
    needs_images = any(candidate.level == "int8" for candidate in candidates)
    if "int8" in options.levels and needs_images and calibration_NCHW is None:
        raise InputError(
            "level int8 without images that set its ranges",
            expected="--calibration DATA: a folder of images or a data set",
            fix="--calibration with some hundred images like those to classify",
        )
    device = str(device_of(network))
    if images_NCHW is None:
        images_NCHW = random_images(network)
        compared = f"{COMPARED} images of random numbers"
    else:
        compared = f"{len(images_NCHW)} images of the data"
    job = Job(network, images_NCHW, calibration_NCHW, device, torch.get_num_threads())
    rates = matmul_rates(device)
    with tempfile.TemporaryDirectory(prefix="convscope-bench-") as name, ExitStack() as stack:
        job.write(Path(name))
        session = _Session(job, options, rates, Path(name), progress)
        stack.callback(session.close)
        session.start(candidates)
        for batch_size in sorted(set(options.batch_sizes)):
            session.measure(batch_size)
        session.rates = rates.or_faster(matmul_rates(device))
        profile = session.profile() if options.layers else None
        return session.result(compared, profile)


def random_images(network: Network) -> Tensor:
    """Return inputs of random numbers, the same on every machine: (16, C, H, W)."""
    generator = torch.Generator().manual_seed(0)
    return torch.randn(COMPARED, *network.architecture.input, generator=generator)


def data_images(images: "Images") -> tuple[Tensor, Tensor]:
    """Return images, evenly spread over all: (N, C, H, W).

    Every fifth is one to compare outputs on, the others calibrate int8.
    """
    num = min(images.num, MOST_IMAGES)
    places = [number * images.num // num for number in range(num)]
    with torch.inference_mode():
        parts = [images.input(place).cpu() for place in places]
        compared = torch.cat(parts[::EVERY]).clone()
        others = [part for place, part in enumerate(parts) if place % EVERY] or parts
        return compared, torch.cat(others).clone()


class _Session:
    """All engines of one benchmark."""

    def __init__(
        self, job: Job, options: Options, rates: Rates, folder: Path, progress: Progress
    ) -> None:
        self._job, self._options, self.rates, self._folder = job, options, rates, folder
        self._progress = progress
        self._done = self._total = 0
        self._children: list[Child] = []
        self._engines: list[_Engine] = []
        self._absent: list[Absent] = []
        self._expected: NDArray[np.float32] | None = None

    def close(self) -> None:
        for child in self._children:
            child.close()

    def start(self, candidates: list[Candidate]) -> None:
        """Build each engine, and compare its outputs with those of the first one."""
        batches = len(set(self._options.batch_sizes))
        self._total = len(candidates) + MOST_ROUNDS * batches + int(self._options.layers)
        is_calibrated = self._job.calibration_NCHW is not None
        reasons = {
            candidate: reason_against(
                candidate, device=self._job.device, is_calibrated=is_calibrated
            )
            for candidate in candidates
        }
        children = {each: Child(each, self._folder) for each in candidates if not reasons[each]}
        self._children += children.values()
        for child in children.values():  # importing PyTorch, all at the same time
            child.wait()
        for candidate in candidates:
            reason = reasons[candidate] or self._started(children[candidate])
            if reason and not self._engines:
                raise InputError(
                    f"PyTorch does not compute this network here: {reason}",
                    fix="a smaller --batch or --input",
                )
            if reason:
                self._leave_out(candidate, reason)
            self._step()

    def _started(self, child: Child) -> str:
        """Build an engine; return why it cannot be used, or nothing."""
        engine = _Engine(child)
        try:
            engine.start_s = engine.child.ask("build")["start_s"]
            reply = engine.child.ask("outputs", batch_size=min(self._options.batch_sizes))
        except EngineError as failure:
            engine.child.close()
            return str(failure)
        outputs_NK = np.load(self._folder / reply["file"])
        if self._expected is None:
            self._expected = outputs_NK
        engine.difference, engine.agreement = compared(self._expected, outputs_NK)
        self._engines.append(engine)
        return ""

    def _leave_out(self, candidate: Candidate, reason: str) -> None:
        self._absent.append(
            Absent(engine=candidate.key, name=candidate.name, level=candidate.level, reason=reason)
        )

    def _step(self, steps: int = 1) -> None:
        self._done += steps
        self._progress(self._done, self._total)

    def measure(self, batch_size: int) -> None:
        """Let the engines take turns until the seconds for this batch size are over."""
        allowed_s = self._options.seconds / len(set(self._options.batch_sizes))
        start = time.perf_counter()
        self._turn(batch_size, warm_up=True)
        for number in range(1, MOST_ROUNDS + 1):
            self._turn(batch_size)
            self._step()
            elapsed_s = time.perf_counter() - start
            enough = 1 if elapsed_s > OVERRUN * allowed_s else FEWEST_ROUNDS
            if elapsed_s > allowed_s and number >= enough:
                self._step(MOST_ROUNDS - number)
                break
        for engine in self._engines:
            engine.memory[batch_size] = engine.child.ask("memory")["bytes"]

    def _turn(self, batch_size: int, *, warm_up: bool = False) -> None:
        """Run every engine once; one that fails is left out from now on."""
        for engine in list(self._engines):
            try:
                reply = engine.child.ask("run", batch_size=batch_size, least_s=BLOCK_S)
            except EngineError as failure:
                if engine is self._engines[0]:
                    raise InputError(
                        f"PyTorch does not compute a batch of {batch_size}: {failure}",
                        fix="a smaller --batch",
                    ) from None
                self._engines.remove(engine)
                engine.child.close()
                self._leave_out(engine.child.candidate, f"batch of {batch_size}: {failure}")
                continue
            if not warm_up:
                times = engine.rounds.setdefault(batch_size, [])
                times.append(statistics.median(reply["ms"]))

    def profile(self) -> Profile:
        """Return milliseconds per layer of the engine that is fastest at the first batch size."""
        batch_size = self._options.batch_sizes[0]
        engine = min(self._chosen(), key=lambda each: statistics.median(each.rounds[batch_size]))
        try:
            reply = engine.child.ask("profile", batch_size=batch_size, repeats=PROFILED)
        except EngineError as failure:
            name = engine.child.candidate.name
            raise InputError(f"{name} returns no profile: {failure}") from None
        self._step()
        return self._profile_of(engine, batch_size, reply)

    def _chosen(self) -> list[_Engine]:
        """Return the engines that `engines` and `levels` name: without levels the exact ones."""
        levels = self._options.levels or ("exact",)
        names = self._options.engines
        chosen = [
            engine
            for engine in self._engines
            if engine.child.candidate.level in levels
            and (not names or engine.child.candidate.key in names)
        ]
        return chosen or self._engines

    def _profile_of(self, engine: _Engine, batch_size: int, reply: dict[str, Any]) -> Profile:
        candidate = engine.child.candidate
        steps = {step.path: step for step in self._job.network.architecture.trace.steps}
        rate, total_ms = self.rates.of(candidate.level), reply["total_ms"]
        macs = dict.fromkeys((*steps, OTHER), 0)
        for path, _ms, inside in reply["layers"]:
            macs[inside or path] += steps[path].macs * batch_size
        layers = []
        for path, ms, inside in reply["layers"]:
            is_rated = macs[path] and ms > 0 and not inside
            speed = macs[path] / (ms / 1000) if is_rated else None
            layers.append(
                LayerRow(
                    path=path,
                    ms=ms,
                    share=ms / total_ms if total_ms else 0.0,
                    macs=macs[path],
                    inside=inside,
                    gmacs_per_s=None if speed is None else speed / 1e9,
                    rate_share=None if speed is None else 2 * speed / rate,
                )
            )
        return Profile(
            engine=candidate.key,
            name=candidate.name,
            level=candidate.level,
            batch_size=batch_size,
            total_ms=total_ms,
            other_ms=reply["other_ms"],
            ms=statistics.median(engine.rounds[batch_size]),
            layers=tuple(layers),
        )

    def result(self, compared_with: str, profile: Profile | None) -> Bench:
        """Return all that was measured."""
        architecture = self._job.network.architecture
        rows = [
            self._row(engine, batch_size)
            for batch_size in sorted(self._engines[0].rounds)
            for engine in self._engines
            if batch_size in engine.rounds
        ]
        return Bench(
            architecture=architecture.name,
            input=architecture.input[:],
            macs=architecture.table().totals.macs,
            device=self._job.device,
            machine=machine_name(self._job.device),
            threads=self._job.threads,
            rates=self.rates.model_dump(),
            compared=compared_with,
            rows=tuple(rows),
            absent=tuple(self._absent),
            profile=profile,
        )

    def _row(self, engine: _Engine, batch_size: int) -> Row:
        candidate, times = engine.child.candidate, engine.rounds[batch_size]
        reference = self._engines[0].rounds[batch_size]
        ms = statistics.median(times)
        low, high = np.percentile(times, (25, 75))
        macs = self._job.network.architecture.table().totals.macs * batch_size
        pairs = zip(reference, times, strict=False)  # in the same turn
        return Row(
            engine=candidate.key,
            name=candidate.name,
            level=candidate.level,
            batch_size=batch_size,
            ms=ms,
            ms_low=float(low),
            ms_high=float(high),
            images_per_s=1000 * batch_size / ms,
            times_as_fast=statistics.median(before / now for before, now in pairs),
            memory_bytes=engine.memory.get(batch_size),
            start_s=engine.start_s,
            difference=engine.difference,
            agreement=engine.agreement,
            rate_share=2 * macs / (ms / 1000) / self.rates.of(candidate.level),
            rounds=len(times),
        )


def compared(expected: NDArray[np.float32], outputs: NDArray[np.float32]) -> tuple[float, float]:
    """Return the largest difference, relative to the largest value, and the top-1 agreement."""
    largest = float(np.abs(expected).max())
    difference = float(np.abs(outputs - expected).max())
    relative = difference / largest if largest > 0 else difference
    agreement = float((outputs.argmax(1) == expected.argmax(1)).mean())
    return relative if np.isfinite(relative) else 1.0, agreement


def machine_name(device: str) -> str:
    """Return the name of the processor or of the GPU."""
    if device != "cpu":
        return torch.cuda.get_device_name(device)
    return processor()
