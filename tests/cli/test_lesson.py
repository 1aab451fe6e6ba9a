"""`convscope lesson`: list, show, quiz and check."""

import io
import json
import sys

import pytest

from convscope.cli import app
from convscope.cli.lesson.quiz import fits
from convscope.cli.terminal.failures import exit_code
from convscope.lang import spoken
from convscope.lessons.course import folders, load_chapter


def run(capsys, *words, code=0, entered=None, monkeypatch=None):
    if entered is not None:
        monkeypatch.setattr(sys, "stdin", io.StringIO(entered))
    done = exit_code(lambda: app(["lesson", *words], prog_name="convscope", standalone_mode=False))
    out, err = capsys.readouterr()
    assert done == code, err
    return out + err


def test_the_list_has_every_chapter(capsys):
    text = run(capsys, "list")
    assert all(folder.id in text for folder in folders())
    course = json.loads(run(capsys, "list", "--json"))
    assert [one["id"] for one in course["chapters"]] == [folder.id for folder in folders()]


def test_a_chapter_is_printed_without_answers(capsys):
    text = run(capsys, "show", "5")
    chapter = load_chapter("convolution", "en")
    assert text.startswith(f"5  {chapter.title}\n")
    assert chapter.summary.split()[0] in text
    assert "$ convscope lab convolution" in text
    assert "O = ⌊(I − K + 2P)/S⌋ + 1" in text
    assert "The answer is" not in text
    assert "Sources of this chapter" in text
    assert max(map(len, text.splitlines())) <= 92


def test_answers_are_printed_on_request(capsys):
    text = run(capsys, "show", "convolution", "--answers")
    questions = [b for b in load_chapter("convolution", "en").blocks if b.kind == "question"]
    assert text.count("The answer is") == len(questions)


@pytest.mark.parametrize("chapter", [folder.id for folder in folders()])
def test_every_chapter_can_be_printed_in_chinese(capsys, chapter):
    with spoken("zh"):
        text = run(capsys, "show", chapter, "--answers")
    assert load_chapter(chapter, "zh").title in text
    assert "答案是" in text
    assert "\x1b" not in text


def test_json_is_the_record(capsys):
    record = json.loads(run(capsys, "show", "5", "--json"))
    assert record == json.loads(load_chapter("convolution", "en").model_dump_json())


@pytest.mark.parametrize("name", ["5", "05", "convolution", "05_convolution", "Convolution"])
def test_a_chapter_has_a_number_and_a_name(capsys, name):
    assert run(capsys, "show", name).startswith("5  ")


@pytest.mark.parametrize("name", ["99", "convolutoin", "", "../data"])
def test_an_unknown_chapter_is_refused(capsys, name):
    text = run(capsys, "show", name, code=2)
    assert "chapter" in text
    assert ("convolution" in text) or name != "convolutoin"


def test_a_quiz_with_right_answers(capsys, monkeypatch):
    questions = [b for b in load_chapter("convolution", "en").blocks if b.kind == "question"]
    entered = "".join(f"{question.answer}\n" for question in questions)
    text = run(capsys, "quiz", "5", entered=entered, monkeypatch=monkeypatch)
    number = len(questions)
    assert text.count("That is right.") == number
    assert text.endswith(f"{number} of {number} answers are right\n")


def test_a_quiz_with_wrong_answers_explains(capsys, monkeypatch):
    text = run(capsys, "quiz", "5", entered="nonsense\n-1\n", monkeypatch=monkeypatch)
    assert "The answer is" in text
    assert "0 of" in text


def test_a_quiz_that_ends_early(capsys, monkeypatch):
    text = run(capsys, "quiz", "5", entered="", monkeypatch=monkeypatch)
    assert "0 of 0" not in text
    assert "Traceback" not in text


def question(chapter, kind):
    blocks = load_chapter(chapter, "en").blocks
    return next(b for b in blocks if b.kind == "question" and b.type == kind)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("6,220,800", True),
        ("6220800", True),
        (" 6 220 800 ", True),
        ("6220801", False),
        ("x", False),
    ],
)
def test_a_number_may_be_written_in_several_ways(answer, expected):
    changes = {"answer": 6_220_800.0, "tolerance": 0.0}
    number = question("limits_of_mlp", "number").model_copy(update=changes)
    assert fits(number, answer) == expected


def test_a_choice_is_a_letter_or_an_id():
    choice = question("convolution", "choice")
    letter = chr(97 + [one.id for one in choice.choices].index(choice.answer))
    assert fits(choice, letter)
    assert fits(choice, f"{letter.upper()})")
    assert fits(choice, choice.answer)
    assert not fits(choice, "z")


def test_check_finds_no_fault_and_lists_quantities(capsys):
    assert run(capsys, "check") == "no faults\n"
    values = json.loads(run(capsys, "check", "--quantities", "--json"))
    assert values["convolution.4_2.output"] == "3 × 3 × 1"


def test_check_of_a_chapter_that_does_not_exist(capsys):
    assert "chapter" in run(capsys, "check", "99", code=2)
