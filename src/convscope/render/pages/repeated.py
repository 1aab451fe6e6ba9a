"""Pictures that a page shows several times, such as the photo beside each map, stored once."""

import re
from collections import Counter

LONG = 2000  # characters of an address; shorter ones are repeated
IMAGE = re.compile(
    r'<image( x="[^"]*" y="[^"]*" width="[^"]*" height="[^"]*") preserveAspectRatio="none"'
    r'([^>]*) href="(data:[^"]*)"(?:/>|>(<title>[^<]*</title>)</image>)'
)
"""An image of a drawing, as `render.svg` writes it: place, look, address, tooltip."""


def stored_once(body: str) -> str:
    """Return the body of a page in which drawings refer to the pictures that they share.

    A symbol without a size of its own is as large as each element that uses it.
    """
    counts = Counter(match[3] for match in IMAGE.finditer(body) if len(match[3]) > LONG)
    numbers = {address: i for i, address in enumerate(a for a, n in counts.items() if n > 1)}
    if not numbers:
        return body

    def used(match: re.Match[str]) -> str:
        place, look, address, title = match.groups(default="")
        if address not in numbers:
            return match[0]
        return f'<use{place}{look} href="#picture-{numbers[address]}">{title}</use>'

    symbols = "".join(
        f'<symbol id="picture-{i}" viewBox="0 0 1 1" preserveAspectRatio="none">'
        f'<image width="1" height="1" preserveAspectRatio="none" href="{address}"/></symbol>'
        for address, i in numbers.items()
    )
    referring = IMAGE.sub(used, body)
    return f'<svg class="stored" aria-hidden="true">{symbols}</svg>\n{referring}'
