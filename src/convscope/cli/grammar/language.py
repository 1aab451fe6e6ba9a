"""Language of the command line: the option `--lang`, and help pages in Chinese.

Commands are described in English in their files. In Chinese the finished command tree is
translated once, before it runs; the words of typer itself ("Usage", "Options") are in
`lang/zh/typer.json`.
"""

import os
import re
import sys
from collections.abc import Iterator
from typing import Any

from convscope.cli.terminal.output import say
from convscope.lang import current, label, translate, use

HAN = "\u2e80-\u9fff\uff00-\uffef\u3000-\u303f"
OPENING, CLOSING = "（《“「", "，。、；：？！）》”」…"
WIDE = re.compile(f"[{HAN}]")
PART = re.compile(rf"\s*[{OPENING}]*(?:[^\s{HAN}]+|[{HAN}]|[{OPENING}])[{CLOSING}]*\s*|\s+|\S+\s*")
"""A Chinese character, or a word of other letters, with the punctuation that stays beside it."""

HELP = "Language of messages and pictures: en or zh (default: CONVSCOPE_LANG, then the locale)."


def choose() -> None:
    """Set the language of the process, and remove `--lang` from its arguments.

    It is English where the encoding of the terminal or of a pipe has no Chinese.

    Raises:
        InputError: an unknown language.
    """
    from convscope.lang.choice import choose_language

    language, words = choose_language(sys.argv[1:], os.environ)
    sys.argv[1:] = words
    encoding = _encoding_without_chinese() if language == "zh" else ""
    language = "en" if encoding else language
    if language != current():
        use(language)
    if encoding:
        say(
            f"note: the encoding {encoding} has no Chinese; messages are in English "
            "(PYTHONUTF8=1 sets UTF-8)"
        )


def _encoding_without_chinese() -> str:
    """Return the encoding of a standard stream that cannot hold Chinese; empty if both can."""
    for stream in (sys.stdout, sys.stderr):
        encoding = getattr(stream, "encoding", None)
        try:
            "中文".encode(encoding or "utf-8")
        except UnicodeEncodeError:
            return str(encoding)
    return ""


def translate_help(command: Any) -> None:
    """Translate what typer prints about a command and its subcommands, if not in English."""
    if current() == "en":
        return
    _translate_library()
    _wrap_chinese()
    _translate_command(command)


def _translate_command(command: Any) -> None:
    for name in ("help", "short_help", "epilog"):
        if text := getattr(command, name, None):
            setattr(command, name, _paragraphs(text))
    # typer makes the line of usage and the option --help when it prints them
    parameters, usage = command.get_params, command.get_usage
    command.get_params = lambda context: _translate_parameters(parameters(context))
    command.get_usage = lambda context: usage(context).replace("Usage:", translate("Usage:"), 1)
    for subcommand in getattr(command, "commands", {}).values():
        _translate_command(subcommand)


def _translate_parameters(parameters: list[Any]) -> list[Any]:
    for parameter in parameters:
        if text := getattr(parameter, "help", None):
            parameter.help = _paragraphs(text)
    return parameters


def _paragraphs(text: str) -> str:
    """Translate paragraphs; one that is no sentence, such as example commands, keeps its lines."""
    done = []
    for part in text.split("\f")[0].split("\n\n"):
        sentence = " ".join(part.split())
        translated = translate(sentence)
        done.append(part if translated == sentence else translated)
    return "\n\n".join(done)


def _wrap_chinese() -> None:
    """Make rich break lines between Chinese characters: it breaks at spaces only, and cuts."""
    import rich._wrap

    rich._wrap.words = words_to_wrap


def words_to_wrap(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the parts of a text between which a line may be broken: start, end, part.

    Beside Chinese, spaces at the end of a part are given as letters: rich then counts them, and
    does not cut a line that is too wide by its last space.
    """
    is_wide = WIDE.search(text) is not None
    for match in PART.finditer(text):
        part = match[0]
        bare = part.rstrip()
        yield match.start(), match.end(), bare.ljust(len(part), "_") if is_wide else part


def _translate_library() -> None:
    """Replace the fixed words of typer: the names of panels, "required", "default"."""
    import typer.rich_utils

    for name, value in list(vars(typer.rich_utils).items()):
        if name.endswith(("_STRING", "_TITLE", "_TEXT")) and isinstance(value, str):
            setattr(typer.rich_utils, name, label(value))
