"""Images that the page sends: raw pixels, stored as PNG, so that commands read the same ones.

`.convscope/images/ID.png`, ID being digits of the hash of the pixels. The oldest go first.

Legend: H height, W width, C channels.
"""

import hashlib
import re
from pathlib import Path

import numpy as np

from convscope.errors import InputError
from convscope.io import storage
from convscope.io.image_limits import TOO_LARGE
from convscope.io.image_writing import encode_image
from convscope.server.answers import refusal
from convscope.server.studio.workspace import Workspace
from convscope.text import printable

MOST_PIXELS = 50_000_000
MOST_BYTES = 1 << 30  # of all images
MOST_FILES = 500
IS_IMAGE = re.compile(r"[0-9a-f]{16}")


def folder(workspace: Workspace) -> Path:
    """Return the folder of images; it is created."""
    path = workspace.own / "images"
    storage.make_folder(path)
    return path


def check_size(width: int, height: int, channels: int) -> None:
    """Check the size of an image before it is sent.

    Raises:
        InputError: too many pixels, or channels that are neither grey nor colours.
    """
    if channels not in (1, 3):
        raise InputError(f"{channels} channels", expected="1 (grey) or 3 (red, green, blue)")
    if width * height > MOST_PIXELS:
        raise InputError(
            f"{width * height:,} pixels", expected=f"at most {MOST_PIXELS:,}", code=TOO_LARGE
        )


def store(workspace: Workspace, raw: bytes, *, width: int, height: int, channels: int) -> Path:
    """Write raw pixels, (H, W, C) bytes, as an image file; return its path.

    Raises:
        InputError: another number of bytes than the size says.
        StorageError: the disk is full.
    """
    expected = width * height * channels
    if len(raw) != expected:
        raise InputError(
            f"{len(raw):,} bytes for {width} x {height} pixels of {channels} channels",
            expected=f"{expected:,} bytes",
        )
    shape = f"{width} {height} {channels} ".encode()
    name = hashlib.sha256(shape + raw).hexdigest()[:16]
    path = folder(workspace) / f"{name}.png"
    if not path.exists():
        image_HWC = np.frombuffer(raw, np.uint8).reshape(height, width, channels)
        storage.write(path, [encode_image(image_HWC, ".png")])
        _remove_old(path.parent)
    else:
        path.touch()
    return path


def path_of(workspace: Workspace, image_id: str) -> Path:
    """Return the file of a stored image.

    Raises:
        Refusal: 404, there is none.
    """
    path = workspace.own / "images" / f"{image_id}.png"
    if not IS_IMAGE.fullmatch(image_id) or not path.is_file():
        raise refusal(
            404, "there is no such image", fix="send it again", where=printable(image_id, 64)
        )
    return path


def _remove_old(place: Path) -> None:
    """Remove the images that were not used for longest, beyond the limits."""
    files = sorted(place.glob("*.png"), key=lambda file: file.stat().st_mtime, reverse=True)
    total = 0
    for number, file in enumerate(files):
        total += file.stat().st_size
        if number and (number >= MOST_FILES or total > MOST_BYTES):
            file.unlink(missing_ok=True)
