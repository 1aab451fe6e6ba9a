"""Formats that are read, and messages about files of other kinds."""

import io

import numpy as np
import pytest
from PIL import Image

from convscope.errors import FormatError
from convscope.extras import install_command
from convscope.io import formats
from convscope.io.formats import file_kind, has_image_extension
from convscope.io.image_header import read_header
from convscope.io.images import decode_with_note, read_image

RAMP = np.add.outer(np.arange(24) * 8, np.arange(36) * 2).astype(np.uint8)
COLOUR = np.stack([RAMP, RAMP[::-1], 255 - RAMP], axis=2)


def encoded(array, form, **options):
    stream = io.BytesIO()
    picture = Image.fromarray(array)
    if form == "HEIF":
        pillow_heif = pytest.importorskip("pillow_heif")
        pillow_heif.from_pillow(picture).save(stream, quality=-1, chroma=444, **options)
    else:
        picture.save(stream, form, **options)
    return stream.getvalue()


@pytest.mark.parametrize("form", [kind.pillow for kind in formats.FORMATS])
def test_every_format_is_read_in_colour(form):
    image = read_image(encoded(COLOUR, form, **({"quality": 95} if form == "AVIF" else {})))
    assert image.shape == COLOUR.shape
    assert np.abs(image.astype(int) - COLOUR).mean() < 8  # GIF has 256 colours


@pytest.mark.parametrize("form", ["AVIF", "HEIF", "WEBP", "TIFF", "PNG"])
def test_alpha_of_every_format(form):
    image = read_image(encoded(np.dstack([COLOUR, RAMP]), form))
    assert image.shape[2] == 4
    assert np.abs(image[..., 3].astype(int) - RAMP).mean() < 3


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_tiff_of_8_bits(compression, channels):
    array = np.dstack([COLOUR, RAMP])[..., :channels].squeeze()
    image = read_image(encoded(array, "TIFF", compression=compression))
    np.testing.assert_array_equal(image.squeeze(), array)


@pytest.mark.parametrize("compression", [1, 5, 8])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_tiff_of_16_bits(compression, channels):
    cv2 = pytest.importorskip("cv2")
    array = np.random.default_rng(0).integers(0, 65536, (9, 7, channels), dtype=np.uint16)
    stored = array[..., [2, 1, 0, 3][:channels]] if channels > 1 else array
    options = [cv2.IMWRITE_TIFF_COMPRESSION, compression]
    file = cv2.imencode(".tiff", stored, options)[1].tobytes()
    np.testing.assert_array_equal(read_image(file), array)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.ones((4, 4), np.float32), "floating-point pixels"),
        (np.full((4, 4), -5, np.int32), "signed pixels"),
    ],
)
def test_tiff_that_is_no_image_is_refused(array, message):
    with pytest.raises(FormatError, match=message):
        read_image(encoded(array, "TIFF"))


def test_camera_raw_in_a_tiff_is_refused():
    file = encoded(COLOUR, "TIFF", tiffinfo={50706: b"\x01\x04\x00\x00"})
    with pytest.raises(FormatError, match="camera RAW"):
        read_image(file)


@pytest.mark.parametrize("form", ["TIFF", "GIF", "WEBP", "PNG", "AVIF"])
def test_the_first_page_or_frame_is_read_and_said(form):
    pages = [Image.fromarray(COLOUR), Image.fromarray(255 - COLOUR)]
    stream = io.BytesIO()
    options = {"lossless": True} if form == "WEBP" else {}
    pages[0].save(stream, form, save_all=True, append_images=pages[1:], **options)
    assert read_header(stream.getvalue()).frames == 2
    image, note = decode_with_note(stream.getvalue(), channels=3)
    assert "the first of several frames" in note
    assert np.abs(image.astype(int) - COLOUR).mean() < 10
    assert decode_with_note(encoded(COLOUR, form), channels=3)[1] == ""


