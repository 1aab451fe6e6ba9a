"""Calls of the harness (`web/tests/harness/main.ts`) with arrays."""

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e2e.visit import Visit


def encoded(array: NDArray[Any]) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def decoded(text: str) -> NDArray[np.float32]:
    return np.frombuffer(base64.b64decode(text), np.float32)


def raw(pixels_HWC: NDArray[np.uint8]) -> dict[str, Any]:
    """Return pixels, (H, W, C), as the harness takes them."""
    height, width, channels = pixels_HWC.shape
    return {"width": width, "height": height, "channels": channels, "data": encoded(pixels_HWC)}


def call(visit: Visit, name: str, *arguments: Any) -> Any:
    """Call a function of the harness."""
    visit.page.wait_for_function("() => globalThis.harness")
    script = f"arguments => harness.{name}(...arguments)"
    return visit.page.evaluate(script, list(arguments))


def started(visit: Visit, **options: Any) -> Any:
    result = call(visit, "start", options)
    assert "failure" not in result, result
    return result


def probabilities(visit: Visit, pixels_HWC: NDArray[np.uint8]) -> NDArray[np.float32]:
    return decoded(call(visit, "run", raw(pixels_HWC))["probabilities"])
