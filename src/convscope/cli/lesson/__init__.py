"""`convscope lesson`: the course in the terminal."""

import json
from typing import Annotated

import typer

from convscope.cli.grammar import complete
from convscope.cli.grammar.options import Json
from convscope.cli.terminal.output import console, echo, echo_json, echo_verbatim
from convscope.lang import current
from convscope.text import counted

lesson_app = typer.Typer(
    help="Read the course: chapters with figures, questions and computed numbers.",
    no_args_is_help=True,
)


@lesson_app.callback()
def _root() -> None:
    """Read the course: chapters with figures, questions and computed numbers."""


ChapterName = Annotated[
    str,
    typer.Argument(
        metavar="CHAPTER",
        autocompletion=complete.chapters,
        help="Number or name of a chapter, as `convscope lesson list` prints them.",
    ),
]
AnyChapter = Annotated[
    str,
    typer.Argument(
        metavar="CHAPTER",
        autocompletion=complete.chapters,
        help="Number or name of a chapter; without it, all of them.",
    ),
]


@lesson_app.command("list")
def list_command(as_json: Json = False) -> None:
    """List the chapters of the course."""
    from convscope.lessons.course import load_course

    course = load_course(current())
    if as_json:
        echo_json(course.model_dump_json(indent=1))
        return
    from convscope.cli.lesson.pages import print_course

    print_course(course, console())


@lesson_app.command("show")
def show_command(
    chapter: ChapterName,
    answers: Annotated[
        bool, typer.Option("--answers", help="Print the answers of the questions too.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Print a chapter; figures are commands that show the same."""
    from convscope.lessons.course import load_chapter

    read = load_chapter(chapter, current())
    if as_json:
        echo_json(read.model_dump_json(indent=1))
        return
    from convscope.cli.lesson.pages import print_chapter

    print_chapter(read, console(), answers=answers)


@lesson_app.command("quiz")
def quiz_command(chapter: ChapterName) -> None:
    """Ask the questions of a chapter one by one, and explain the answers."""
    from convscope.cli.lesson.quiz import ask
    from convscope.lessons.course import load_chapter

    ask(load_chapter(chapter, current()), console())


@lesson_app.command("check")
def check_command(
    chapter: AnyChapter = "",
    quantities: Annotated[
        bool,
        typer.Option("--quantities", help="List the quantities that a text can name, computed."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Check chapters for their authors: every fault with its file and line."""
    from convscope.lessons.checking import check_course
    from convscope.lessons.course import folder_of

    if quantities:
        from convscope.lessons.quantities import QUANTITIES, shown

        values = {name: shown(name, None, current()) for name in QUANTITIES}
        if as_json:
            echo_json(json.dumps(values, indent=1))
        else:
            width = max(map(len, values))
            echo_verbatim("\n".join(f"{name:<{width}}  {text}" for name, text in values.items()))
        return
    faults = check_course(only=folder_of(chapter).id if chapter else "")
    if as_json:
        echo_json(json.dumps([fault._asdict() for fault in faults], indent=1))
    else:
        for fault in faults:
            echo(str(fault.error()))
        echo(f"{counted(len(faults), 'fault')}" if faults else "no faults")
    if faults:
        raise typer.Exit(1)
