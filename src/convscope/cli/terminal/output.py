"""Standard output and standard error: the only way on which a command prints.

Sentences are translated here into the language in use (`convscope.lang`); JSON and source code
are not. Names of files, labels and keys come from others. Text is escaped here
(`convscope.text`), markup is never read in it, and no text is cut: outside a terminal lines have
any length.
"""

import errno
import io
import json
import os
import sys
from typing import TYPE_CHECKING, Any, TextIO

from convscope.errors import InputError, StorageError
from convscope.lang import current, translate
from convscope.text import ESCAPED, printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

UNLIMITED = 100_000  # columns where the output is no terminal
STANDARD = (0, 1, 2)  # numbers of the standard streams


def echo(text: str = "", *, end: str = "\n") -> None:
    """Print text on standard output. Lines are kept, control characters escaped."""
    sys.stdout.write(_escaped(translate(text)) + end)


def echo_verbatim(text: str, *, end: str = "\n") -> None:
    """Print source code or data on standard output: text that is in no language."""
    sys.stdout.write(_escaped(text) + end)


def echo_json(text: str, *, end: str = "\n") -> None:
    """Print encoded JSON on standard output. What cannot be printed is escaped as JSON does it."""
    sys.stdout.write(_escaped_json(text) + end)


def say(text: str) -> None:
    """Print a message or progress on standard error."""
    sys.stderr.write(_escaped(translate(text)) + "\n")


def check_one_format(**chosen: bool) -> None:
    """Check that at most one output format is asked for, as `json=True, markdown=False`.

    Raises:
        InputError: there are two.
    """
    names = [f"--{name}" for name, is_given in chosen.items() if is_given]
    if len(names) > 1:
        raise InputError(
            f"{' and '.join(names)} together",
            expected="one format",
            fix=f"leave out {names[1]}",
        )


def console() -> "Console":
    """Return a rich console for standard output that reads no markup."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else UNLIMITED
    return translating(Console(width=width, markup=False, emoji=False, highlight=False))


def translating(view: "Console") -> "Console":
    """Make a console translate the plain texts that it is given to print."""
    if current() != "en":
        write = view.print

        def in_language(*parts: Any, **options: Any) -> None:
            write(*(translate(p) if isinstance(p, str) else p for p in parts), **options)

        view.print = in_language  # type: ignore[method-assign]
    return view


def styled(*parts: str | tuple[str, str]) -> "Text":
    """Return escaped text of several parts, each alone or with a style."""
    from rich.text import Text

    pairs = (part if isinstance(part, tuple) else (part, "") for part in parts)
    return Text.assemble(*((printable(translate(text)), style) for text, style in pairs))


def _escaped(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return "\n".join(printable(line) for line in text.split("\n"))


def _escaped_json(text: str) -> str:
    if text.isascii():
        return text
    all_alphabets = sys.stdout.encoding.lower().startswith("utf")
    return "".join(
        c if c.isascii() or (all_alphabets and c.isprintable()) else json.dumps(c)[1:-1]
        for c in text
    )


def guard_streams() -> None:
    """Replace the standard streams of the process by ones that fail in a defined way.

    A character that the encoding lacks is escaped. The first failure on standard output (disk
    full, reader gone) raises StorageError; what follows is discarded, so that the interpreter
    does not fail again when it ends. Standard error discards at once: no work ends because its
    progress cannot be printed. A number that is closed is taken by the null device: the next file
    to be opened would get it, and with it what libraries print.
    """
    _take_closed_numbers()
    if sys.stdout is sys.__stdout__:  # otherwise a caller has replaced it already
        sys.stdout = _guarded(sys.stdout, 1, silent=False)
    if sys.stderr is sys.__stderr__:
        sys.stderr = _guarded(sys.stderr, 2, silent=True)


def _take_closed_numbers() -> None:
    while (handle := os.open(os.devnull, os.O_RDWR)) in STANDARD:  # the lowest that is free
        os.set_inheritable(handle, True)
    os.close(handle)


def _guarded(old: TextIO | None, number: int, *, silent: bool) -> TextIO:
    is_open = old is not None and not old.closed
    stream = io.BufferedWriter(_Stream(number if is_open else -1, silent=silent))
    encoding = old.encoding if is_open and old is not None else "utf-8"
    by_line = silent or stream.isatty()
    return io.TextIOWrapper(stream, encoding=encoding, errors=ESCAPED, line_buffering=by_line)


class _Stream(io.RawIOBase):
    """One of the two standard streams."""

    def __init__(self, number: int, *, silent: bool) -> None:
        self._number, self._silent, self._failed = number, silent, False

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._number

    def isatty(self) -> bool:
        return self._number >= 0 and os.isatty(self._number)

    def write(self, data: Any) -> int:
        view = memoryview(data)
        if self._failed:
            return len(view)
        try:
            return os.write(self._number, view)
        except OSError as error:
            self._failed = True
            if self._silent:
                return len(view)
            raise _cannot_print(error) from error


def _cannot_print(error: OSError) -> StorageError:
    if isinstance(error, BrokenPipeError):
        return StorageError(
            "closed by the program that reads it; the rest is not printed", where="standard output"
        )
    if error.errno == errno.EBADF:
        return StorageError(
            "is closed", fix="redirect it: to a file, or > /dev/null", where="standard output"
        )
    reason = (error.strerror or "input/output error").lower()
    return StorageError(
        f"cannot be written: {reason}",
        fix="free disk space, or redirect it to another place",
        where="standard output",
    )
