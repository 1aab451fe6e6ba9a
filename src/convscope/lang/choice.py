"""Choice of the language: `--lang`, then CONVSCOPE_LANG, then the locale, then English."""

from collections.abc import Mapping, Sequence

from convscope.errors import InputError, shortened
from convscope.lang import ENVIRONMENT

OPTION = "--lang"
LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")


def parse_language(text: str) -> str:
    """Return "en" or "zh" for the name of a language or of a locale, as `zh_CN.UTF-8`.

    Simplified Chinese also stands for the other forms of Chinese (zh-Hant, zh_TW).

    Raises:
        InputError: another language.
    """
    name = text.strip().lower().replace("_", "-").split(".")[0].split("-")[0]
    if name not in ("en", "zh"):
        raise InputError(
            f"there is no language {shortened(text)}",
            expected="en (English) or zh (Simplified Chinese)",
        )
    return name


def choose_language(words: Sequence[str], environment: Mapping[str, str]) -> tuple[str, list[str]]:
    """Return the language, and the words of a command line without `--lang`.

    The option may stand before or after the subcommand; after `--` it is a plain word.

    Raises:
        InputError: an unknown language in the option or in CONVSCOPE_LANG.
    """
    rest, language = [], None
    queue = list(words)
    while queue:
        word = queue.pop(0)
        if word == "--":
            rest += [word, *queue]
            break
        if word == OPTION:
            if not queue:
                raise InputError(f"{OPTION} without a language", expected="en or zh")
            language = parse_language(queue.pop(0))
        elif word.startswith(OPTION + "="):
            language = parse_language(word.removeprefix(OPTION + "="))
        else:
            rest.append(word)
    return language or _from_environment(environment), rest


def _from_environment(environment: Mapping[str, str]) -> str:
    if environment.get(ENVIRONMENT):
        try:
            return parse_language(environment[ENVIRONMENT])
        except InputError as error:
            raise InputError(error.given, expected=error.expected, where=ENVIRONMENT) from None
    # the first variable that is set decides, as in the C library
    locale = next((environment[name] for name in LOCALE if environment.get(name)), "")
    return "zh" if locale.lower().startswith("zh") else "en"
