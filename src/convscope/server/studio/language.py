"""Language of one answer: sentences are translated where the request prefers Chinese."""

from typing import Annotated

from fastapi import Depends, Request

from convscope.server.language import Translate, translator_for

__all__ = ["Translate", "Translated", "translator", "translator_for"]


def translator(request: Request) -> Translate:
    """Return the function that translates a sentence into the language of a request."""
    return translator_for(request.headers.get("accept-language", ""))


Translated = Annotated[Translate, Depends(translator)]
"""`translate` of a route: `def check(..., translate: Translated)`."""
