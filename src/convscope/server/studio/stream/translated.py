"""Messages with sentences of Python, jobs and tasks, in the language of a tab."""

import json
from typing import Any

from convscope.server.language import Translate

KINDS = ("job", "task")
PARTS = ("given", "expected", "fix")


def translated(data: bytes, translate: Translate) -> bytes:
    """Return the data of a message about a job or a task with its sentences translated."""
    value = json.loads(data)
    for row in (value, value.get("progress")):
        if isinstance(row, dict) and isinstance(row.get("text"), str):
            row["text"] = translate(row["text"])
    if isinstance(value.get("error"), dict):
        value["error"] = in_parts(value["error"], translate)
    return json.dumps(value, ensure_ascii=False).encode()


def in_parts(error: dict[str, Any], translate: Translate) -> dict[str, Any]:
    """Return the parts of an error translated; where it is stays as it is."""
    return {
        name: translate(text) if name in PARTS and isinstance(text, str) else text
        for name, text in error.items()
    }
