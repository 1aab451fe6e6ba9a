"""Decode image files completely in a child process, which a hostile file may crash or hang.

`python -m convscope.io.photos.probe` writes READY, then reads references (one JSON line each) and
writes one JSON line for each, in order. Its memory is limited.
"""

import base64
import hashlib
import importlib
import json
import os
import re
import sys
from typing import Any

import numpy as np

from convscope.errors import ConvscopeError, FormatError
from convscope.io.images import EXIF_ORIENTATION, open_image, read_image, to_rgb
from convscope.io.photos.perceptual_hash import perceptual_hashes, resize_square
from convscope.io.photos.reference import Reference, read

READY = "ready\n"
"""The first line: the process has started, so that a later crash is due to the current file."""

MEMORY_BYTES = 4 << 30
MAX_TEXT = 200

ENDINGS = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "MPO": (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"),
    "PNG": (".png",),
    "WEBP": (".webp",),
    "BMP": (".bmp",),
    "GIF": (".gif",),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm"),
}
"""File endings that match each format (MPO: a JPEG with more than one picture, of some cameras).

The first one is the ending of the members of shards.
"""

SIGNATURES = (
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
"""First bytes of image formats, including formats that are not read."""


def image_format(data: bytes) -> str:
    """Return the image format of a file's first bytes, or ""."""
    for pattern, kind in SIGNATURES:
        if re.match(pattern, data[:512], re.DOTALL):
            return kind
    return ""


def probe(reference: Reference) -> dict[str, Any]:
    """Read and decode an image file; return its properties, or its `problem`, in JSON types."""
    try:
        data, _ = read(reference)
    except ConvscopeError as error:
        problem = "too_large" if isinstance(error, FormatError) else "unreadable"
        return {"problem": problem, "text": error.given[:MAX_TEXT]}
    result: dict[str, Any] = {"bytes": len(data), "sha": hashlib.sha256(data).hexdigest()[:32]}
    if not data:
        return result | {"problem": "empty", "text": "0 bytes"}
    try:
        image_HWC = read_image(data)
    except ConvscopeError as error:
        return result | _problem(data, error)
    header = _header(data)
    if image_HWC.dtype != np.uint8:
        header["traits"].append("deep")
    if image_HWC.shape[2] <= 2:
        header["traits"].append("grey")
    if image_HWC.shape[2] in (2, 4):
        header["traits"].append("alpha")
    result |= header | {"size": list(image_HWC.shape[:2])}
    hashes, thumbnails = perceptual_hashes(resize_square(to_rgb(image_HWC))[None])
    result["hash"] = int(hashes[0])
    result["thumbnail"] = base64.b64encode(thumbnails[0].tobytes()).decode("ascii")
    return result


def _problem(data: bytes, error: ConvscopeError) -> dict[str, Any]:
    kind, text = image_format(data), error.given
    if error.expected.endswith("pixels"):
        problem = "too_large"
    elif "not an image" in text:
        problem = "unread_format" if kind else "not_an_image"
        text = f"{kind} is not supported" if kind else _content(data)
    else:
        problem = "damaged"
    return {"problem": problem, "text": text[:MAX_TEXT]}


def _content(data: bytes) -> str:
    if not data.strip(b"\0"):
        return "only zero bytes"
    head = data[:512].lstrip().lower()
    if head.startswith((b"<!doctype html", b"<html")):
        return "a web page"
    if data.startswith(b"version https://git-lfs"):
        return "a Git LFS pointer, not the file itself"
    if data.startswith((b"PK\3\4", b"\x1f\x8b", b"Rar!", b"7z\xbc")):
        return "an archive"
    return f"first bytes: {data[:8].hex(' ')}"


def _header(data: bytes) -> dict[str, Any]:
    """Return format, mode, traits and a note, from the header of an image that was decoded."""
    traits: list[str] = []
    note = ""
    with open_image(data) as picture:
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
        except Exception:  # damaged EXIF in an intact picture
            note = "damaged EXIF data"
    if form in ("JPEG", "MPO"):
        note = _jpeg_warning(data) or note
    return {"format": form, "mode": mode, "traits": traits, "note": note}


def _jpeg_warning(data: bytes) -> str:
    """Return libjpeg's warning about a JPEG that Pillow decodes without one."""
    try:
        simplejpeg = importlib.import_module("simplejpeg")
    except ImportError:  # the extra [fast]
        return ""
    try:
        simplejpeg.decode_jpeg(data, colorspace="GRAY", min_factor=8, strict=True)
    except ValueError as error:
        text = str(error)
        return text[:MAX_TEXT] if "orrupt" in text or "remature" in text else ""
    return ""


def main() -> None:
    """Probe one reference per input line until the input ends."""
    _limit_resources()
    out = sys.stdout
    out.write(READY)
    out.flush()
    for line in sys.stdin:
        try:
            result = probe(Reference(*json.loads(line)))
        except MemoryError:
            result = {"problem": "too_large", "text": "not enough memory to decode it"}
        except Exception as error:  # a hostile file can make a decoder raise anything
            result = {"problem": "damaged", "text": f"{type(error).__name__}: {error}"[:MAX_TEXT]}
        out.write(json.dumps(result) + "\n")
        out.flush()


def _limit_resources() -> None:
    import contextlib
    import resource

    with contextlib.suppress(ValueError, OSError):  # macOS has no limit on address space
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.umask(0o077)


if __name__ == "__main__":
    main()
