"""The group of an image by an expression that may come from others."""

import signal
import threading

import pytest

from convscope.data.folder import group_name as module
from convscope.data.folder.group_name import group_name
from convscope.errors import InputError

ENDLESS = r"(.+)+\n"


def test_the_first_group_or_the_match():
    assert group_name(r"(\d+)_", "a/17_3.png") == "17"
    assert group_name(r"\d+_", "a/17_3.png") == "17_"
    assert group_name("x", "a/17_3.png") is None


def test_an_endless_search_is_ended(monkeypatch):
    monkeypatch.setattr(module, "LIMIT_S", 0.1)
    with pytest.raises(InputError, match="takes more than"):
        group_name(ENDLESS, "a/" + "0" * 60)


def test_alarms_of_others_are_kept():
    heard = []
    handler = signal.signal(signal.SIGALRM, lambda *_: heard.append(1))
    try:
        signal.setitimer(signal.ITIMER_REAL, 1000)
        group_name("a", "a")
        left_s, _ = signal.setitimer(signal.ITIMER_REAL, 0)
        assert 0 < left_s <= 1000
        signal.raise_signal(signal.SIGALRM)
        assert heard
    finally:
        signal.signal(signal.SIGALRM, handler)


def test_any_thread_may_search():
    found = []
    thread = threading.Thread(target=lambda: found.append(group_name("a", "a")))
    thread.start()
    thread.join()
    assert found == ["a"]
