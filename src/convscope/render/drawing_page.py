"""What every picture of a payload shares: paper, words, the scale.

Axes: H height, W width, 3 red, green, blue.
"""

import io
import textwrap
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from convscope.errors import InputError

if TYPE_CHECKING:
    from convscope.payload.scale import Scale

PAPER, INK, FAINT, RULE = "#ffffff", "#1c1f24", "#5f6670", "#c9cdd3"
# Okabe and Ito 2008: told apart by every kind of colour vision
LINES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
MARGIN, LINE = 20, 18
NARROWEST = 420  # so that captions can be read
MOST_PIXELS = 64_000_000
STRIP = (256, 12)
# fonts that have Chinese letters too, where the system has one
WIDE_FONTS = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansSC-Regular.otf",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "msyh.ttc",
    "PingFang.ttc",
    "Arial Unicode.ttf",
)

Face = ImageFont.FreeTypeFont | ImageFont.ImageFont


@cache
def font(size: int = 13) -> Face:
    """Pillow's own font: Latin letters, the same on every machine."""
    return ImageFont.load_default(size)


@cache
def _wide_font(size: int) -> Face:
    for name in WIDE_FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return font(size)


def face_for(text: str, *, size: int = 13) -> Face:
    """A font that has the letters of a text, where there is one."""
    return _wide_font(size) if any(ord(letter) > 0x2E7F for letter in text) else font(size)


def write(
    pen: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    *,
    size: int = 13,
    fill: str = INK,
    anchor: str = "la",
) -> None:
    """One line of text; what is no letter in it becomes a space."""
    line = " ".join(text.split())
    pen.text(at, line, font=face_for(line, size=size), fill=fill, anchor=anchor)


def width_of(text: str, *, size: int = 13) -> int:
    return int(face_for(text, size=size).getlength(text))


def cut(text: str, room: float, *, size: int = 13) -> str:
    """As much of a text as there is room for, with dots where it was cut."""
    if width_of(text, size=size) <= room:
        return text
    while text and width_of(text + "…", size=size) > room:
        text = text[:-1]
    return text + "…" if text else ""


def wrapped(text: str, room: float, *, size: int = 13) -> list[str]:
    """Lines that fit into `room` pixels."""
    if not text:
        return []
    letter = max(1.0, width_of(text[:200], size=size) / min(len(text), 200))
    return textwrap.wrap(text, max(12, int(room / letter * 0.96)))


def encoded(pixels_HW3: NDArray[np.uint8] | Image.Image) -> bytes:
    """A PNG file of bare pixels."""
    image = pixels_HW3 if isinstance(pixels_HW3, Image.Image) else Image.fromarray(pixels_HW3)
    with io.BytesIO() as file:
        image.save(file, "PNG", optimize=image.width * image.height < 1_000_000)
        return file.getvalue()


def check_size(width: int, height: int, *, what: str) -> None:
    """Say that a picture would be too large before memory is asked for.

    Raises:
        InputError: more than 64 million pixels.
    """
    if width * height > MOST_PIXELS:
        raise InputError(
            f"{what} would make a picture of {width:,} x {height:,}",
            expected=f"at most {MOST_PIXELS:,} pixels in all",
            fix="show fewer, or write .npz or .json instead of .png",
        )


def page(picture: Image.Image, *, title: str, caption: str, scale: "Scale | None") -> Image.Image:
    """Title above, scale and caption below. Words grow with pictures that are very large."""
    times = max(1, round(picture.width / 1400))
    margin, line, size = MARGIN * times, LINE * times, 13 * times
    width = max(picture.width, NARROWEST * times)
    lines = wrapped(caption, width, size=size)
    head = wrapped(title, width, size=16 * times)
    top = margin + (22 * times * len(head) + 6 * times if head else 0)
    bottom = top + picture.height + 14 * times
    words = bottom + (44 * times if scale else 0)
    size_WH = (width + 2 * margin, words + line * len(lines) + margin)
    check_size(*size_WH, what="this")
    made = Image.new("RGB", size_WH, PAPER)
    pen = ImageDraw.Draw(made)
    for i, text in enumerate(head):
        write(pen, (margin, margin - 2 + 22 * times * i), text, size=16 * times)
    made.paste(picture, (margin, top), picture if picture.mode == "RGBA" else None)
    if scale:
        _draw_scale(made, pen, scale, at=(margin, bottom), times=times)
    for i, text in enumerate(lines):
        write(pen, (margin, words + i * line), text, size=size, fill=FAINT)
    return made


def scale_strip(scale: "Scale", *, num: int = 256) -> NDArray[np.uint8]:
    """The colours of a scale from low to high: (1, num, 3)."""
    ramp = np.linspace(scale.low, scale.high, num, dtype=np.float32)
    if scale.colours == "rgb":
        return scale.paint(np.stack([ramp] * 3, axis=1))[None]
    return scale.paint(ramp)[None]


def _draw_scale(
    made: Image.Image, pen: ImageDraw.ImageDraw, scale: "Scale", *, at: tuple[int, int], times: int
) -> None:
    x, y = at
    across, down = STRIP[0] * times, STRIP[1] * times
    strip = Image.fromarray(scale_strip(scale)).resize((across, down), Image.Resampling.NEAREST)
    made.paste(strip, (x, y))
    pen.rectangle((x, y, x + across - 1, y + down - 1), outline=RULE)
    below, size = y + 16 * times, 12 * times
    low, high = f"{scale.low:.4g}", f"{scale.high:.4g}"
    write(pen, (x, below), low, size=size)
    write(pen, (x + across - 1, below), high, size=size, anchor="ra")
    zero = round((across - 1) * -scale.low / (scale.high - scale.low))
    ends = width_of(low, size=size), width_of(high, size=size)
    if ends[0] + 8 < zero < across - ends[1] - 8:
        write(pen, (x + zero, below), "0", size=size, anchor="ma")
    if scale.label:
        write(pen, (x + across + 12 * times, y - times), scale.label, size=size, fill=FAINT)
