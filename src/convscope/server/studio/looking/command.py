"""The command line that computes the same as a request."""

import json
import shlex
from typing import Any

from convscope.server.studio.looking.records import VisualRequest

BUDGET_S = 15.0  # of the command; a test compares it with `convscope.visuals.cost`


def command_line(
    request: VisualRequest, *, model: str, image: str | None, data: str | None, is_digit: bool
) -> str:
    """Return a command line of `convscope look`, as it is typed in a shell.

    Args:
        model, image, data: as the command takes them.
        is_digit: the model prepares photos of digits, which the page has already done.
    """
    needs_output = image is None
    parts = ["convscope", "look", request.visual, model, *([] if needs_output else [str(image)])]
    options: dict[str, Any] = {
        "--layer": request.layer,
        "--unit": request.unit,
        "--class": request.target,
        "--data": data,
        "--split": request.split,
    }
    for option, value in options.items():
        parts += [] if value is None else [option, str(value)]
    for name, value in request.settings.items():
        parts += ["--set", f"{name}={setting_text(value)}"]
    if request.budget != BUDGET_S:
        parts += ["--budget", "none" if request.budget is None else f"{request.budget:g}"]
    if image is not None and is_digit:
        parts.append("--no-digit")
    return shlex.join(parts)


def setting_text(value: Any) -> str:
    """Return a setting as `--set` takes it: 3, zero, 1,2."""
    if isinstance(value, list | tuple):
        return ",".join(map(setting_text, value))
    return value if isinstance(value, str) else json.dumps(value)
