"""Python source as `ruff format` leaves it, at any line length from 88 on.

An expression that does not fit in 88 columns is written one part a line with a comma behind
each, which the formatter keeps as it stands.
"""

from dataclasses import dataclass

WIDTH = 88
STEP = 4


@dataclass(frozen=True)
class Atom:
    """Text that is never split."""

    text: str


@dataclass(frozen=True)
class Group:
    """`opening part, part closing`: a call, a list, a tuple, the braces of a dict."""

    opening: str
    parts: tuple["Part", ...]
    closing: str


@dataclass(frozen=True)
class Part:
    """One part of a group: an optional prefix as `stride=`, and the expression."""

    expression: "Expression"
    prefix: str = ""


@dataclass(frozen=True)
class Comprehension:
    """`{key: value for name in iterable}`, to be spread into keywords."""

    key: str
    value: "Expression"
    loop: str


Expression = Atom | Group | Comprehension


def call(callee: str, *arguments: Expression, **keywords: Expression) -> Group:
    """Return a call; keywords keep their order."""
    parts = [Part(argument) for argument in arguments]
    parts += [Part(value, f"{name}=") for name, value in keywords.items()]
    return Group(f"{callee}(", tuple(parts), ")")


def literal(value: object) -> Expression:
    """Return a number, a string, a bool, or tuples of them, as an expression.

    Strings are names and modes of our own; they hold no quotes.
    """
    match value:
        case str():
            return Atom(f'"{value}"')
        case (single,):
            return Atom(f"({flat(literal(single))},)")
        case tuple():
            return Group("(", tuple(Part(literal(number)) for number in value), ")")
        case _:
            return Atom(repr(value))


def flat(expression: Expression) -> str:
    """Return the expression on one line."""
    match expression:
        case Atom():
            return expression.text
        case Group():
            inner = ", ".join(part.prefix + flat(part.expression) for part in expression.parts)
            return expression.opening + inner + expression.closing
        case Comprehension():
            return f"{{{expression.key}: {flat(expression.value)} {expression.loop}}}"


def render(expression: Expression, *, indent: int, before: str = "", after: str = "") -> list[str]:
    """Return the lines of `before expression after`, the first without indentation."""
    whole = before + flat(expression) + after
    if indent + len(whole) <= WIDTH or _solid(expression):
        return [whole]
    inner, inside = indent + STEP, " " * (indent + STEP)
    if isinstance(expression, Comprehension):
        value = render(expression.value, indent=inner, before=f"{expression.key}: ")
        lines = [inside + value[0], *value[1:], inside + expression.loop]
        return [before + "{", *lines, " " * indent + "}" + after]
    assert isinstance(expression, Group)
    lines = [before + expression.opening]
    for part in expression.parts:
        first, *rest = render(part.expression, indent=inner, before=part.prefix, after=",")
        lines += [inside + first, *rest]
    return [*lines, " " * indent + expression.closing + after]


def _solid(expression: Expression) -> bool:
    """Return whether there is nothing to split."""
    return isinstance(expression, Atom) or (isinstance(expression, Group) and not expression.parts)


def statement(target: str, expression: Expression, *, indent: int) -> list[str]:
    """Return the lines of `target = expression`, indented."""
    lines = render(expression, indent=indent, before=f"{target} = ")
    return [" " * indent + lines[0], *lines[1:]]
