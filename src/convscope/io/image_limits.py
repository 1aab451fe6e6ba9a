"""Memory and time of decoding an image, estimated from its header before anything is allocated.

Decoding one image takes at most MAX_BYTES. Bytes per pixel are the measured peak of decoder,
Pillow and the array together (docs/reference/images.md).
"""

import re
from typing import NamedTuple

from convscope.errors import FormatError

MAX_BYTES = 384_000_000
"""Memory for decoding one image."""

MAX_FILE_BYTES = 1 << 27
"""Size limit of an encoded image: 128 MiB."""

MAX_INPUT_PIXELS = 24_500_000
"""Larger images are reduced by 2, 4 or 8 before they are preprocessed as 32-bit floats."""

MAX_SCANS = 100
MAX_SCANNED_PIXELS = 1_500_000_000
"""Limits of a progressive JPEG, whose decoding takes a pass over the image for every scan."""

BASELINE = (0xC0, 0xC1)
"""Frame codes of JPEGs with Huffman codes and a single pass over each component."""

TOO_LARGE = "too_large"
"""Code of errors about the size of an image, by `errors.ConvscopeError.code`."""

DIVISORS = (1, 2, 4, 8)

BYTES_PER_PIXEL = {"1": 2, "L": 2, "LA": 6, "P": 5, "RGB": 7, "CMYK": 7, "I": 8, "I;16": 4}
OTHER_BYTES = 8  # RGBA and the like
DEEP_BYTES = {"RGB": 13, "RGBA": 16}
DECODER_BYTES = {"WEBP": 9, "AVIF": 6, "HEIF": 4}
"""Bytes that a format's decoder holds besides Pillow's image and the array."""

PILLOW_BYTES = 4
FIXED_BYTES = 8_000_000

STAND_ALONE = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]", re.DOTALL)


class Cost(NamedTuple):
    """Memory that reading an image takes.

    Attributes:
        fixed: bytes of the file, and of what does not depend on the image.
        coefficients: bytes that the decoder of a JPEG holds before the array is allocated.
        per_pixel: bytes for each decoded pixel.
    """

    fixed: int
    coefficients: int
    per_pixel: int

    def total(self, pixels: int, divisor: int) -> int:
        """Return the bytes for an image of so many pixels, decoded at 1/divisor of its size."""
        decoded = pixels // divisor**2
        first = PILLOW_BYTES * decoded + self.coefficients if self.coefficients else 0
        return self.fixed + max(self.per_pixel * decoded, first)


def cost(data: bytes, form: str, mode: str, pixels: int, *, is_deep: bool) -> Cost:
    """Return the memory that reading an image takes.

    Args:
        form, mode: Pillow's names.
        is_deep: whether it has 16 bits per channel.

    Raises:
        FormatError: a JPEG with too many scans, or too few bytes.
    """
    per_pixel = BYTES_PER_PIXEL.get(mode, OTHER_BYTES)
    if is_deep:
        per_pixel = DEEP_BYTES.get(mode, per_pixel)
    copies = 2 if form in ("PNG", *DECODER_BYTES) else 1
    return Cost(
        fixed=FIXED_BYTES + copies * len(data),
        coefficients=jpeg_coefficients(data, pixels) if form in ("JPEG", "MPO") else 0,
        per_pixel=per_pixel + DECODER_BYTES.get(form, 0),
    )


def jpeg_coefficients(data: bytes, pixels: int) -> int:
    """Return the bytes of the coefficients that a decoder keeps for a JPEG of several scans.

    Raises:
        FormatError: more scans than MAX_SCANS, or MAX_SCANNED_PIXELS in all scans; fewer bytes
            than an image of this size can have.
    """
    factors: tuple[int, ...] = ()
    scans, place = 0, 2
    several, code_of_frame = False, 0
    while (marker := STAND_ALONE.search(data, place)) is not None:
        code, body = marker.group()[-1], marker.end()
        if code == 0xD9:  # end of the image; thumbnails come earlier, inside their segments
            break
        length = int.from_bytes(data[body : body + 2], "big")
        if 0xC0 <= code <= 0xCF and code not in (0xC4, 0xC8, 0xCC):
            code_of_frame, several = code, several or code not in BASELINE
            factors = _sampling(data[body : body + length])
        elif code == 0xDA:
            scans += 1
            if code_of_frame in BASELINE:
                _check_length(data, pixels, factors)
            if not several and (body + 2 >= len(data) or data[body + 2] >= len(factors)):
                break
            several = True
            if scans > MAX_SCANS or scans * pixels > MAX_SCANNED_PIXELS:
                raise FormatError(
                    f"a progressive JPEG with {scans} or more scans: decoding takes too long",
                    expected=f"at most {MAX_SCANS} scans, and {MAX_SCANNED_PIXELS:,} pixels in all",
                    fix="save it again as PNG or JPEG",
                    code=TOO_LARGE,
                )
        place = body + max(2, length)
    if not several or not factors:
        return 0
    return 2 * pixels * sum(factors) // max(factors)


def _check_length(data: bytes, pixels: int, factors: tuple[int, ...]) -> None:
    """Check that a baseline JPEG has at least 2 bits (a code of each kind) for every block."""
    blocks = pixels // 64 * sum(factors) // max(factors, default=1)
    if 4 * len(data) < blocks:
        raise FormatError(
            f"the image is truncated or damaged: {len(data):,} bytes for {pixels:,} pixels",
            fix="copy or download the file again",
        )


def _sampling(segment: bytes) -> tuple[int, ...]:
    """Return the number of blocks of each component in a frame header."""
    return tuple((byte >> 4) * (byte & 15) or 1 for byte in segment[9::3])


def divisor_for(pixels: int) -> int:
    """Return the divisor of both sides that makes an image small enough to be preprocessed."""
    return next((n for n in DIVISORS if pixels <= MAX_INPUT_PIXELS * n**2), DIVISORS[-1])
