"""Questions of a chapter, asked one by one."""

import sys
import unicodedata
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from convscope.cli.lesson.pages import Page, answer_of, choices_of
from convscope.cli.terminal.output import echo
from convscope.errors import InputError
from convscope.lang import translate

if TYPE_CHECKING:
    from convscope.lessons.records import Chapter, QuestionBlock


def ask(chapter: "Chapter", console: Console) -> None:
    """Ask all questions on standard input and print the score.

    Raises:
        InputError: the chapter has no question.
    """
    questions = [block for block in chapter.blocks if block.kind == "question"]
    if not questions:
        raise InputError(f"chapter {chapter.id} has no question")
    page, right = Page(chapter, answers=False), 0
    for number, question in enumerate(questions, start=1):
        head = translate(f"Question {number} of {len(questions)}")
        console.print(Text(head, style="bold magenta"))
        for block in question.prompt:
            console.print(page.block(block))
        for choice in choices_of(question):
            console.print(choice)
        answer = _read()
        if answer is None:
            break
        is_right = fits(question, answer)
        right += is_right
        verdict = "That is right." if is_right else f"The answer is {answer_of(question)}."
        console.print(Text(translate(verdict), style="bold green" if is_right else "bold red"))
        for block in question.why:
            console.print(page.block(block))
        console.print()
    echo(f"{right} of {len(questions)} answers are right")


def _read() -> str | None:
    """Return a line of standard input; None at its end."""
    sys.stdout.write(translate("Your answer:") + " ")
    sys.stdout.flush()
    line = sys.stdin.readline()
    return line.strip() if line else None


def fits(question: "QuestionBlock", answer: str) -> bool:
    """Return whether an answer is right: the letter or id of a choice, or the number."""
    answer = answer.strip().lower().rstrip(").")
    if question.type == "choice":
        return answer in (answer_of(question), question.answer)
    try:
        value = number_of(answer)
    except ValueError:
        return answer == str(question.answer).lower()
    if not isinstance(question.answer, float):
        return False
    return abs(value - question.answer) <= question.tolerance * abs(question.answer)


UNITS = {"万": 1e4, "亿": 1e8, "million": 1e6, "billion": 1e9, "%": 1.0}


def number_of(answer: str) -> float:
    """Return the number of an answer: 36,000,000, 36 000 000, 3600万 or 36 million.

    Raises:
        ValueError: no number.
    """
    plain = unicodedata.normalize("NFKC", answer).replace(",", "").replace("−", "-")
    plain = "".join(plain.split()).lower()
    unit = next((one for one in UNITS if plain.endswith(one)), "")
    return float(plain.removesuffix(unit)) * UNITS.get(unit, 1.0)