def test_a_png_with_megabytes_of_text_and_profiles_is_read():
    from PIL import PngImagePlugin

    info = PngImagePlugin.PngInfo()
    info.add_text("story", "once " * 1_000_000, zip=True)
    info.add_itxt("story", "once " * 1_000_000, zip=True)
    file = encoded(COLOUR, "PNG", pnginfo=info, icc_profile=bytes(3_000_000))
    np.testing.assert_array_equal(read_image(file), COLOUR)


@pytest.mark.parametrize("turn", [1, 3, 6, 8])
@pytest.mark.parametrize("form", ["PNG", "TIFF", "WEBP", "AVIF"])
def test_header_and_pixels_agree_on_the_orientation(form, turn):
    exif = Image.Exif()
    exif[0x0112] = turn
    file = encoded(COLOUR, form, exif=exif)
    assert read_header(file).upright_size == read_image(file).shape[:2]


@pytest.mark.parametrize(
    ("data", "name", "fix"),
    [
        (b"", "the file is empty", "download"),
        (bytes(500), "only zero bytes", "download"),
        (b"\n <!DOCTYPE html><p>404", "a web page", "not the page"),
        (b"<html><head>", "a web page", "not the page"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "a Git LFS pointer", "git lfs pull"),
        (b"%PDF-1.7", "a PDF document", "pdftoppm"),
        (b"\0\0\0\x20ftypisom", "a video", "ffmpeg"),
        (b"\x1aE\xdf\xa3" + bytes(9), "a video", "ffmpeg"),
        (b"PK\3\4aaaa", "an archive", "unpack"),
        (b"\x1f\x8b" + bytes(9), "an archive", "unpack"),
        (b'{"a": 1}', "JSON text", "remove"),
        (b"a few words\n", "text", "remove"),
        ("\u732b\n".encode() * 300, "text", "remove"),
        (b"\x93NUMPY\1", "a NumPy array", "save it"),
        (b"\0\5\x16\7" + bytes(9), "a macOS side file", "remove"),
        (b"II*\0\x10\0\0\0CR\2\0", "camera RAW images are not read", "export"),
        (b"FUJIFILMCCD-RAW 0201", "camera RAW images are not read", "export"),
        (b"8BPS\0\1", "Photoshop images are not read", "PNG"),
        (b"\0\0\0\x0cjP  \r\n", "JPEG 2000 images are not read", "PNG"),
        (b"\xff\x0a" + bytes(9), "JPEG XL images are not read", "PNG"),
        (b"<?xml version='1.0'?><svg/>", "SVG images are not read", "PNG"),
        (b"\xff\xd8\xff\xe0" + bytes(30), "the JPEG image is truncated or damaged", "download"),
        (b"\x01\x02\x03\xfe", "first bytes: 01 02 03 fe", "PNG"),
    ],
)
def test_a_message_says_what_the_file_is(data, name, fix):
    with pytest.raises(FormatError) as caught:
        read_image(data)
    assert name in caught.value.given
    assert fix in caught.value.fix


def test_without_the_extra_heic_is_named_and_left_out(monkeypatch):
    monkeypatch.setattr(formats, "heic_installed", lambda: False)
    monkeypatch.setattr("convscope.io.image_header.heic_installed", lambda: False)
    with pytest.raises(FormatError, match="HEIC") as caught:
        read_image(b"\0\0\0\x18ftypheic" + bytes(99))
    assert caught.value.fix == install_command("heic")
    assert not has_image_extension("IMG_1.HEIC")
    assert has_image_extension("IMG_1.avif")


def test_file_kinds_take_time_linear_in_the_head():
    assert file_kind(b" " * 1_000_000).name == "text"
    assert file_kind(b"<!--" * 100_000).name


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("\n\n <!DOCTYPE html><html></html>", "a web page"),
        ('{"error": "rate limit"}', "JSON text"),
        ("<?xml version='1.0'?><Error/>", "XML text"),
    ],
)
def test_texts_in_every_encoding(text, name, encoding):
    assert file_kind(text.encode(encoding)).name == name
