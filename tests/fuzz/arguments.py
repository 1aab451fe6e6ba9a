"""Runs commands with one argument or option replaced by a hostile one.

    python -m tests.fuzz.arguments BEGIN END FOLDER

Each ends with exit code 0, 1 or 2 and, if not 0, a sentence without control characters.
"""

import json
import os
import signal
import sys
import tempfile
from pathlib import Path
from random import Random
from typing import Any

import click
import typer

from tests.fuzz.child import TooSlow, control_characters, raise_too_slow
from tests.fuzz.failing_calls import COMMANDS, HARMLESS, UNEXPECTED, Failing, prepare, run
from tests.fuzz.mutations import NUMBERS, TEXTS

CPU_S = 60
AMOUNTS = ("--epochs", "--steps", "--trials", "--devices", "--workers", "--num")
"""Options whose large values are honest requests for much work."""

WORDS = (
    *TEXTS,
    ".",
    "/",
    "-",
    "--",
    "digits",
    "run",
    "run/model.safetensors",
    "arch.json",
    "n" * 300 + ".png",
    "a/" * 3_000,
    "no/such/place.png",
    "digits/one/1.png",
    "\udcff\udcfe.png",
    "/dev/full",
    "a\nb",
    "lr=" + "9" * 5_000,
    "lr=nan",
    "1x2x3",
    "0x0x0",
    "9" * 30,
)


def _options(command: tuple[str, ...]) -> list[str]:
    """Return the options of a command that take a value."""
    from convscope.cli import app

    here: Any = typer.main.get_command(app)
    for word in command:
        if not isinstance(here, click.Group) or word not in here.commands:
            break
        here = here.commands[word]
    return [
        option.opts[0]
        for option in here.params
        if isinstance(option, click.Option) and not option.is_flag and option.opts[0] != "--help"
    ]


def hostile(number: int) -> tuple[str, ...]:
    """Return the command line of one attempt."""
    random = Random(number)
    command = list(COMMANDS[random.choice(sorted(COMMANDS))])
    first = 2 if command[0] == "data" else 1
    word = random.choice((*WORDS, *map(str, NUMBERS)))
    option = random.choice(_options(tuple(command)) or ["--json"])
    if random.random() < 0.5 and option not in AMOUNTS:
        return (*command, option, word)
    place = random.randrange(first, len(command))
    if command[place - 1] in AMOUNTS:
        word = random.choice(TEXTS)
    command[place] = word
    return tuple(command)


def attempt(number: int, work: Path) -> str:
    """Run one hostile command line; return "" or what is wrong."""
    command = hostile(number)
    # the operating system passes no NUL, and bytes that are not UTF-8 as U+DC80 to U+DCFF
    command = tuple(word.replace("\0", "?").replace("\ud800", "\udc80") for word in command)
    about = f" {[word[:60] for word in command]}"
    signal.setitimer(signal.ITIMER_PROF, CPU_S)
    try:
        code, printed = run(command, Failing(work, -1, 0))
    except TooSlow:
        return f"too slow{about}"
    except BaseException as error:
        return f"{type(error).__name__}: {str(error)[:150]}{about}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    if code not in HARMLESS:
        return f"exit code {code}{about}; {printed[-300:]!r}"
    if code and not printed.strip():
        return f"exit code {code} without a word{about}"
    if "Traceback" in printed or UNEXPECTED in printed:
        return f"a traceback{about}; {printed[-400:]!r}"
    if bad := control_characters(printed):
        return f"control characters {bad}{about}; {printed[-300:]!r}"
    return ""


def main(begin: int, end: int, place: Path) -> None:
    """Try the command lines `begin` to `end`."""
    sandbox = place.resolve()
    os.environ |= {"XDG_CACHE_HOME": str(sandbox / "cache"), "NO_COLOR": "1", "TERM": "dumb"}
    tempfile.tempdir = str(sandbox)
    work = sandbox / "work"
    work.mkdir()
    os.chdir(work)
    prepare(work)
    signal.signal(signal.SIGPROF, raise_too_slow)
    for number in range(begin, end):
        sys.stdout.write(json.dumps([number, attempt(number, work)]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
