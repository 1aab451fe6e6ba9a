"""Dynamic batching: images of many requests are prepared in threads, and computed together.

Threads decode and preprocess one image each; one thread runs the engine. A batch begins with the
first image that is ready. It waits for others only while some are being prepared, and no longer
than `max_wait_s` since its first image was ready.

Axes: N batch, C channels, H height, W width, K classes.
"""

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, final

import torch
from torch import Tensor

from convscope.errors import ConvscopeError
from convscope.predict import Classes, Prediction, Prepared
from convscope.server.answers import refusal

Engine = Callable[[Tensor], tuple[Tensor, ...]]


class Preparer(Protocol):
    """Function of one thread that prepares images."""

    def __call__(self, image: Any, options: Any) -> Prepared: ...

    def close(self) -> None: ...


@dataclass(eq=False)
class Job:
    """One image on its way.

    Attributes:
        future: of the event loop; its result is a Prediction.
    """

    image: Any
    options: Any
    topk: int
    future: "asyncio.Future[Prediction]"
    prepared: Prepared | None = None
    ready_s: float = 0.0
    outcome: Prediction | Exception | None = field(default=None, repr=False)


class Settings(NamedTuple):
    """Settings of the batches.

    Attributes:
        max_batch: images that are computed together.
        max_wait_s: see above.
        threads: that prepare images.
        most: images that may be on their way.
    """

    max_batch: int
    max_wait_s: float
    threads: int
    most: int


