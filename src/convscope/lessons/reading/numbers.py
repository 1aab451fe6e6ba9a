"""Search for numbers that a text types instead of naming a quantity.

Free are single digits, sizes of single digits (3 × 3), and numbers that are part of a name:
LeNet-5, VGG-16, conv1, top-5.
"""

import re

NAME = re.compile(
    r"[A-Za-z][A-Za-z]*[-_]?v?\d\w*(?:[-_/]\w+)*"  # LeNet-5, ResNet-50, conv3_1, float32
    r"|\b(?:ILSVRC|SqueezeNet|Inception|GTX)[- ]v?\d[\w.]*"
)
NUMBER = re.compile(r"(?<![\w.])[-−]?(?:\d+(?:[.,]\d+)+|\d{2,})\s*%?|(?<![\w.])\d\s*%")


def typed_number(text: str) -> str | None:
    """Return the first number of a text that is not free, or None."""
    match = NUMBER.search(NAME.sub("name", text))
    return match[0].strip() if match else None
