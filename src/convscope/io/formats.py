"""Image formats that are read, their file endings, and the kind of a file by its first bytes.

The one list of formats: data sets, `predict`, `filter`, `data check` and messages all use it. No
decoder is imported here.
"""

import functools
import importlib.util
import re
from typing import NamedTuple


class ImageFormat(NamedTuple):
    """An image format that is read.

    Attributes:
        name: for people.
        pillow: Pillow's name.
        endings: of its files; the first is that of the members of shards.
    """

    name: str
    pillow: str
    endings: tuple[str, ...]


FORMATS = (
    ImageFormat("JPEG", "JPEG", (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo")),
    ImageFormat("PNG", "PNG", (".png", ".apng")),
    ImageFormat("WebP", "WEBP", (".webp",)),
    ImageFormat("BMP", "BMP", (".bmp", ".dib")),
    ImageFormat("GIF", "GIF", (".gif",)),
    ImageFormat("PPM", "PPM", (".ppm", ".pgm", ".pbm", ".pnm")),
    ImageFormat("TIFF", "TIFF", (".tif", ".tiff")),
    ImageFormat("AVIF", "AVIF", (".avif",)),
    ImageFormat("HEIC", "HEIF", (".heic", ".heif", ".hif")),
)

NAMES = ", ".join(kind.name for kind in FORMATS[:-1]) + f" or {FORMATS[-1].name}"
"""The formats in a sentence."""

BY_CONTENT = f"{NAMES}, by content"
"""Expected value in errors about image files."""

HEIF = "HEIF"
HEIC_ENDINGS = FORMATS[-1].endings
UNREAD_FORMAT = "unread_format"
"""Code of errors about a format that is not read, by `errors.ConvscopeError.code`."""

HEIC_MISSING = "a HEIC image, which needs an extra"

ENDINGS = {kind.pillow: kind.endings for kind in FORMATS} | {"MPO": FORMATS[0].endings}
"""File endings by Pillow's format (MPO: a JPEG with several pictures, of some cameras)."""

EXTENSIONS = tuple(ending for kind in FORMATS for ending in kind.endings)
"""Endings of all formats. The format of a file is identified by its content."""


@functools.cache
def heic_installed() -> bool:
    """Return whether the extra that reads HEIC is installed."""
    return importlib.util.find_spec("pillow_heif") is not None


def has_image_extension(name: str) -> bool:
    """Return whether a name ends like the files of a format that can be read here."""
    lower = name.lower()
    is_heic = lower.endswith(HEIC_ENDINGS)
    return lower.endswith(EXTENSIONS) and (heic_installed() or not is_heic)


class Kind(NamedTuple):
    """Kind of a file, and what to do with it; `is_image` for image formats."""

    name: str
    fix: str
    is_image: bool = False


CONVERT = "save it as PNG or JPEG"
COPY = "copy or download the file again"
DOWNLOAD = "download the image itself, not the page that shows it"
DEVELOP = "export it as JPEG, PNG or TIFF with the camera's program"
FRAMES = "extract its frames first: ffmpeg -i FILE frame%05d.png"
GIT_LFS = "run: git lfs pull"
UNPACK = "unpack it first"
REMOVE = "remove it, or put the image in its place"

IMAGES = (
    (rb"\xff\xd8\xff", "JPEG", COPY),
    (rb"\x89PNG\r\n", "PNG", COPY),
    (rb"RIFF....WEBP", "WebP", COPY),
    (rb"GIF8[79]a", "GIF", COPY),
    (rb"BM.{12}[\x0c\x28\x40\x6c\x7c]\x00\x00\x00", "BMP", COPY),
    (rb"P[1-6]\s", "PPM", COPY),
    (rb"II\*\x00.{4}CR|....ftypcrx |FUJIFILMCCD-RAW|IIR[OS]|IIU\x00", "camera RAW", DEVELOP),
    (rb"II[*+]\x00|MM\x00[*+]", "TIFF", COPY),
    (rb"....ftyp(avif|avis)", "AVIF", COPY),
    (rb"....ftyp(hei[cfxms]|hev[cxms]|mif[12]|msf1)", "HEIC", COPY),
    (rb"8BPS", "Photoshop", CONVERT),
    (rb"gimp xcf", "GIMP", CONVERT),
    (rb"\x00\x00\x00\x0cjP  |\xff\x4f\xff\x51", "JPEG 2000", CONVERT),
    (rb"\x00\x00\x00\x0cJXL |\xff\x0a", "JPEG XL", CONVERT),
    (rb"P[Ff7]\s", "floating-point or PAM", CONVERT),
    (rb"\x76\x2f\x31\x01", "OpenEXR", CONVERT),
    (rb"#\?(RADIANCE|RGBE)", "Radiance HDR", CONVERT),
    (rb".{128}DICM", "DICOM", "convert it with dcm2pnm, or a DICOM viewer"),
    (rb"\x00\x00[\x01\x02]\x00[\x01-\x20]\x00", "Windows icon", CONVERT),
    (rb"%!PS", "PostScript", CONVERT),
    (rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?(<!DOCTYPE svg[^>]*>\s*)?<svg", "SVG",
     "draw it at the size of the other images and save it as PNG"),
)  # fmt: skip
"""First bytes of image formats, and a remedy if the file cannot be read."""

OTHERS = (
    (rb"\s*(<!--.*?-->\s*)?<(!doctype html|html|head|body)\b", "a web page", DOWNLOAD),
    (rb"version https://git-lfs", "a Git LFS pointer, not the file itself", GIT_LFS),
    (rb"%PDF-", "a PDF document", "render its pages first: pdftoppm -png FILE page"),
    (rb"....ftyp|RIFF....AVI |\x1aE\xdf\xa3|\x00\x00\x01[\xb3\xba]|FLV", "a video", FRAMES),
    (rb"RIFF....WAVE|ID3|OggS|fLaC", "a sound file", REMOVE),
    (rb"PK\x03\x04|PK\x05\x06|\x1f\x8b|Rar!|7z\xbc\xaf|BZh|\xfd7zXZ|\x28\xb5\x2f\xfd|.{257}ustar",
     "an archive", UNPACK),
    (rb"\x93NUMPY", "a NumPy array", CONVERT),
    (rb"\x89HDF\r\n", "an HDF5 file", "export its images as PNG"),
    (rb"\x00\x05\x16\x07", "a macOS side file (its name begins with ._)", "remove it"),
    (rb"\x7fELF|MZ", "a program", "remove it"),
    (rb"\s*[\[{]\s*[\"\]}\[{\d-]", "JSON text", REMOVE),
    (rb"\s*<\?xml|\s*<[A-Za-z!]", "XML text", REMOVE),
)  # fmt: skip
"""First bytes of other files."""


def image_format(data: bytes) -> str:
    """Return the image format of a file's first bytes, or ""."""
    kind = file_kind(data)
    return kind.name if kind.is_image else ""


def file_kind(data: bytes) -> Kind:
    """Return what a file is, by its first bytes."""
    if not data:
        return Kind("empty", COPY)
    head = data[:512]
    for pattern, name, fix in IMAGES:
        if re.match(pattern, head, re.DOTALL):
            return Kind(name, fix, is_image=True)
    plain = _as_utf_8(head)
    for pattern, name, fix in OTHERS:
        if re.match(pattern, plain, re.DOTALL | re.IGNORECASE):
            return Kind(name, fix)
    if not data.strip(b"\0"):
        return Kind("only zero bytes", COPY)
    if _is_text(head):
        return Kind("text", REMOVE)
    return Kind(f"of an unknown format (first bytes: {data[:8].hex(' ')})", CONVERT)


def _as_utf_8(head: bytes) -> bytes:
    """Return text without a byte order mark, as UTF-8; other data as they are."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "ignore").encode("utf-8", "ignore")
    return head.removeprefix(b"\xef\xbb\xbf")


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):  # UTF-16
        return True
    try:
        text = head[:-4].decode() if len(head) == 512 else head.decode()
    except UnicodeDecodeError as error:
        if len(head) < 512 or error.end < len(head) - 8:
            return False
        text = head[: error.start].decode()
    return all(letter.isprintable() or letter in "\t\r\n\f" for letter in text)
