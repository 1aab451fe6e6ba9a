"""Process that decodes uploads, which a hostile file may crash or hang. No torch.

`python -c "from convscope.server.predictions.decoder import main; main(SOCKET, MEMORY)"` reads
jobs from a socket, and writes pixels into shared memory. Its own memory is limited.

Legend: H height, W width, C channels.
"""

import json
import mmap
import socket
import struct
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from convscope.errors import ConvscopeError, FormatError, InputError
from convscope.handwriting.prepared import is_prepared
from convscope.io.conversion import Conversion
from convscope.io.image_header import read_header
from convscope.io.image_limits import MAX_BYTES
from convscope.io.images import check_size, decode_with_note, read_for_network
from convscope.io.photos.resources import limit_resources
from convscope.io.photos.worker import DONE, FAILED, READY, packed_error
from convscope.io.values import as_pixels
from convscope.text import printable

SIZES = struct.Struct(">II")  # of the settings (JSON) and of the image
REPLY = struct.Struct(">cIIIII")  # kind, H, W, C, whether it is a prepared digit, size of the text
MEMORY_BYTES = MAX_BYTES
"""Shared memory of a process; pixels of one image take less."""


class Reading(NamedTuple):
    """Settings of reading an image as raw pixels.

    Attributes:
        channels: of the network.
        background, white_level: see `Conversion`.
        max_pixels: limit of height * width; None: by memory.
        sides: sizes of prepared digits; none: digits are not prepared.
    """

    channels: int
    background: str
    white_level: int | None
    max_pixels: int | None = None
    sides: tuple[int, ...] = ()

    def to_json(self) -> bytes:
        return json.dumps(self._asdict()).encode()

    @classmethod
    def from_json(cls, text: bytes) -> "Reading":
        data = json.loads(text)
        return cls(**{**data, "sides": tuple(data["sides"])})


class Pixels(NamedTuple):
    """Raw pixels, (H, W, C) uint8, as `Model.predict` reads them, and a note about them."""

    pixels_HWC: NDArray[np.uint8]
    note: str
    is_digit: bool


def read_upload(data: bytes, reading: Reading) -> Pixels:
    """Return the pixels of an encoded image, of which the size is checked before.

    Raises:
        FormatError: not an image, damaged, or too large.
        InputError: no ink in a photo of a digit; other channels than the network's.
    """
    if reading.max_pixels is not None:
        check_size(data, read_header(data), max_pixels=reading.max_pixels)
    if reading.sides:
        from convscope.handwriting.digit import prepare_digit

        image_HWC = read_for_network(data)[0]
        if not is_prepared(image_HWC, reading.sides):
            digit_HW, note = prepare_digit(image_HWC, where="")
            return Pixels(digit_HW[..., None], note, is_digit=True)
    if reading.channels in (1, 3):
        conversion = Conversion(background=reading.background, white_level=reading.white_level)
        pixels_HWC, note = decode_with_note(data, channels=reading.channels, conversion=conversion)
        return Pixels(pixels_HWC, note, is_digit=False)
    image_HWC = as_pixels(data)
    if image_HWC.shape[2] != reading.channels:
        raise InputError(
            f"an image of {image_HWC.shape[2]} channels", expected=f"{reading.channels} channels"
        )
    return Pixels(image_HWC.astype(np.uint8), "", is_digit=False)


def main(connection: int, memory: int) -> None:
    """Decode jobs until the socket is closed. Both arguments are file descriptors."""
    limit_resources()
    with socket.socket(fileno=connection) as channel, mmap.mmap(memory, MEMORY_BYTES) as shared:
        try:
            channel.sendall(READY)
            while True:
                settings, image = SIZES.unpack(receive_exactly(channel, SIZES.size))
                reading = Reading.from_json(receive_exactly(channel, settings))
                channel.sendall(_reply(receive_exactly(channel, image), reading, shared))
        except (EOFError, ConnectionError):
            return  # the service has ended


def _reply(data: bytes, reading: Reading, shared: mmap.mmap) -> bytes:
    try:
        pixels = read_upload(data, reading)
    except ConvscopeError as error:
        return _failure(error)
    except MemoryError:
        return _failure(FormatError("there is not enough memory for this image", code="too_large"))
    except Exception as error:  # a hostile file can make a decoder raise anything
        text = printable(f"{type(error).__name__}: {error}", 200)
        return _failure(FormatError(f"the image is truncated or damaged ({text})"))
    height, width, channels = pixels.pixels_HWC.shape
    target = np.frombuffer(shared, np.uint8, pixels.pixels_HWC.size)
    target[:] = pixels.pixels_HWC.reshape(-1)
    note = pixels.note.encode()
    return REPLY.pack(DONE, height, width, channels, pixels.is_digit, len(note)) + note


def _failure(error: ConvscopeError) -> bytes:
    packed = packed_error(error)
    return REPLY.pack(FAILED, 0, 0, 0, 0, len(packed)) + packed


def receive_exactly(channel: socket.socket, size: int) -> bytes:
    """Return so many bytes of a socket.

    Raises:
        EOFError: the other end is closed.
    """
    if size == 0:
        return b""
    data = channel.recv(size)
    if len(data) == size:
        return data
    parts = bytearray(data)
    while data and len(parts) < size:
        data = channel.recv(size - len(parts))
        parts += data
    if len(parts) < size:
        raise EOFError
    return bytes(parts)
