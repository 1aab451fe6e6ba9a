"""`chapter.toml`: figures, presets and questions of a chapter, without a language."""

import re
import tomllib
from typing import Any, Literal

import pydantic

from convscope.lessons.figures import FIGURES
from convscope.lessons.reading.faults import Faults
from convscope.record import Record

State = dict[str, str]


class PresetSettings(Record):
    """A preset: its keys differ from the figure's state."""

    id: str
    state: State = pydantic.Field(default_factory=dict)


class FigureSettings(Record):
    """A figure: a lab in a state.

    Attributes:
        rows: rows of the lecture that it shows (tests/lessons/rows.toml).
    """

    id: str
    lab: str
    rows: list[int] = pydantic.Field(default_factory=list)
    state: State = pydantic.Field(default_factory=dict)
    presets: list[PresetSettings] = pydantic.Field(default_factory=list)


class ShownSettings(Record):
    """Keys of a figure that show the answer of a question."""

    figure: str
    state: State = pydantic.Field(default_factory=dict)


class QuestionSettings(Record):
    """A question: the answer is the id of a choice, or the name of a quantity."""

    id: str
    kind: Literal["choice", "number"]
    answer: str
    choices: list[str] = pydantic.Field(default_factory=list)
    tolerance: float = pydantic.Field(default=0.0, ge=0.0, lt=1.0)
    shows: ShownSettings | None = None


class ChapterSettings(Record):
    """A chapter without its text."""

    figures: list[FigureSettings] = pydantic.Field(default_factory=list)
    questions: list[QuestionSettings] = pydantic.Field(default_factory=list)


def read_settings(text: str, faults: Faults) -> ChapterSettings:
    """Return the settings of a chapter; empty ones if the file cannot be read."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+)", str(error))
        faults.add(int(at[1]) if at else 1, f"invalid TOML: {error}")
        return ChapterSettings()
    raw.pop("id", None)  # the folder's name; repeating it is allowed
    lines = text.splitlines()
    try:
        settings = ChapterSettings.model_validate(raw)
    except pydantic.ValidationError as error:
        for problem in error.errors():
            name = ".".join(map(str, problem["loc"]))
            faults.add(_line(lines, problem["loc"]), f"{name}: {problem['msg']}")
        return ChapterSettings()
    _check_figures(settings, lines, faults)
    _check_questions(settings, lines, faults)
    return settings


def _line(lines: list[str], location: tuple[Any, ...]) -> int:
    """Return the line of a value: the nth [[table]], then its key."""
    table, number = location[0], location[1] if len(location) > 1 else 0
    heads = [n for n, line in enumerate(lines, 1) if line.strip() == f"[[{table}]]"]
    start = heads[number] if isinstance(number, int) and number < len(heads) else 1
    for key in reversed(location[2:]):
        for n in range(start, len(lines) + 1):
            if n > start and lines[n - 1].startswith("[["):
                break
            if isinstance(key, str) and re.match(rf"\s*{re.escape(key)}\s*=", lines[n - 1]):
                return n
    return start


def _check_figures(settings: ChapterSettings, lines: list[str], faults: Faults) -> None:
    _check_ids([figure.id for figure in settings.figures], "figures", lines, faults)
    for number, figure in enumerate(settings.figures):
        line = _line(lines, ("figures", number, "lab"))
        if figure.lab not in FIGURES:
            faults.add(
                line, f"there is no lab named {figure.lab}", expected=", ".join(sorted(FIGURES))
            )
            continue
        states = [figure.state, *(preset.state for preset in figure.presets)]
        for state in states:
            at = _line(lines, ("figures", number, "state"))
            check_state(figure.lab, state, at, faults)
        ids = [preset.id for preset in figure.presets]
        if len(set(ids)) != len(ids):
            faults.add(line, f"two presets of the figure {figure.id} have the same id")
        if not ids:
            faults.add(
                line, f"the figure {figure.id} has no preset", expected="at least one preset"
            )


def _check_questions(settings: ChapterSettings, lines: list[str], faults: Faults) -> None:
    from convscope.lessons.quantities import known

    _check_ids([question.id for question in settings.questions], "questions", lines, faults)
    figures = {figure.id: figure.lab for figure in settings.figures}
    for number, question in enumerate(settings.questions):
        line = _line(lines, ("questions", number, "answer"))
        if question.kind == "choice" and question.answer not in question.choices:
            expected = "the id of one of the choices"
            faults.add(
                line,
                f"the answer of the question {question.id} is {question.answer}",
                expected=expected,
            )
        if question.kind == "number" and question.choices:
            faults.add(line, f"the question {question.id} has choices, and its kind is number")
        if question.kind == "number" and not known(question.answer):
            expected = "the name of a quantity: convscope lesson check --quantities"
            faults.add(
                line,
                f"the answer of the question {question.id} is {question.answer}",
                expected=expected,
            )
        if question.shows is not None:
            if question.shows.figure not in figures:
                faults.add(
                    line,
                    f"the question {question.id} shows the unknown figure {question.shows.figure}",
                )
            else:
                check_state(figures[question.shows.figure], question.shows.state, line, faults)


def _check_ids(ids: list[str], table: str, lines: list[str], faults: Faults) -> None:
    for number, one in enumerate(ids):
        line = _line(lines, (table, number, "id"))
        if ids.index(one) != number:
            faults.add(line, f"the id {one} is used twice")
        if not re.fullmatch(r"[a-z][a-z0-9_]*", one):
            faults.add(
                line, f"the id {one} has other characters", expected="small letters, digits and _"
            )


def check_state(lab: str, state: State, line: int, faults: Faults) -> None:
    """Report keys that a lab does not have; an unknown lab is reported elsewhere."""
    if lab not in FIGURES:
        return
    for key in state.keys() - FIGURES[lab].keys.keys():
        expected = ", ".join(FIGURES[lab].keys)
        faults.add(line, f"the lab {lab} has no key {key}", expected=expected)
