"""Extension of griffe: docstrings as Markdown, and layers as the data classes that they are.

Docstrings are plain text with formulas, in which `*` multiplies and `->` maps. In the reference a
formula is a block of code, and a star outside code is a star.
"""

import re
from typing import Any

from griffe import Class, ExprName, Extension, Object

FORMULA = re.compile(r"^[^`]*?(\S (=|->|~) \S)")
SECTION = re.compile(r"^(Args|Attributes|Raises|Returns|Yields|Example|Examples):$")
SENTENCE = re.compile(r"^([A-Z][a-z]+|[aA]n?) [a-z]+ |\.$")
LAYER = "layer"


class Docstrings(Extension):
    """Rewrites docstrings when they are read; nothing is imported."""

    def on_instance(self, *, obj: Object, **_: Any) -> None:
        """Mark the formulas of a docstring."""
        if obj.docstring is not None:
            obj.docstring.value = as_markdown(obj.docstring.value)

    def on_class_instance(self, *, cls: Class, **_: Any) -> None:
        """Let griffe see that `@layer` makes a data class, so that its fields are arguments."""
        for decorator in cls.decorators:
            if str(decorator.value) == LAYER:
                decorator.value = ExprName("dataclasses.dataclass")


def as_markdown(text: str) -> str:
    """Return a docstring with its formulas as code and its stars escaped."""
    parts, in_section = [], False
    for part in text.split("\n\n"):
        lines = part.splitlines()
        in_section = in_section or any(SECTION.match(line) for line in lines)
        is_indented = bool(lines) and all(line.startswith("    ") for line in lines)
        if not in_section and is_indented:
            parts.append(part)
        elif not in_section and parts and lines and is_formula(lines):
            parts.append("\n".join(f"    {line}" for line in lines))
        else:
            parts.append(escaped(part))
    return "\n\n".join(parts)


def is_formula(lines: list[str]) -> bool:
    """Return whether a paragraph is a formula or a line of shapes, and no sentence."""
    return bool(FORMULA.match(lines[0])) and not SENTENCE.search(lines[0].strip())


def escaped(text: str) -> str:
    """Return text whose stars are no emphasis; code between backticks stays."""
    pieces = re.split(r"(`[^`]*`)", text)
    return "".join(p if p.startswith("`") else p.replace("*", "\\*") for p in pieces)
