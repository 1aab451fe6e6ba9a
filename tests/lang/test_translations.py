"""The Chinese catalogue against the sentences of the source."""

import importlib.util
from pathlib import Path

import pytest

from convscope.lang.catalogue import NOUNS, VALUES, chinese, read_entries
from convscope.lang.template import COUNTED, HOLE, fill, holes

NOT_COLLECTED = ("typer", "labels", NOUNS, VALUES)
"""Files of the catalogue with sentences of a library, and with values of data."""


@pytest.fixture(scope="module")
def source():
    path = Path(__file__).parents[2] / "tools" / "sentences.py"
    spec = importlib.util.spec_from_file_location("sentences", path)
    sentences = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sentences)
    return sentences.templates()


@pytest.fixture(scope="module")
def entries():
    return read_entries()


def all_entries(entries):
    return {key: text for file in entries.values() for key, text in file.items()}


def test_every_sentence_is_translated(source, entries):
    missing = sorted(set(source) - set(all_entries(entries)))
    assert missing == []


def test_every_translation_is_used(source, entries):
    ours = {k for name, file in entries.items() if name not in NOT_COLLECTED for k in file}
    unused = sorted(ours - set(source))
    assert unused == []


def test_no_sentence_is_translated_twice_in_different_ways(entries):
    seen = {}
    for file in entries.values():
        for key, text in file.items():
            assert seen.setdefault(key, text) == text, key


def test_holes_are_those_of_the_template(entries):
    for key, text in all_entries(entries).items():
        assert sorted(set(holes(text))) == sorted(holes(key)), key


def test_each_template_finds_itself():
    """An example of every template is translated by its own entry, not by another one."""
    catalogue = chinese()
    wrong = []
    for key, text in catalogue.entries.items():
        values = list("GFEDCBA" if "}.{" in key else "7654321") * 3  # no decimal point
        example = fill(key.replace("(s)", "s") if COUNTED.match(key) else key, values)
        if catalogue.label(example) != fill(text, values):
            wrong.append((key, catalogue.label(example)))
    assert wrong == []


def test_words_that_are_translated_everywhere_have_no_holes(entries):
    assert [key for key in entries[VALUES] if HOLE.search(key)] == []
