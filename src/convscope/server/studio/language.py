"""Language of one answer: sentences are translated where the request prefers Chinese."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request

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
