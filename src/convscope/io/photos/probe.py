"""One image file looked at in full, in a process of its own that it may take down.

`python -m convscope.io.photos.probe` says that it is ready, reads references, one line of JSON
each, and answers with one line of JSON each, in order. Memory is limited; what crashes or hangs
it is the file at hand.
"""

import base64
import hashlib
import importlib
import io
import json
import os
import re
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from convscope.errors import ConvscopeError, FormatError
from convscope.io.images import EXIF_ORIENTATION, READS, read_image, to_rgb
from convscope.io.photos.reference import Reference, read
from convscope.io.photos.signature import signatures, squared

READY = "ready\n"
"""The first line: whatever ends this process afterwards is the file at hand."""

MEMORY_BYTES = 4 << 30
MOST_TEXT = 200

ENDINGS_OF = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "MPO": (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"),
    "PNG": (".png",),
    "WEBP": (".webp",),
    "BMP": (".bmp",),
    "GIF": (".gif",),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm"),
}
"""Each format by content, and the endings that tell the truth about it."""

BEGINNINGS = (
    (rb"\xff\xd8\xff", "JPEG"),
    (rb"\x89PNG\r\n", "PNG"),
    (rb"RIFF....WEBP", "WebP"),
    (rb"GIF8[79]a", "GIF"),
    (rb"BM.{12}[\x0c\x28\x40\x6c\x7c]\x00\x00\x00", "BMP"),
    (rb"P[1-6]\s", "PPM"),
    (rb"II\*\x00|MM\x00\*", "TIFF"),
    (rb"....ftyp(avif|avis)", "AVIF"),
    (rb"....ftyp(heic|heix|hevc|mif1|msf1)", "HEIC"),
    (rb"8BPS", "Photoshop"),
    (rb"\x00\x00\x00\x0cjP  ", "JPEG 2000"),
    (rb"\s*(<\?xml[^>]*>\s*)?<svg", "SVG"),
)
"""How files of pictures begin, also those that are not read."""


def sniffed(data: bytes) -> str:
    """The kind of picture that these bytes begin, or ""."""
    for pattern, kind in BEGINNINGS:
        if re.match(pattern, data[:512], re.DOTALL):
            return kind
    return ""


def probe(reference: Reference) -> dict[str, Any]:
    """What a file holds: JSON's types only; `problem` where it is no sound image."""
    try:
        data, _ = read(reference)
    except ConvscopeError as error:
        problem = "too_large" if isinstance(error, FormatError) else "unreadable"
        return {"problem": problem, "text": error.given[:MOST_TEXT]}
    seen: dict[str, Any] = {"bytes": len(data), "sha": hashlib.sha256(data).hexdigest()[:32]}
    if not data:
        return seen | {"problem": "empty", "text": "0 bytes"}
    try:
        image_HWC = read_image(data)
    except ConvscopeError as error:
        return seen | _refused(data, error)
    header = _header(data)
    if image_HWC.dtype != np.uint8:
        header["traits"].append("deep")
    if image_HWC.shape[2] <= 2:
        header["traits"].append("grey")
    if image_HWC.shape[2] in (2, 4):
        header["traits"].append("alpha")
    seen |= header | {"size": list(image_HWC.shape[:2])}
    hashes, small = signatures(squared(to_rgb(image_HWC))[None])
    seen["hash"] = int(hashes[0])
    seen["small"] = base64.b64encode(small[0].tobytes()).decode("ascii")
    return seen


def _refused(data: bytes, error: ConvscopeError) -> dict[str, Any]:
    kind, text = sniffed(data), error.given
    if error.expected.endswith("pixels"):
        problem = "too_large"
    elif "not an image" in text:
        problem = "unread_format" if kind else "not_an_image"
        text = f"{kind}, which is not read" if kind else _beginning(data)
    else:
        problem = "damaged"
    return {"problem": problem, "text": text[:MOST_TEXT]}


def _beginning(data: bytes) -> str:
    if not data.strip(b"\0"):
        return "nothing but zeros"
    head = data[:512].lstrip().lower()
    if head.startswith((b"<!doctype html", b"<html")):
        return "a web page"
    if data.startswith(b"version https://git-lfs"):
        return "a pointer of Git LFS, not the file itself"
    if data.startswith((b"PK\3\4", b"\x1f\x8b", b"Rar!", b"7z\xbc")):
        return "an archive"
    return f"it begins with {data[:8].hex(' ')}"


def _header(data: bytes) -> dict[str, Any]:
    """Format, mode and traits, from the header alone; the pixels were read before."""
    from PIL import Image

    traits: list[str] = []
    note = ""
    with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=READS) as picture:
        warnings.simplefilter("ignore")
        form, mode = str(picture.format), picture.mode
        if mode in ("CMYK", "LAB", "YCbCr", "HSV"):
            traits.append("cmyk")
        if mode in ("P", "PA"):
            traits.append("palette")
        if form != "MPO" and getattr(picture, "n_frames", 1) > 1:
            traits.append("animated")
        try:
            if picture.getexif().get(EXIF_ORIENTATION, 1) not in (0, 1):
                traits.append("turned")
        except Exception:  # damaged EXIF beside a sound picture
            note = "its EXIF is damaged"
    if form in ("JPEG", "MPO"):
        note = _complaint(data) or note
    return {"format": form, "mode": mode, "traits": traits, "note": note}


def _complaint(data: bytes) -> str:
    """What libjpeg has to say about pixels that Pillow decodes without a word."""
    try:
        simplejpeg = importlib.import_module("simplejpeg")
    except ImportError:  # the extra [fast]
        return ""
    try:
        simplejpeg.decode_jpeg(data, colorspace="GRAY", min_factor=8, strict=True)
    except ValueError as error:
        text = str(error)
        return text[:MOST_TEXT] if "orrupt" in text or "remature" in text else ""
    return ""


def main() -> None:
    """Answer line by line until the input ends."""
    _limit()
    out = sys.stdout
    out.write(READY)
    out.flush()
    for reference in _asked():
        try:
            answer = probe(reference)
        except MemoryError:
            answer = {"problem": "too_large", "text": "there is not enough memory for it"}
        except Exception as error:  # a hostile file can make a decoder raise anything
            answer = {"problem": "damaged", "text": f"{type(error).__name__}: {error}"[:MOST_TEXT]}
        out.write(json.dumps(answer) + "\n")
        out.flush()


def _asked() -> Iterator[Reference]:
    for line in sys.stdin:
        yield Reference(*json.loads(line))


def _limit() -> None:
    import contextlib
    import resource

    with contextlib.suppress(ValueError, OSError):  # macOS knows no limit of addresses
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.umask(0o077)


if __name__ == "__main__":
    main()
