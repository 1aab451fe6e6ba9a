"""Routes of the course, against convscope's own functions."""

import json

import pytest

from convscope.lessons.course import load_chapter, load_course
from convscope.lessons.data import names, read


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_list_and_a_chapter(studio, language):
    course = studio.get(f"/api/lessons?lang={language}").json()
    assert course == json.loads(load_course(language).model_dump_json())
    chapter = studio.get(f"/api/lessons/convolution?lang={language}").json()
    assert chapter == json.loads(load_chapter("convolution", language).model_dump_json())


def test_english_is_the_default(studio):
    assert studio.get("/api/lessons").json()["language"] == "en"


@pytest.mark.parametrize("path", ["nonsense", "5", "data", "..%2f..%2fpyproject"])
def test_an_unknown_chapter_is_404(studio, path):
    assert studio.get(f"/api/lessons/{path}").status_code == 404


def test_an_unknown_language_is_refused(studio):
    answer = studio.get("/api/lessons?lang=fr")
    assert answer.status_code == 422
    assert "lang" in answer.text


def test_files_of_figures(studio):
    name = next(name for name in names() if name.endswith(".json"))
    answer = studio.get(f"/api/lessons/data/{name}")
    assert answer.content == read(name)
    assert answer.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize(
    "name", ["nonsense.json", "__init__.py", "..%2f__init__.py", "networks.py"]
)
def test_other_files_are_not_served(studio, name):
    assert studio.get(f"/api/lessons/data/{name}").status_code in (400, 404)
