"""Translation of one answer: sentences are Chinese where the client prefers that."""

from collections.abc import Callable

Translate = Callable[[str], str]


def unchanged(text: str) -> str:
    """Return a text as it is."""
    return text


def translator_for(languages: str) -> Translate:
    """Return the function for a value of the header Accept-Language."""
    if not languages.strip().lower().startswith("zh"):
        return unchanged
    from convscope.lang.catalogue import chinese

    return lambda text: chinese().text(text) if text else text