@final
class Batcher:
    """Threads between the event loop and the engine.

    Attributes:
        pending: images on their way.
    """

    def __init__(
        self,
        engine: Engine,
        classes: Classes,
        preparers: "list[Preparer]",
        settings: Settings,
        observe: Callable[[int], None] = lambda _size: None,
    ) -> None:
        """Start the threads; they end with `close`.

        Args:
            observe: called with the size of each batch.
        """
        self._engine, self._classes, self._settings = engine, classes, settings
        self._observe = observe
        self._arrived: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._ready: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._held: list[Job] = []
        room = 2 * settings.max_batch + settings.threads
        self._room = threading.BoundedSemaphore(room)  # of inputs, which may be large
        self.pending = 0
        self._preparers = preparers
        self._threads = [
            threading.Thread(target=self._prepare, args=(p,), daemon=True) for p in preparers
        ]
        self._threads.append(threading.Thread(target=self._compute, daemon=True))
        for thread in self._threads:
            thread.start()

    async def predict(
        self,
        images: list[Any],
        options: Any,
        topk: int,
        give_up_by: "Callable[[Callable[[], None]], None]" = lambda _work: None,
    ) -> "list[Prediction | BaseException]":
        """Return the prediction of each image, or the error that it raised.

        Args:
            give_up_by: takes a function that drops the images, for a client that leaves. Those
                that are not computed yet have CancelledError in place of their predictions.

        Raises:
            Refusal: 429, too many images wait.
        """
        if self.pending + len(images) > self._settings.most:
            raise refusal(
                429,
                f"{self.pending} images wait for their predictions",
                expected=f"at most {self._settings.most} at once",
                fix="try again in a moment; --queue of `convscope serve` changes the limit",
            )
        loop = asyncio.get_running_loop()
        jobs = [Job(image, options, topk, loop.create_future()) for image in images]

        def drop() -> None:
            for job in jobs:
                job.future.cancel()

        give_up_by(drop)
        self.pending += len(jobs)
        for job in jobs:
            self._arrived.put(job)
        try:
            return await asyncio.gather(*(job.future for job in jobs), return_exceptions=True)
        finally:
            drop()  # those that nobody waits for any more
            for job in jobs:
                job.image = None

    def close(self) -> None:
        """End the threads; images on their way are not computed."""
        for _ in self._preparers:
            self._arrived.put(None)
        self._ready.put(None)
        for thread in self._threads:
            thread.join(5)
        for preparer in self._preparers:
            preparer.close()

    def _prepare(self, preparer: Preparer) -> None:
        torch.set_num_threads(1)  # of this thread: the others prepare other images
        while (job := self._arrived.get()) is not None:
            if job.future.done():
                self._finish([job])
                continue
            self._room.acquire()
            try:
                job.prepared = preparer(job.image, job.options)
            except Exception as error:
                job.outcome = error
                self._room.release()
                self._finish([job])
            else:
                job.image, job.ready_s = None, time.perf_counter()
                self._ready.put(job)

    def _compute(self) -> None:
        while (batch := self._next_batch()) is not None:
            waiting = [job for job in batch if not job.future.done()]
            if waiting:
                try:
                    self._run(waiting)
                except Exception as error:
                    for job in waiting:
                        job.outcome = error
            for job in batch:
                job.prepared = None
                self._room.release()
            self._finish(batch)

    def _next_batch(self) -> list[Job] | None:
        """Return images whose inputs have one shape; None at the end."""
        first = self._held.pop(0) if self._held else self._ready.get()
        if first is None:
            return None
        batch, others = [first], list[Job]()
        for job in self._held:  # of another shape than the batch before
            fits = _shape(job) == _shape(first) and len(batch) < self._settings.max_batch
            (batch if fits else others).append(job)
        self._held = others
        deadline_s = first.ready_s + self._settings.max_wait_s
        while len(batch) < self._settings.max_batch:
            try:
                following = self._next_job(deadline_s, len(batch))
            except queue.Empty:
                break
            if following is None:
                self._ready.put(None)  # for the next call
                break
            (batch if _shape(following) == _shape(first) else self._held).append(following)
        return batch

    def _next_job(self, deadline_s: float, size: int) -> Job | None:
        """Return the next image that is ready; wait only while others are being prepared."""
        left_s = deadline_s - time.perf_counter()
        if left_s <= 0 or self.pending <= size + len(self._held):
            return self._ready.get_nowait()
        return self._ready.get(timeout=left_s)

    def _run(self, batch: list[Job]) -> None:
        self._observe(len(batch))
        with torch.inference_mode():
            inputs = [job.prepared.input_NCHW for job in batch if job.prepared is not None]
            inputs_NCHW = torch.cat(inputs) if len(inputs) > 1 else inputs[0]
            probabilities_NK = self._engine(inputs_NCHW)[0].softmax(1)
            most = min(max(job.topk for job in batch), len(self._classes.labels))
            best = probabilities_NK.topk(most)
        rows = zip(batch, best.values.tolist(), best.indices.tolist(), strict=True)
        for job, probabilities, indices in rows:
            scores = self._classes.scores(probabilities[: job.topk], indices[: job.topk])
            assert job.prepared is not None
            job.outcome = Prediction(job.prepared.source, tuple(scores), job.prepared.note)

    def _finish(self, jobs: list[Job]) -> None:
        try:
            for loop in {job.future.get_loop() for job in jobs}:  # one, unless tests have several
                own = [job for job in jobs if job.future.get_loop() is loop]
                loop.call_soon_threadsafe(self._deliver, own)
        except RuntimeError:  # the loop is closed: the service has stopped
            return

    def _deliver(self, jobs: list[Job]) -> None:
        """Set the results, in the thread of the event loop."""
        self.pending -= len(jobs)
        for job in jobs:
            if job.future.done():
                continue
            if isinstance(job.outcome, Prediction):
                job.future.set_result(job.outcome)
            else:
                job.future.set_exception(job.outcome or ConvscopeError("not computed"))


def _shape(job: Job) -> tuple[int, ...]:
    assert job.prepared is not None
    return tuple(job.prepared.input_NCHW.shape)


def measured_batch(engine: Engine, shape: tuple[int, ...], *, seconds: float = 2.0) -> int:
    """Return the smallest batch whose throughput is within 5 % of the best one measured.

    Args:
        shape: of one input, (C, H, W).
        seconds: limit of the measurement; the batch under measurement is completed.
    """
    start = time.perf_counter()
    rates: dict[int, float] = {}
    for size in (1, 2, 4, 8, 16, 32):
        inputs_NCHW = torch.rand(size, *shape)
        times = []
        for _ in range(4):
            begin = time.perf_counter()
            engine(inputs_NCHW.clone())
            times.append(time.perf_counter() - begin)
        rates[size] = size / min(times[1:])
        if time.perf_counter() - start > seconds:
            break
    best = max(rates.values())
    return next(size for size, rate in rates.items() if rate >= 0.95 * best)
