"""Errors of a command as one message and an exit code. No user sees a traceback."""

import errno
import os
import sys
from collections.abc import Callable

import typer

from convscope.cli.terminal.output import say
from convscope.errors import (
    UNUSABLE_OUTPUT,
    ArchitectureError,
    ConvscopeError,
    InputError,
    shortened,
)
from convscope.lang import current, translate
from convscope.text import printable

MOST_SHOWN = 300  # characters of an unexpected error; the log has all

FIXES = {
    errno.ENAMETOOLONG: "a shorter name: at most 255 bytes, and 4,095 for a path",
    errno.EACCES: "change the permissions, or use another place",
    errno.EPERM: "change the permissions, or use another place",
    errno.ENOENT: "check the name",
    errno.ENOTDIR: "check the name: a part of the path is not a folder",
    errno.EISDIR: "name a file: this is a folder",
    errno.ELOOP: "check the link: it leads to itself",
    errno.ENOSPC: "free disk space, or write to another place",
    errno.EROFS: "write to another place: this one is read-only",
}

last_error: ConvscopeError | None = None
"""The error that ended the command, for a program that runs one in its own process."""

UsageError = typer.BadParameter.__mro__[1]
"""Base of the errors in the words of a command line; which package defines it changes."""


def exit_code(work: Callable[[], object]) -> int:
    """Run a function and return the exit code of the process.

    0 done, 1 failed, 2 usage (also an output that exists), 75 stopped and resumable, 130 and 143
    after a signal. An error is printed on standard error: what was wrong and how to mend it. An
    unexpected one is printed as one sentence; its traceback goes to a log file that the sentence
    names.
    """
    global last_error
    try:
        code = work()
    except ConvscopeError as error:
        last_error = error
        if not isinstance(error.__cause__, BrokenPipeError):  # `| head` has the lines it wants
            say(f"convscope: {_message(error)}")
        is_usage = isinstance(error, InputError | ArchitectureError)
        return 2 if is_usage or error.code == UNUSABLE_OUTPUT else 1
    except KeyboardInterrupt:
        return 130
    except typer.Abort:
        return 1
    except Exception as error:
        if isinstance(error, UsageError):
            if type(error).__name__ != "NoArgsIsHelpError":  # the help is printed
                from convscope.cli.grammar.usage import usage_error

                last_error = usage_error(error)
                say(_message(last_error))
            return 2
        _say_unexpected(error)
        return 1
    return code if isinstance(code, int) else 0


def _message(error: ConvscopeError) -> str:
    """Return an error in the language in use; each part is a sentence of its own."""
    if current() == "en":
        return str(error)
    translated = type(error)(
        translate(error.given),
        expected=translate(error.expected),
        fix=translate(error.fix),
        where=error.where,
    )
    return str(translated)


def _say_unexpected(error: Exception) -> None:
    if isinstance(error, MemoryError):
        sentence = (
            "not enough memory\n  fix: a smaller --batch-size or image, or close other programs"
        )
    elif isinstance(error, OSError):
        sentence = _system_error(error)
        if error.filename is not None and error.errno in FIXES:  # the name explains it
            say(f"convscope: {sentence}")
            return
    else:
        text = printable(str(error), MOST_SHOWN)
        sentence = f"unexpected error, a fault of convscope: {type(error).__name__}: {text}"
    say(f"convscope: {sentence}\n  {_logged(error)}")


def _system_error(error: OSError) -> str:
    """Return a refusal of the operating system in words: the name, the reason, and a fix."""
    reason = (error.strerror or str(error) or "input/output error").lower()
    name = error.filename
    if isinstance(name, bytes):
        name = os.fsdecode(name)
    place = f"{printable(str(name), MOST_SHOWN)}: " if name is not None else "the system: "
    fix = FIXES.get(error.errno or 0, "")
    return place + reason + (f"\n  fix: {fix}" if fix else "")


def _logged(error: Exception) -> str:
    """Write the traceback to a new file that only this user can read; return a line on it."""
    import tempfile
    import traceback

    text = "".join(traceback.format_exception(error))
    words = " ".join(shortened(word) for word in sys.argv)
    try:
        with tempfile.NamedTemporaryFile(
            "w",
            prefix="convscope-error-",
            suffix=".log",
            delete=False,
            encoding="utf-8",
            errors="backslashreplace",
        ) as log:
            log.write(f"{words}\n\n{text}")
    except OSError as failure:
        return f"no log was written: {failure.strerror}"
    return f"details: {log.name}"
