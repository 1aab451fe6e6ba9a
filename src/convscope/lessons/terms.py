"""Terms of docs/glossary.md: `tools/glossary_terms.py` writes `terms.json` from it."""

import json
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class Term(NamedTuple):
    """A term of the glossary in one language."""

    term: str
    meaning: str


@cache
def terms() -> dict[str, dict[str, Term]]:
    """Return all terms by key and language; the key is the English term with hyphens."""
    raw = json.loads(files("convscope.lessons").joinpath("terms.json").read_text("utf-8"))
    return {
        key: {language: Term(*pair) for language, pair in entry.items()}
        for key, entry in raw.items()
    }
