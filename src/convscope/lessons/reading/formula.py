"""Formulas: LaTeX to MathML as records, and to readable text."""

import re
from collections.abc import Sequence
from typing import Any

from convscope.lessons.records import MathNode

TAGS = frozenset(
    (
        *("math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msup", "msub", "msubsup"),
        *("msqrt", "mroot", "mover", "munder", "munderover", "mtable", "mtr", "mtd", "mstyle"),
    )
)
ATTRIBUTES = frozenset(
    (
        *("display", "stretchy", "fence", "form", "accent", "accentunder", "columnalign"),
        *("linebreak", "width", "displaystyle", "scriptlevel", "mathvariant", "movablelimits"),
        *("minsize", "maxsize"),
    )
)
PARTS = {
    "mfrac": 2,
    "msup": 2,
    "msub": 2,
    "mover": 2,
    "munder": 2,
    "mroot": 2,
    "msubsup": 3,
    "munderover": 3,
}
WIDE = "\0"  # a space that stays wide
BRACKETS = frozenset("⌊⌋⌈⌉")
SUPERSCRIPT = str.maketrans("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
SUBSCRIPT = str.maketrans("0123456789+-−=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
SPACED = frozenset("=≈<>≤≥→←↦∈∼≠+−×⋅·∘")


def formula(latex: str, *, is_block: bool = False) -> tuple[MathNode, str]:
    """Return a formula as MathML and as readable text.

    Raises:
        ValueError: no valid LaTeX, or a command that the reader does not know.
    """
    from latex2mathml.converter import convert_to_element

    try:
        element = convert_to_element(latex, display="block" if is_block else "inline")
    except Exception as error:  # the library has no base class of its errors
        raise ValueError(f"{type(error).__name__} {error}".strip()) from error
    node = _node(element)
    if unknown := re.search(r"\\[a-zA-Z]+", _letters(node)):
        raise ValueError(f"unknown command: {unknown[0]}")
    return node, " ".join(_text(node).split()).replace(WIDE, "    ")


def _node(element: Any) -> MathNode:
    tag = element.tag
    if tag not in TAGS:
        raise ValueError(f"unknown element: {tag}")
    attributes = {key: value for key, value in element.attrib.items() if key in ATTRIBUTES}
    children: list[MathNode | str] = []
    if element.text:
        children.append(_unescaped(element.text))
    children += [_node(child) for child in element]
    if len(element) != PARTS.get(tag, len(element)):
        raise ValueError(f"the element {tag} has {len(element)} parts")
    if tag == "mi" and children and children[0] in BRACKETS:
        tag = "mo"
    return MathNode(tag=tag, attributes=attributes, children=tuple(children))


def _unescaped(text: str) -> str:
    import html

    return html.unescape(text)


def _letters(node: MathNode | str) -> str:
    if isinstance(node, str):
        return node
    return " ".join(map(_letters, node.children))


def _text(node: MathNode | str) -> str:
    """Return a formula as text of one line, such as O = ⌊(I − K + 2P)/S⌋ + 1."""
    if isinstance(node, str):
        return node
    parts = node.children
    match node.tag:
        case "mfrac":
            return f"{_grouped(parts[0])}/{_divisor(parts[1])}"
        case "msup":
            return _text(parts[0]) + _raised(_text(parts[1]))
        case "msub":
            return _apart(_text(parts[0]) + _lowered(_text(parts[1])))
        case "msubsup" | "munderover":
            whole = _text(parts[0]) + _lowered(_text(parts[1])) + _raised(_text(parts[2]))
            return _apart(whole)
        case "munder":
            return _apart(_text(parts[0]) + _lowered(_text(parts[1])))
        case "mover":
            return _text(parts[0]) + {"^": "\u0302", "‾": "\u0304", "¯": "\u0304"}.get(
                _text(parts[1]), _raised(_text(parts[1]))
            )
        case "msqrt":
            return f"√{_grouped(parts[0])}"
        case "mroot":
            return f"{_raised(_text(parts[1]))}√{_grouped(parts[0])}"
        case "mtable":
            return "; ".join(map(_text, parts))
        case "mtr":
            return "  ".join(map(_text, parts))
        case "mspace":
            width = node.attributes.get("width", "0em").removesuffix("em")
            return WIDE if width.replace(".", "").isdigit() and float(width) >= 1 else " "
        case "mo":
            return _operator(_joined(parts))
    return _joined(parts)


def _apart(text: str) -> str:
    """Return a sum or a product with its limits and spaces around it."""
    text = re.sub(r"(?<=\w), (?=\w\))", ",", text)
    return f" {text} " if text[:1] in "∑∏" else text


def _operator(text: str) -> str:
    if text in SPACED:
        return f" {text} "
    if text == ",":
        return ", "
    return f" {text} " if text.isalpha() and len(text) > 1 else text


def _joined(parts: Sequence[MathNode | str]) -> str:
    """Return parts side by side; a minus sign that no number precedes has no spaces."""
    text = ""
    follows_operator = True
    for part in parts:
        one = _text(part)
        if isinstance(part, MathNode):
            if part.tag == "mo" and one == " − " and follows_operator:
                one = "−"
            elif part.tag == "mi" and len(one) > 1 and one.isalpha() and one.isascii():
                one = f" {one} "
            follows_operator = part.tag == "mo" and one.strip() not in {")", "]", "}", "⌋", "⌉"}
        text += one
    return text


def _grouped(part: MathNode | str) -> str:
    text = _text(part).strip()
    return text if re.fullmatch(r"[\w.,{}]+|\([^()]*\)", text) else f"({text})"


def _divisor(part: MathNode | str) -> str:
    text = _text(part).strip()
    return text if re.fullmatch(r"[\d.]+|\w|\([^()]*\)", text) else f"({text})"


def _raised(text: str) -> str:
    text = text.strip()
    raised = text.replace(" ", "").translate(SUPERSCRIPT)
    return raised if all(c in "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ" for c in raised) else f"^{_braced(text)}"


def _lowered(text: str) -> str:
    text = text.strip()
    lowered = text.replace(" ", "").translate(SUBSCRIPT)
    marks = "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ"
    return lowered if all(c in marks for c in lowered) else f"_{_braced(text)}"


def _braced(text: str) -> str:
    return text if len(text) == 1 else f"({text})"
