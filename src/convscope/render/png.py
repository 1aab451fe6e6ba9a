"""Drawings as PNG: their SVG, rasterised with the bundled fonts only."""

from convscope.errors import InputError
from convscope.render.marks import Drawing
from convscope.render.svg import svg_for_raster
from convscope.render.text import FILES

MOST_PIXELS = 64_000_000
SHARP_PIXELS = 1_500_000  # drawings up to here get twice as many pixels across, for sharp text


def png(drawing: Drawing) -> bytes:
    """Return a PNG file, twice as wide as the drawing if this is small.

    Raises:
        InputError: it would have more than 64 million pixels.
    """
    check_size(drawing)
    zoom = zoom_of(drawing)
    return rasterised(svg_for_raster(drawing, zoom=zoom), zoom=zoom)


def zoom_of(drawing: Drawing) -> int:
    """Return the number of pixels per unit of the drawing."""
    return 2 if drawing.width * drawing.height <= SHARP_PIXELS else 1


def check_size(drawing: Drawing) -> None:
    """Refuse a picture that is too large before memory is allocated.

    Raises:
        InputError: more than 64 million pixels.
    """
    if drawing.width * drawing.height > MOST_PIXELS:
        raise InputError(
            f"a picture of {drawing.width:,.0f} x {drawing.height:,.0f} pixels",
            expected=f"at most {MOST_PIXELS:,} pixels in all",
            fix="show fewer, or write .npz or .json instead of .png",
        )


def rasterised(svg_text: str, *, zoom: int) -> bytes:
    """Return an SVG text without CSS variables as PNG."""
    import resvg_py

    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg_text,
            zoom=zoom,
            skip_system_fonts=True,
            font_files=list(FILES),
            sans_serif_family="Noto Sans",
        )
    )
