"""Text of an architecture for an editor: one layer on each line."""

import json
from typing import Any

WIDE = 100


def pretty(value: Any, indent: str = "") -> str:
    """Return JSON with one layer on each line, as `jsonText` of the page writes it."""
    flat = json.dumps(value, ensure_ascii=False)
    nests = '"blocks"' in flat or '"body"' in flat
    leaf = not isinstance(value, dict | list)
    if leaf or (not nests and len(flat) + len(indent) <= WIDE):
        return flat
    inner = indent + "  "
    if isinstance(value, list):
        lines = [inner + pretty(part, inner) for part in value]
        return "[\n" + ",\n".join(lines) + f"\n{indent}]"
    lines = [f"{inner}{json.dumps(key)}: {pretty(part, inner)}" for key, part in value.items()]
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
