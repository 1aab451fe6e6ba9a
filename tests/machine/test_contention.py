"""Idle OpenMP threads while other processes need the cores."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import torch

from convscope.machine import contention, cpus
from convscope.machine.contention import Decision, Throttle, num_teams, watched_contention

LINUX = Path("/proc/self/task").exists()


def num_tasks():
    return len(os.listdir("/proc/self/task"))


def after(condition, seconds=60.0):
    """Return whether a condition comes true in time."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


def watching():
    """Return whether there is a watch: that of an earlier test ends a moment after it."""
    return any(thread.name == contention.THREAD_NAME for thread in threading.enumerate())


@pytest.mark.parametrize("threads", [2, 3, 4, 8, 64, 69])
def test_the_idle_teams_make_more_threads_than_cores_and_no_more_than_needed(threads):
    for cores in range(1, 70):
        teams = num_teams(threads, cores)
        assert threads + teams * (threads - 1) > cores
        assert teams == 0 or threads + (teams - 1) * (threads - 1) <= cores


@pytest.mark.skipif(not LINUX, reason="counts the threads in /proc")
def test_a_quota_of_the_container_does_not_change_the_number_of_idle_threads(monkeypatch):
    counted = []
    monkeypatch.setattr(cpus, "_container_cores", lambda: 1.0)
    monkeypatch.setattr(contention, "_num_threads", lambda: 2)
    monkeypatch.setattr(contention, "num_teams", lambda _, cores: counted.append(cores) or 0)
    throttle = Throttle()
    throttle.switch(True)
    throttle.switch(False)
    assert counted == [len(os.sched_getaffinity(0))]


def test_one_thread_never_waits_for_another():
    assert num_teams(1, 8) == 0


def test_a_busy_machine_is_seen_at_once_and_a_quiet_one_after_a_while():
    decision = Decision()
    shares = [0.0, 0.09, 0.11, 0.0, 0.0, 0.0, 0.05, 0.0, 0.0, 0.0, 0.0, 0.0, 1.9]
    busy = [decision.after(share) for share in shares]
    assert busy == [False, False, *[True] * 8, False, False, True]


@pytest.mark.skipif(not LINUX, reason="counts the threads in /proc")
def test_the_idle_threads_come_and_go_and_change_no_bit():
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    throttle = Throttle()
    try:
        values = torch.rand(64, 300, 300, generator=torch.Generator().manual_seed(3))
        product, total = values @ values, values.sum()
        before = num_tasks()
        throttle.switch(True)
        throttle.switch(True)
        assert throttle.is_on
        assert num_tasks() > before
        assert torch.equal(values @ values, product)
        assert torch.equal(values.sum(), total)
    finally:
        throttle.switch(False)
        torch.set_num_threads(threads)
    assert not throttle.is_on
    assert after(lambda: num_tasks() <= before)


@pytest.mark.skipif(contention.waiting_s() is None, reason="this system counts no waiting time")
def test_the_waiting_time_grows_where_processes_share_a_core():
    """Two processes on one core: each waits about half of the time."""
    code = (
        "import os, sys; os.sched_setaffinity(0, {int(sys.argv[1])})\n"
        "import time; from convscope.machine.contention import waiting_s\n"
        "print('on', flush=True); before, end = waiting_s(), time.monotonic() + 60\n"
        "while time.monotonic() < end and waiting_s() - before < 0.2: pass\n"
        "print(waiting_s() - before)"
    )
    core = str(min(os.sched_getaffinity(0)))
    command = [sys.executable, "-c", code, core]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    waited = [float(process.communicate()[0].split()[1]) for process in both]
    assert max(waited) >= 0.2


@pytest.mark.parametrize("shares", [(0.0, False), (0.5, True)])
def test_the_watch_switches_while_something_computes(monkeypatch, shares):
    assert after(lambda: not watching()), "its last call would be counted here"
    share, expected = shares
    switched, waited = [], [0.0]

    def waiting():
        waited[0] += share * 1000  # far more than any time between two checks
        return waited[0]

    monkeypatch.setattr(contention, "CHECK_S", 0.001)
    monkeypatch.setattr(contention, "waiting_s", waiting)
    monkeypatch.setattr(contention, "_num_threads", lambda: 2)
    monkeypatch.setattr(Throttle, "switch", lambda _, on: switched.append(on))
    with watched_contention(), watched_contention():
        assert after(lambda: len(switched) > 3)
    assert set(switched[:3]) == {expected}
    assert after(lambda: not watching())
    assert switched[-1] is False


def test_the_watch_ends_with_the_last_that_computes(monkeypatch):
    monkeypatch.setattr(contention, "_num_threads", lambda: 2)
    monkeypatch.setattr(contention, "waiting_s", lambda: 0.0)

    assert after(lambda: not watching())
    with watched_contention():
        with watched_contention():
            assert watching()
        assert watching()
    assert after(lambda: not watching())
