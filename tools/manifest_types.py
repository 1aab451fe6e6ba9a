"""Write the TypeScript types of an export's manifest from its pydantic records.

python tools/manifest_types.py          write web/src/model/manifest.ts
python tools/manifest_types.py --check  exit with 1 if the file differs from what would be written
"""

import inspect
import re
import textwrap
import types
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from generated import keep

from convscope.export.web import manifest
from convscope.record import Record

PATH = Path(__file__).parents[1] / "web" / "src" / "model" / "manifest.ts"
HEAD = """/** What `model/model.json` of an exported folder holds.
 *
 * tools/manifest_types.py wrote this file from src/convscope/export/web/manifest.py.
 */
"""
ALIASES = {"Axis": manifest.Axis, "Role": manifest.Role}
OPAQUE = {"golden", "diagram", "architecture", "preprocessing"}
"""Fields whose form other files state: their readers check it."""
WIDTH = 100


def text() -> str:
    """Return the file: aliases, then one interface per record."""
    parts = [HEAD]
    parts += [_alias(name, _union(alias)) for name, alias in ALIASES.items()]
    parts += [_interface(record) for record in _records()]
    return "\n".join(parts)


def _alias(name: str, union: str) -> str:
    line = f"export type {name} = {union};\n"
    if len(line) <= WIDTH:
        return line
    members = union.replace(" | ", "\n  | ")
    return f"export type {name} =\n  | {members};\n"


def _records() -> list[type[Record]]:
    """Return the records in the order of the source."""
    return [
        each
        for each in vars(manifest).values()
        if isinstance(each, type) and issubclass(each, Record) and each is not Record
        if each.__module__ == manifest.__name__
    ]


def _interface(record: type[Record]) -> str:
    documents = _documents(record)
    first = inspect.cleandoc(record.__doc__ or "").split("\n\n")[0].replace("\n", " ")
    lines = [f"/** {first} */", f"export interface {record.__name__} {{"]
    for name, hint in get_type_hints(record, include_extras=False).items():
        if name in record.model_fields:
            lines += _comment(documents.get(name, ""))
            lines.append(f"  readonly {name}: {'unknown' if name in OPAQUE else _type(hint)};")
    return "\n".join([*lines, "}"]) + "\n"


def _comment(sentence: str) -> list[str]:
    if not sentence:
        return []
    line = f"  /** {sentence} */"
    if len(line) <= WIDTH:
        return [line]
    wrapped = textwrap.wrap(sentence, WIDTH - 5)
    return ["  /**", *(f"   * {each}" for each in wrapped), "   */"]


def _documents(record: type[Record]) -> dict[str, str]:
    """Return the sentences of a docstring's "Attributes:", by field."""
    _, _, section = inspect.cleandoc(record.__doc__ or "").partition("Attributes:\n")
    found = re.findall(r"^    (\w+): (.*(?:\n        .*)*)", section, re.MULTILINE)
    sentences = {name: " ".join(each.split()) for name, each in found}
    return {name: f"{each[0].upper()}{each[1:]}" for name, each in sentences.items()}


def _type(hint: Any) -> str:
    """Return the TypeScript type of a field."""
    for name, alias in ALIASES.items():
        if hint == alias:
            return name
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType, Literal):
        return _union(hint)
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return (
                f"readonly {_type(arguments[0])}[]"
                if _is_name(arguments[0])
                else (f"readonly ({_type(arguments[0])})[]")
            )
        return f"readonly [{', '.join(map(_type, arguments))}]"
    if origin is dict:
        return f"Readonly<Record<string, {_type(arguments[1])}>>"
    if isinstance(hint, type) and issubclass(hint, Record):
        return hint.__name__
    return NAMES[hint]


NAMES: dict[Any, str] = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    Any: "unknown",
    type(None): "null",
}


def _is_name(hint: Any) -> bool:
    return re.fullmatch(r"\w+", _type(hint)) is not None


def _union(hint: Any) -> str:
    members = []
    for each in get_args(hint):
        if get_origin(each) is Literal:
            members += get_args(each)
        else:
            members.append(each)
    return " | ".join(f'"{m}"' if isinstance(m, str) else _member(m) for m in members)


def _member(member: Any) -> str:
    return str(member) if isinstance(member, int) else _type(member)


if __name__ == "__main__":
    keep({PATH: text()})
