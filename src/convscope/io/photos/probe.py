"""Decode image files completely in a child process, which a hostile file may crash or hang.

`python -m convscope.io.photos.probe [#rrggbb]` writes READY, then reads references (one JSON line
each) and writes one JSON line for each, in order. Its memory is limited. The argument is the
background of transparent images.
"""

import base64
import hashlib
import importlib
import json
import sys
from typing import Any

import numpy as np

from convscope.errors import ConvscopeError, FormatError
from convscope.io.conversion import Conversion, Pixels, to_rgb
from convscope.io.formats import UNREAD_FORMAT, file_kind
from convscope.io.image_header import EXIF_ORIENTATION, Header, open_image
from convscope.io.image_limits import TOO_LARGE, divisor_for
from convscope.io.images import read_for_network
from convscope.io.photos.perceptual_hash import perceptual_hashes, resize_square
from convscope.io.photos.reference import Reference, read
from convscope.io.photos.resources import limit_resources

READY = "ready\n"
"""The first line: the process has started, so that a later crash is due to the current file."""

MAX_TEXT = 200

BLANK_STD = 4.0  # grey levels
STRONG_DIFFERENCE = 25.0  # mean difference in grey levels


def probe(reference: Reference, conversion: Conversion = Conversion()) -> dict[str, Any]:
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
        image_HWC, original = read_for_network(data)
    except ConvscopeError as error:
        return result | _problem(data, error)
    header = _header(data, original)
    if image_HWC.dtype != np.uint8:
        header["traits"].append("deep")
    if divisor_for(original.size[0] * original.size[1]) > 1:
        header["traits"].append("reduced")
    if image_HWC.shape[2] <= 2:
        header["traits"].append("grey")
    if image_HWC.shape[2] in (2, 4):
        header["traits"] += _alpha_traits(image_HWC, conversion)
    result |= header | {"size": list(original.upright_size)}
    hashes, thumbnails = perceptual_hashes(resize_square(to_rgb(image_HWC, conversion))[None])
    result["hash"] = int(hashes[0])
    result["thumbnail"] = base64.b64encode(thumbnails[0].tobytes()).decode("ascii")
    return result


def _alpha_traits(image_HWC: Pixels, conversion: Conversion) -> list[str]:
    """Return "alpha", and a second trait if the picture is in the transparency.

    "alpha_picture": without transparency the image differs strongly. "alpha_blank": on the
    background the image has a single colour, and on the opposite one it has not.
    """
    alpha = image_HWC[..., -1]
    if int(alpha.min()) == int(np.iinfo(image_HWC.dtype).max):
        return []
    opposite = "#" + bytes(255 - c for c in conversion.rgb).hex()
    shown, other = (
        resize_square(to_rgb(image_HWC, c)).astype(np.float32)
        for c in (conversion, conversion.model_copy(update={"background": opposite}))
    )
    if shown.std(axis=(0, 1)).max() < BLANK_STD <= other.std(axis=(0, 1)).max():
        return ["alpha", "alpha_blank"]
    colours: Pixels = np.ascontiguousarray(image_HWC[..., :-1])  # type: ignore[assignment]
    dropped = resize_square(to_rgb(colours, conversion)).astype(np.float32)
    strong = float(np.abs(shown - dropped).mean()) >= STRONG_DIFFERENCE
    return ["alpha", "alpha_picture"] if strong else ["alpha"]


def _problem(data: bytes, error: ConvscopeError) -> dict[str, Any]:
    kind, text = file_kind(data), error.given
    if error.code == TOO_LARGE:
        problem = "too_large"
    elif not kind.is_image:
        problem, text = "not_an_image", kind.name
    elif error.code == UNREAD_FORMAT:
        problem, text = "unread_format", f"{kind.name} is not supported"
    else:
        problem = "damaged"
    return {"problem": problem, "text": text[:MAX_TEXT]}


def _header(data: bytes, header: Header) -> dict[str, Any]:
    """Return format, mode, traits and a note, from the header of an image that was decoded."""
    traits: list[str] = []
    note = ""
    if header.mode in ("CMYK", "LAB", "YCbCr", "HSV"):
        traits.append("cmyk")
    if header.mode in ("P", "PA"):
        traits.append("palette")
    with open_image(data) as picture:
        try:
            if picture.getexif().get(EXIF_ORIENTATION, 1) not in (0, 1):
                traits.append("turned")
        except Exception:  # damaged EXIF in an intact picture
            note = "damaged EXIF data"
    if header.frames > 1:
        traits.append("animated")
    if header.format in ("JPEG", "MPO"):
        note = _jpeg_warning(data) or note
    return {"format": header.format, "mode": header.mode, "traits": traits, "note": note}


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
    limit_resources()
    conversion = Conversion(background=sys.argv[1]) if len(sys.argv) > 1 else Conversion()
    out = sys.stdout
    out.write(READY)
    out.flush()
    for line in sys.stdin:
        try:
            result = probe(Reference(*json.loads(line)), conversion)
        except MemoryError:
            result = {"problem": "too_large", "text": "not enough memory to decode it"}
        except Exception as error:  # a hostile file can make a decoder raise anything
            result = {"problem": "damaged", "text": f"{type(error).__name__}: {error}"[:MAX_TEXT]}
        out.write(json.dumps(result) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
