"""Write the colours and text widths of the pages from those of the Python renderer.

python tools/page_theme.py          write web/src/theme/palette.css, scales.ts and widths.ts
python tools/page_theme.py --check  exit with 1 if a file differs from what would be written
"""

import json
from pathlib import Path
from typing import get_args

from generated import keep

from convscope.payload.colour_scales import Colours, table
from convscope.render.palette import COLOURS, NUM_LINES, NUM_SERIES, group
from convscope.render.text import FOLDER as FONTS

THEME = Path(__file__).parents[1] / "web" / "src" / "theme"
SOURCE = "tools/page_theme.py wrote this file"
NUM_GROUPS = 40  # colours of groups that have a name; they repeat after
# characters of numbers, labels and English text; all others count as squares
CHARACTERS = [*map(chr, range(0x20, 0x7F)), *"×·÷±°–—‘’“”…→↓←↑µ²³"]


def files() -> dict[str, str]:
    """Return the text of each generated file by name."""
    return {"palette.css": palette(), "scales.ts": scales(), "widths.ts": widths()}


def palette() -> str:
    """Return CSS variables: dark by the system's preference, or by `data-theme` of the page."""
    light, dark = (_variables(side) for side in (0, 1))
    indented = dark.replace("\n  ", "\n    ")
    return (
        f"/* {SOURCE} from src/convscope/render/palette.py. */\n"
        f":root {{\n  color-scheme: light;{light}\n}}\n\n"
        "@media (prefers-color-scheme: dark) {\n"
        f'  :root:not([data-theme="light"]) {{\n    color-scheme: dark;{indented}\n  }}\n}}\n\n'
        f':root[data-theme="dark"] {{\n  color-scheme: dark;{dark}\n}}\n'
    )


def _variables(side: int) -> str:
    return "".join(f"\n  --cs-{name}: {pair[side]};" for name, pair in COLOURS.items())


def scales() -> str:
    """Return the colours of the scales, and the names of the colours of lines and groups."""
    text = f"/** Colour scales; {SOURCE} from src/convscope/payload and render/palette.py. */\n\n"
    text += "/** 256 colours from the lowest value to the highest, as hexadecimal digits. */\n"
    text += "export const TABLES = {\n"
    for name in get_args(Colours):
        key = name if name.isidentifier() else f'"{name}"'
        line = " " if len(key) < 5 else "\n    "  # as prettier formats it
        text += f'  {key}:{line}"{table(name).tobytes().hex()}",\n'
    text += "} as const;\n\n"
    text += "/** Colours of lines have the CSS variables --cs-series-0 to --cs-series-13. */\n"
    text += f"export const NUM_SERIES = {NUM_SERIES};\n"
    text += "/** Colours that every reader can tell apart. */\n"
    text += f"export const NUM_LINES = {NUM_LINES};\n"
    names = " ".join(group(number) for number in range(NUM_SERIES, NUM_GROUPS))
    text += "/** Colours of groups after those of lines. */\n"
    return text + f'export const GROUPS =\n  "{names}";\n'


def widths() -> str:
    """Return the widths of characters in thousandths of an em."""
    faces = json.loads((FONTS / "widths.json").read_text(encoding="utf-8"))
    chinese = faces["chinese"]
    text = f"/** Widths of characters in thousandths of an em; {SOURCE} from render/fonts. */\n\n"
    characters = json.dumps("".join(CHARACTERS), ensure_ascii=False)
    text += f"export const CHARACTERS =\n  {characters};\n"
    for face in ("regular", "bold"):
        known = chinese | faces[face]
        row = " ".join(str(round(1000 * known.get(char, 1))) for char in CHARACTERS)
        text += f'export const {face.upper()} =\n  "{row}";\n'
    return text


if __name__ == "__main__":
    keep({THEME / name: text for name, text in files().items()})
