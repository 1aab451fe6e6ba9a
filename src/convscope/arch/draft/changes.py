"""Changes of a draft as data: the page makes the same ones, so that a fix can be undone."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from convscope.arch.draft.reading import KINDS, Data


class Change(NamedTuple):
    """One change of a draft.

    Attributes:
        operation: `put` a block at a path in place of the one there, `insert` a block under
            `name` before the one at the path or behind it, `remove` the block at the path,
            `rename` it to `name`, or set the network's `input` or `classes`.
        block: of `put` and `insert`, in the JSON form.
        value: of `input` and `classes`.
    """

    operation: str
    path: str = ""
    block: Data | None = None
    name: str = ""
    behind: bool = False
    value: Any = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON, without what the operation does not use."""
        used = {
            "put": ("path", "block"),
            "insert": ("path", "block", "name", "behind"),
            "remove": ("path",),
            "rename": ("path", "name"),
        }.get(self.operation, ("value",))
        return {"operation": self.operation} | {name: getattr(self, name) for name in used}


def changed(architecture: Mapping[str, Any], changes: tuple[Change, ...]) -> dict[str, Any]:
    """Return the architecture's JSON value after changes, one after another."""
    result = dict(architecture)
    for change in changes:
        match change.operation:
            case "input":
                result["input"] = change.value
            case "classes":
                result["num_classes"] = change.value
            case _:
                names = change.path.split(".") if change.path else []
                result["block"] = _at(result["block"], names, change)
    return result


def _at(block: Data, names: list[str], change: Change) -> Data:
    if not names:
        return change.block if change.operation == "put" and change.block else block
    kind = KINDS[block["type"]]
    held: Mapping[str, Any] = block if kind.part_names else block["blocks"]
    first, *rest = names
    if not rest and change.operation == "put":
        held = {**held, first: change.block}
    elif rest:
        held = {**held, first: _at(held[first], rest, change)}
    elif change.operation == "remove":
        held = {name: part for name, part in held.items() if name != first}
    elif change.operation == "rename":
        held = {change.name if name == first else name: part for name, part in held.items()}
    else:
        held = _inserted(held, first, change)
    return held if kind.part_names else {**block, "blocks": held}


def _inserted(held: Mapping[str, Any], at: str, change: Change) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    for name, part in held.items():
        if name == at and not change.behind:
            parts[change.name] = change.block
        parts[name] = part
        if name == at and change.behind:
            parts[change.name] = change.block
    return parts


def free_name(stem: str, taken: Mapping[str, Any]) -> str:
    """Return `stem`, with a number if it is taken."""
    name, number = stem, 1
    while name in taken:
        number += 1
        name = f"{stem}{number}"
    return name
