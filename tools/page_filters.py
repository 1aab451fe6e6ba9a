"""Write the kernels of the filters and the examples of the labs as JSON of the page.

python tools/page_filters.py          write web/src/filters/kernels.json, web/src/labs/examples.json
python tools/page_filters.py --check  exit with 1 if a file differs from what would be written
"""

import json
from pathlib import Path
from typing import Any

from generated import keep

from convscope.filters.kernels import KERNELS
from convscope.labs.examples import EXAMPLES

WEB = Path(__file__).parents[1] / "web" / "src"


def files() -> dict[Path, str]:
    """Return the text of each file."""
    kernels = {
        name: {"rows": kernel.rows, "divisor": kernel.divisor, "source": kernel.source}
        for name, kernel in KERNELS.items()
    }
    examples = {
        name: {
            "x": _numbers(example.x),
            "w": _numbers(example.w),
            "b": [] if example.b is None else [int(value) for value in example.b],
            "stride": example.stride,
            "padding": example.padding,
        }
        for name, example in EXAMPLES.items()
    }
    return {
        WEB / "filters" / "kernels.json": _text(kernels),
        WEB / "labs" / "examples.json": _text(examples),
    }


def _numbers(array: Any) -> dict[str, Any]:
    return {"shape": list(array.shape), "data": [int(value) for value in array.ravel()]}


def _text(rows: dict[str, Any]) -> str:
    lines = [f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in rows.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    keep(files())
