"""The content of the course: no fault, equal languages, every row of the lecture, own words."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from convscope.lessons.checking import check_course, shape
from convscope.lessons.course import folders, load_chapter, load_course
from convscope.lessons.figures import FIGURES
from convscope.lessons.quantities import QUANTITIES, quantity
from convscope.lessons.reading.faults import Faults
from convscope.lessons.reading.settings import read_settings
from convscope.lessons.sources import SOURCES
from convscope.lessons.terms import terms
from tests.lessons.ngrams import hash_of, lecture, phrases

ROOT = Path(__file__).parents[2]
ROWS = tomllib.loads(Path(__file__).with_name("rows.toml").read_text("utf-8"))
CHAPTERS = [folder.id for folder in folders()]
FOLDERS = {folder.id: folder for folder in folders()}
LANGUAGES = ("en", "zh")
ORDER = (
    *("limits_of_mlp", "what_is_a_cnn", "filters", "learnable_kernel", "convolution", "gradients"),
    *("sparse_and_shared", "why_deep", "padding", "pooling", "pooling_or_stride", "classifier"),
    *("what_networks_see", "imagenet", "lenet", "alexnet", "vgg", "googlenet", "resnet", "beyond"),
)
"""Chapters in the order of the lecture."""


def settings_of(chapter):
    text = FOLDERS[chapter].path.joinpath("chapter.toml").read_text("utf-8")
    return read_settings(text, Faults("chapter.toml"))


def test_the_course_has_no_fault():
    assert [str(fault.error()) for fault in check_course()] == []


def test_chapters_follow_the_lecture():
    assert tuple(CHAPTERS) == ORDER
    assert [folder.number for folder in folders()] == list(range(1, len(ORDER) + 1))


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_both_languages_have_the_same_parts(chapter):
    english, chinese = (load_chapter(chapter, language) for language in LANGUAGES)
    assert shape(english.blocks) == shape(chinese.blocks)
    assert english.sources
    assert {one.key for one in english.sources} == {one.key for one in chinese.sources}
    assert (english.minutes, english.previous, english.next) == (
        *(chinese.minutes, chinese.previous, chinese.next),
    )
    assert len(chinese.title) <= 20


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_has_figures_questions_and_sources(chapter):
    settings = settings_of(chapter)
    assert settings.figures
    assert 2 <= len(settings.questions) <= 4
    for figure in settings.figures:
        assert len({tuple(sorted(preset.state.items())) for preset in figure.presets}) == len(
            figure.presets
        )
    blocks = load_chapter(chapter, "en").blocks
    for figure in (block for block in blocks if block.kind == "figure"):
        assert figure.code, f"{chapter}: the figure {figure.id} has no code"


def test_every_row_of_the_lecture_has_a_figure():
    shown = {row: [] for row in ROWS}
    for chapter in CHAPTERS:
        for figure in settings_of(chapter).figures:
            for row in figure.rows:
                shown[str(row)].append(f"{chapter}:{figure.id}")
    assert {row: ROWS[row] for row, figures in shown.items() if not figures} == {}


@pytest.mark.parametrize(("chapter", "language"), [(c, n) for c in CHAPTERS for n in LANGUAGES])
def test_no_phrase_of_the_lecture_stands_in_a_chapter(chapter, language):
    text = FOLDERS[chapter].path.joinpath(f"{language}.md").read_text("utf-8")
    known = lecture()
    copied = [one for one in phrases(text) if hash_of(one) in known]
    assert copied == []


def test_a_phrase_of_the_lecture_is_recognised():
    known = lecture()
    assert len(known) > 2000
    sample = "The number of channels in the output image is equal to the number of kernels N"
    assert any(hash_of(one) in known for one in phrases(sample))


def test_every_quantity_is_computed():
    values = {name: quantity(name) for name in QUANTITIES}
    wrong = {
        name: value
        for name, value in values.items()
        if not isinstance(value, int | float | str | tuple) or value != value  # NaN
    }
    assert wrong == {}


def test_no_quantity_is_a_typed_number():
    """A function that returns a literal would be a typed number with a detour."""
    typed = []
    for path in (ROOT / "src/convscope/lessons/quantities").glob("*.py"):
        typed += [
            f"{path.name}:{node.lineno}"
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Lambda)
            and isinstance(node.body, ast.Constant)
            and not re.fullmatch(r"0|(19|20)\d\d", str(node.body.value))  # nothing, and years
        ]
    assert typed == []


def test_every_term_source_and_quantity_of_the_lists_is_well_formed():
    assert all(set(entry) == {"en", "zh"} for entry in terms().values())
    for key, work in SOURCES.items():
        assert re.fullmatch(r"[a-z]+(_[a-z]+)?\d*[a-z0-9]*", key), key
        assert work.link.startswith("https://"), key
        assert 1900 < work.year < 2030, key


def test_labs_of_the_chapters_are_figures_of_the_page():
    registry = (ROOT / "web/src/figures/registry.ts").read_text("utf-8")
    body = registry.partition("FIGURES")[2].partition("};")[0]
    page = set(re.findall(r"^  (\w+): \{", body, re.M))
    used = {figure.lab for chapter in CHAPTERS for figure in settings_of(chapter).figures}
    assert used - page == set()
    assert page - set(FIGURES) == set()


def test_the_list_has_all_chapters():
    for language in LANGUAGES:
        course = load_course(language)
        assert [one.id for one in course.chapters] == CHAPTERS
        assert all(one.summary and one.minutes > 0 for one in course.chapters)
