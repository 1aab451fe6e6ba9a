"""Language of one answer: sentences are translated where the request prefers Chinese."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request

from convscope.server.answers import Refusal, refusal

Translate = Callable[[str], str]


def translator(request: Request) -> Translate:
    """Return the function that translates a sentence into the language of a request."""
    return translator_for(request.headers.get("accept-language", ""))


def translator_for(languages: str) -> Translate:
    """Return the function for a value of the header Accept-Language."""
    if not languages.strip().lower().startswith("zh"):
        return lambda text: text
    from convscope.lang.catalogue import chinese

    return lambda text: chinese().text(text) if text else text


Translated = Annotated[Translate, Depends(translator)]
"""`translate` of a route: `def check(..., translate: Translated)`."""


def in_language(refused: Refusal, languages: str) -> Refusal:
    """Return a refusal with its sentences in the language of a request.

    Args:
        languages: value of the header Accept-Language.
    """
    translate, error = translator_for(languages), refused.error
    result = refusal(
        refused.status,
        translate(error.given),
        expected=translate(error.expected),
        fix=translate(error.fix),
        where=error.where,
    )
    return Refusal(refused.status, result.error, refused.headers)
