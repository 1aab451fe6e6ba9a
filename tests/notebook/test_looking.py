"""Progress of visuals in notebooks, with a display of our own, and outside of them."""

import pytest

from convscope.notebook import looking
from convscope.visuals.progress import Estimate, begin, is_watched, reported, reported_to


@pytest.fixture
def shown(monkeypatch):
    bundles = []

    def display(bundle):
        bundles.append(bundle)
        return bundles.append

    monkeypatch.setattr(looking, "kernel_display", lambda: display)
    monkeypatch.setattr(looking, "INTERVAL_S", 0.0)
    return bundles


def test_a_long_visual_has_a_bar_that_is_removed(shown):
    with looking.watched_visual():
        begin(Estimate("maximise", 100, 100, 10.0))
        assert list(reported("abcd", 4)) == list("abcd")
    assert [bundle["text/plain"] for bundle in shown] == [
        *(f"maximise: {share}%" for share in (0, 25, 50, 75, 100)),
        "",
    ]
    assert "0:10 left" in shown[0]["text/html"]


def test_a_short_visual_has_none(shown):
    with looking.watched_visual():
        begin(Estimate("saliency", 1, 1, 0.3))
        assert list(reported("ab", 2)) == ["a", "b"]
    assert shown == []


def test_who_shows_progress_already_is_not_replaced(shown):
    steps = []
    with reported_to(lambda done, total: steps.append(done)), looking.watched_visual():
        assert list(reported("ab", 2)) == ["a", "b"]
    assert steps == [1, 2]
    assert shown == []


def test_outside_of_notebooks_and_terminals_nobody_watches(monkeypatch):
    monkeypatch.setattr(looking, "kernel_display", lambda: None)
    with looking.watched_visual():
        assert not is_watched()
