"""Make the fonts of src/convscope/render/fonts from Noto's own files.

    python tools/make_fonts.py NotoSans-Regular.ttf NotoSans-Bold.ttf NotoSansCJK-Regular.ttc

The files are in the Debian packages fonts-noto-core and fonts-noto-cjk. The subsets hold Latin,
Greek and signs (regular and bold) and every character of GB 2312, which Chinese text and class
names need; kerning and other features are left out, so that the width of a text is the sum of
its characters' widths. `widths.json` lists these.
"""

import json
import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

FOLDER = Path(__file__).parents[1] / "src" / "convscope" / "render" / "fonts"
SIMPLIFIED_CHINESE = 2  # the number of this font in Noto's collection
LATIN = [
    *range(0x20, 0x7F),
    *range(0xA0, 0x180),  # Latin-1 and Latin Extended-A
    *range(0x370, 0x400),  # Greek
    *range(0x2010, 0x2040),  # dashes, quotation marks, the ellipsis
    *range(0x2070, 0x20A0),  # superscripts and subscripts
]
SIGNS = [ord(sign) for sign in "←↑→↓↔⇒∀∂∃∅∆∇∈∉∏∑−∓∗∘√∝∞∠∧∨∩∪∫≈≠≡≤≥⊂⊕⊗⊙⋅⋯■□▲△▶◆◇○●★☆✓✗"]


def main() -> None:
    regular, bold, chinese = sys.argv[1:]
    FOLDER.mkdir(exist_ok=True)
    known = _subset(TTFont(regular), LATIN, "NotoSans-Regular.ttf")
    widths = {"regular": known, "bold": _subset(TTFont(bold), LATIN, "NotoSans-Bold.ttf")}
    rest = [code for code in [*_gb2312(), *SIGNS] if chr(code) not in known]
    font = TTFont(chinese, fontNumber=SIMPLIFIED_CHINESE)
    wide = _subset(font, rest, "NotoSansSC-Regular.otf")
    widths["chinese"] = {char: width for char, width in wide.items() if width != 1.0}
    text = json.dumps(widths, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    (FOLDER / "widths.json").write_text(text + "\n", encoding="utf-8")


def _gb2312() -> list[int]:
    """Every character of GB 2312, its signs included."""
    codes = []
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                codes.append(ord(bytes([high, low]).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    return codes


def _subset(font: TTFont, codes: list[int], name: str) -> dict[str, float]:
    """Write a subset; return the width of each character in ems."""
    options = Options(
        layout_features=[], hinting=False, notdef_outline=True, name_IDs=[0, 1, 2, 4, 6, 13, 14]
    )
    options.drop_tables += ["DSIG", "VORG", "vhea", "vmtx", "BASE"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    font["head"].modified = font["head"].created  # the same bytes every time
    font.recalcTimestamp = False
    font.save(FOLDER / name)
    ems = font["head"].unitsPerEm
    cmap = font.getBestCmap()
    return {
        chr(code): round(font["hmtx"][glyph][0] / ems, 4) for code, glyph in sorted(cmap.items())
    }


if __name__ == "__main__":
    main()
