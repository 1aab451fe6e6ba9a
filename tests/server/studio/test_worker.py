"""The worker: one warm child process, progress, cancelling, crashes and limits."""

import asyncio
import json
import os
import signal
import time

import pytest

from convscope.errors import InputError
from convscope.server.answers import Refusal
from convscope.server.studio.stream.hub import Hub
from convscope.server.studio.worker import tasks
from convscope.server.studio.worker.worker import Worker


@pytest.fixture(scope="module")
def hub():
    return Hub()


@pytest.fixture(scope="module")
def worker(hub):
    worker = Worker(hub, imports="json")  # torch takes 2 s each time
    yield worker
    worker.close()


@pytest.fixture
def process(worker):
    """The process of the worker, started."""
    worker.submit("worker.echo", {}).result.result(60)
    return worker._process


def result(task, seconds=60):
    return json.loads(task.result.result(seconds))


def test_a_task_has_a_result_and_its_progress_is_in_the_stream(worker, hub):
    task = worker.submit("worker.echo", {"seconds": 0.3, "text": "ü"}, "mine")
    assert result(task) == {"seconds": 0.3, "text": "ü"}
    rows = [json.loads(message.data) for message in hub._ring if message.kind == "task"]
    assert rows
    assert {row["id"] for row in rows} == {"mine"}
    assert all(row["total"] == 30 for row in rows)
    assert len(rows) <= 6  # at most ten a second


def test_an_error_of_a_task_keeps_its_parts_and_the_process(worker, process):
    with pytest.raises(InputError) as error:
        worker.submit("worker.echo", {"problem": "too small"}).result.result(60)
    assert error.value.given == "too small"
    assert worker._process is process


def test_a_cancelled_task_ends_and_the_next_one_runs_in_the_same_process(worker, process):
    long = worker.submit("worker.echo", {"seconds": 600})
    waiting = worker.submit("worker.echo", {"seconds": 600})
    time.sleep(0.3)
    waiting.cancel()
    long.cancel()
    assert result(worker.submit("worker.echo", {"n": 1})) == {"n": 1}
    assert str(long.result.exception(5)) == "the computation was cancelled"
    assert str(waiting.result.exception(5)) == "the computation was cancelled"
    assert worker._process is process


def test_a_crash_is_a_sentence_and_a_new_process_takes_over(worker):
    task = worker.submit("worker.echo", {"seconds": 600})
    time.sleep(0.3)
    os.kill(worker._process.pid, signal.SIGKILL)
    error = task.result.exception(30)
    assert isinstance(error, Refusal)
    assert "memory" in error.error.given
    assert result(worker.submit("worker.echo", {"n": 2})) == {"n": 2}


def test_a_task_that_takes_too_much_memory_is_ended(worker, monkeypatch):
    monkeypatch.setattr(worker, "_memory_bytes", 1)
    error = worker.submit("worker.echo", {"seconds": 600}).result.exception(30)
    assert "too much memory" in error.error.given


def test_the_queue_is_bounded(worker, monkeypatch):
    monkeypatch.setattr("convscope.server.studio.worker.worker.MOST_WAITING", 2)
    waiting = [worker.submit("worker.echo", {"seconds": 0.2}) for _ in range(2)]
    with pytest.raises(Refusal) as error:
        worker.submit("worker.echo", {})
    assert error.value.status == 503
    for task in waiting:
        task.cancel()


def test_a_client_that_leaves_cancels_its_task(worker):
    async def check():
        waiting = asyncio.create_task(worker.run("worker.echo", {"seconds": 600}))
        await asyncio.sleep(0.3)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        return json.loads(await worker.run("worker.echo", {"n": 3}))

    assert asyncio.run(check()) == {"n": 3}


def test_every_task_is_a_function():
    for name, place in tasks.TASKS.items():
        module, _, function = place.partition(":")
        imported = __import__(module, fromlist=[function])
        assert callable(getattr(imported, function)), name
