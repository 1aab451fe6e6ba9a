"""Batches of requests: joined, limited, in time; an engine that fails does not stop the service."""

import asyncio
import threading

import pytest
import torch

from convscope.predict import Classes, Prepared
from convscope.server.answers import Refusal
from convscope.server.predictions.batching import Batcher, Settings

CLASSES = Classes(("a", "b", "c"))


class Preparer:
    def __call__(self, image, options):
        return Prepared(str(image), torch.full((1, 3), float(image)), "")

    def close(self):
        return


def batcher(engine, sizes=None, **settings):
    values = {"max_batch": 4, "max_wait_s": 1.0, "threads": 1, "most": 8} | settings
    observe = (sizes if sizes is not None else []).append
    return Batcher(engine, CLASSES, [Preparer()], Settings(**values), observe)


def test_images_of_several_requests_are_computed_together_and_in_order():
    sizes = []
    scores = torch.tensor([[0.0, 1.0, 2.0]])
    work = batcher(lambda x: (x * scores,), sizes)

    async def requests():
        return await asyncio.gather(*(work.predict([n, -n], None, 1) for n in (1, 2, 3)))

    answers = asyncio.run(requests())
    work.close()
    labels = [[prediction.top[0].label for prediction in row] for row in answers]
    assert labels == [["c", "a"]] * 3
    assert [[prediction.source for prediction in row] for row in answers] == [
        ["1", "-1"], ["2", "-2"], ["3", "-3"],
    ]  # fmt: skip
    assert sum(sizes) == 6
    assert max(sizes) <= 4
    assert len(sizes) < 6


def test_more_images_than_the_queue_holds_are_429_and_late_ones_are_dropped():
    release = threading.Event()

    def engine(x):
        release.wait(30)
        return (x,)

    work = batcher(engine, most=2)

    async def requests():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await work.predict([1, 2], None, 1)
        with pytest.raises(Refusal) as refused:
            await work.predict([3], None, 1)
        release.set()
        while work.pending:
            await asyncio.sleep(0.01)
        return refused.value, await work.predict([4], None, 1)

    refused, rows = asyncio.run(requests())
    work.close()
    assert refused.status == 429
    assert dict(refused.headers)[b"retry-after"]
    assert rows[0].source == "4"


def test_images_of_a_client_that_has_left_are_not_computed():
    begun, release = threading.Event(), threading.Event()
    sizes, dropped = [], []

    def engine(x):
        begun.set()
        release.wait(30)
        return (x,)

    work = batcher(engine, sizes, max_batch=1)

    async def requests():
        first = asyncio.ensure_future(work.predict([1], None, 1))
        await asyncio.to_thread(begun.wait, 30)
        left = asyncio.ensure_future(work.predict([2, 3, 4], None, 1, dropped.append))
        other = asyncio.ensure_future(work.predict([5], None, 1))
        await asyncio.sleep(0)
        dropped[0]()
        release.set()
        return await asyncio.gather(first, left, other)

    (first,), left, (other,) = asyncio.run(requests())
    assert [first.source, other.source] == ["1", "5"]
    assert [type(each) for each in left] == [asyncio.CancelledError] * 3
    assert sizes == [1, 1]
    assert work.pending == 0
    work.close()


def test_an_engine_that_fails_fails_its_batch_only():
    def engine(x):
        if float(x[0, 0]) < 0:
            raise RuntimeError("no memory")
        return (x,)

    work = batcher(engine)

    async def requests():
        return [(await work.predict([n], None, 1))[0] for n in (-1, 1)]

    failed, fine = asyncio.run(requests())
    work.close()
    assert isinstance(failed, RuntimeError)
    assert fine.source == "1"
    assert work.pending == 0
