"""Language of the command line: the option `--lang`, and help pages in Chinese.

Commands are described in English in their files. In Chinese the finished command tree is
translated once, before it runs; the words of typer itself ("Usage", "Options") are in
`lang/zh/typer.json`.
"""

import os
import sys
from typing import Any

from convscope.lang import current, label, translate, use

HELP = "Language of messages and pictures: en or zh (default: CONVSCOPE_LANG, then the locale)."


def choose() -> None:
    """Set the language of the process, and remove `--lang` from its arguments.

    Raises:
        InputError: an unknown language.
    """
    from convscope.lang.choice import choose_language

    language, words = choose_language(sys.argv[1:], os.environ)
    sys.argv[1:] = words
    if language != current():
        use(language)


def translate_help(command: Any) -> None:
    """Translate what typer prints about a command and its subcommands, if not in English."""
    if current() == "en":
        return
    _translate_library()
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


def _translate_library() -> None:
    """Replace the fixed words of typer: the names of panels, "required", "default"."""
    import typer.rich_utils

    for name, value in list(vars(typer.rich_utils).items()):
        if name.endswith(("_STRING", "_TITLE", "_TEXT")) and isinstance(value, str):
            setattr(typer.rich_utils, name, label(value))
