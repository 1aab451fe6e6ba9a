"""Palette of every drawing: named colours in light and dark, and colours of series.

Colours of numbers (viridis, blue-white-red, grey) belong to the payloads' scales:
`convscope.payload.scale`.
"""

import colorsys

# name: (on light paper, on dark paper)
COLOURS = {
    "ink": ("#1b1f24", "#e6edf3"),
    "muted": ("#57606a", "#9aa4af"),
    "paper": ("#ffffff", "#0d1117"),
    "shade": ("#f1f3f5", "#1c2128"),
    "grid": ("#d8dee4", "#2d333b"),
    "edge": ("#57606a", "#9aa4af"),
    "frame": ("#8b949e", "#768390"),
    "correct": ("#1a7f37", "#4ac26b"),
    "wrong": ("#b3261e", "#ff7b72"),
    # layers of architecture diagrams: fill, outline
    "input": ("#eceff2", "#2b3138"),
    "input-line": ("#8b949e", "#768390"),
    "conv": ("#d6e6fa", "#17365c"),
    "conv-line": ("#3b76b9", "#5b9bdf"),
    "pool": ("#fbdcd0", "#562a1c"),
    "pool-line": ("#c0593a", "#e08a6c"),
    "norm": ("#fbf0c4", "#44380f"),
    "norm-line": ("#a8871b", "#cfae48"),
    "linear": ("#e7dcf7", "#3a2860"),
    "linear-line": ("#7a55b5", "#ab8be0"),
    "join": ("#d9efdc", "#1c4028"),
    "join-line": ("#42875a", "#6fbd88"),
    "other": ("#e8eaed", "#30363d"),
    "other-line": ("#6e7781", "#8b949e"),
    # the first six are those of lines and of their names: distinguishable with every kind of
    # colour vision, and dark enough (on dark paper light enough) for text; a test holds both
    "series-0": ("#0072b2", "#4aa8e0"),
    "series-1": ("#c35200", "#f08a3c"),
    "series-2": ("#00735a", "#3fd0a0"),
    "series-3": ("#c51158", "#ff5cae"),
    "series-4": ("#552500", "#e9d03e"),
    "series-5": ("#803fd0", "#a97bff"),
    "series-6": ("#1b1f24", "#e6edf3"),
    # Tol 2021, "muted" and "bright": as distinguishable as more than seven colours can be
    "series-7": ("#882255", "#d4668f"),
    "series-8": ("#44aa99", "#5cc9b6"),
    "series-9": ("#332288", "#8c7fe0"),
    "series-10": ("#a58a24", "#d8c160"),
    "series-11": ("#117733", "#4fb56f"),
    "series-12": ("#5a97b5", "#9fd0e6"),
    "series-13": ("#aa4499", "#d982cb"),
}
NUM_SERIES = 14
INKS = ("#000000", "#ffffff")
"""Of text on a coloured area. On every colour one of them has a contrast of at least 4.5."""


NUM_LINES = 6
"""Colours that every reader can tell apart; more than a chart has lines."""


def series(number: int) -> str:
    """Return the colour name of a line; names repeat after 14."""
    return f"series-{number % NUM_SERIES}"


def group(number: int) -> str:
    """Return the colour of a group of points: that of a line, then hues a golden angle apart."""
    if number < NUM_SERIES:
        return series(number)
    red, green, blue = colorsys.hls_to_rgb(number * 0.618034 % 1.0, 0.45, 0.7)
    return f"#{int(red * 255):02x}{int(green * 255):02x}{int(blue * 255):02x}"


def literal(colour: str) -> str:
    """Return `#rrggbb` (or `none`) for a colour name, its value on light paper, or a literal.

    Raises:
        KeyError: a name that is not in the palette.
    """
    if colour == "none" or colour.startswith("#"):
        return colour
    return COLOURS[colour][0]


def ink_on(red: float, green: float, blue: float) -> str:
    """Return the ink with the larger contrast on a colour of numbers from 0 to 255.

    The two contrasts are equal at a relative luminance (WCAG 2) of sqrt(1.05 * 0.05) - 0.05.
    """
    weights = ((red, 0.2126), (green, 0.7152), (blue, 0.0722))
    luminance = sum(weight * _linear(value / 255) for value, weight in weights)
    return INKS[luminance < (1.05 * 0.05) ** 0.5 - 0.05]


def _linear(value: float) -> float:
    """Return the linear light of an sRGB value, both from 0 to 1."""
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)
