"""Tasks that check the worker itself."""

import time
from typing import Any

from convscope.errors import InputError
from convscope.server.studio.worker.child import Report


def echo(args: dict[str, Any], progress: Report) -> dict[str, Any]:
    """Return the arguments, after `seconds` in steps of a hundredth."""
    if "problem" in args:
        raise InputError(str(args["problem"]))
    steps = int(float(args.get("seconds", 0)) * 100)
    for step in range(steps):
        progress(step, steps, "waiting")
        time.sleep(0.01)
    return args
