"""Language of what convscope prints, draws and writes: English or Simplified Chinese.

All sentences in the source are English. `tools/sentences.py` collects them from it as templates; a
catalogue in `zh/` maps each template to Chinese. A finished sentence is translated where it leaves
the program: `translate` finds its template. JSON, file formats and Python's exceptions stay
English. While the language is English nothing but this file is loaded.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

ENVIRONMENT = "CONVSCOPE_LANG"
LANGUAGES = ("en", "zh")

Translate = Callable[[str], str]
"""Translates a finished sentence."""

_language = "zh" if os.environ.get(ENVIRONMENT, "").lower().startswith("zh") else "en"

__all__ = [
    "ENVIRONMENT",
    "LANGUAGES",
    "Translate",
    "current",
    "html_language",
    "label",
    "padded",
    "spoken",
    "translate",
    "translator_to",
    "unchanged",
    "use",
]


def current() -> str:
    """Return the language in use: "en" or "zh"."""
    return _language


def use(language: str) -> None:
    """Set the language of this process and of the processes that it starts.

    Raises:
        InputError: the language is not one of `LANGUAGES` or a variant of one.
    """
    from convscope.lang.choice import parse_language

    global _language
    _language = parse_language(language)
    os.environ[ENVIRONMENT] = _language


@contextmanager
def spoken(language: str) -> Iterator[None]:
    """Set the language of this process for a while.

    Raises:
        InputError: the language is not one of `LANGUAGES` or a variant of one.
    """
    from convscope.lang.choice import parse_language

    global _language
    before = _language
    _language = parse_language(language)
    try:
        yield
    finally:
        _language = before


def html_language() -> str:
    """Return the value of the `lang` attribute of an HTML page."""
    return "zh-Hans" if _language == "zh" else "en"


def translate(text: str) -> str:
    """Return a finished sentence, or several lines, in the language in use.

    A text that the catalogue lacks is returned unchanged, and so is a single word that may be a
    name (see `label`).
    """
    if _language == "en" or not text:
        return text
    from convscope.lang.catalogue import chinese

    return chinese().text(text)


def translator_to(language: str) -> Translate:
    """Return the function that translates into a language, whatever the language in use.

    Raises:
        InputError: the language is not one of `LANGUAGES` or a variant of one.
    """
    from convscope.lang.choice import parse_language

    if parse_language(language) == "en":
        return unchanged
    from convscope.lang.catalogue import chinese

    return lambda text: chinese().text(text) if text else text


def unchanged(text: str) -> str:
    """Return a text as it is."""
    return text


def padded(text: str, width: int) -> str:
    """Return a label, padded to columns of a terminal: a Chinese character takes two."""
    if _language == "en":
        return f"{text:<{width}}"
    from convscope.lang.catalogue import columns

    shown = label(text)
    return shown + " " * (width - columns(shown))


def label(text: str) -> str:
    """Return the head of a column, the name of an axis or another text that is never a name."""
    if _language == "en" or not text:
        return text
    from convscope.lang.catalogue import chinese

    return chinese().label(text)
