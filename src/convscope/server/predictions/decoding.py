"""Decoding processes of a service: each takes one image at a time, within a limit of time.

A process that ends is replaced, and its image decoded once more; only the request of a file that
crashes it twice, or takes too long, fails. An image that was large leaves its memory to the system.
"""

import contextlib
import mmap
import os
import socket
import subprocess
import sys
from typing import final

import numpy as np

from convscope.errors import ConvscopeError, FormatError
from convscope.io.photos.resources import create_shared_memory
from convscope.io.photos.worker import DONE, READY, unpacked_error
from convscope.server.predictions.decoder import (
    MEMORY_BYTES,
    REPLY,
    SIZES,
    Pixels,
    Reading,
    receive_exactly,
)

START_S = 60.0
LARGE_BYTES = 8 << 20
START = "from convscope.server.predictions.decoder import main; main({connection}, {memory})"


@final
class Decoder:
    """One process, for one thread of the service.

    Args:
        timeout_s: for one image.
    """

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._memory = create_shared_memory(MEMORY_BYTES)
        self._shared = mmap.mmap(self._memory, MEMORY_BYTES)
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the process, unless it was started.

        Raises:
            OSError: it cannot be started.
        """
        if self._process is not None:
            return
        here, there = socket.socketpair()
        with there:
            code = START.format(connection=there.fileno(), memory=self._memory)
            self._process = subprocess.Popen(
                [sys.executable, "-c", code],
                pass_fds=(there.fileno(), self._memory),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C stops the service, which still needs it
            )
        here.settimeout(START_S)
        self._channel = here
        if receive_exactly(here, len(READY)) != READY:
            raise OSError("the decoding process does not start")

    def decode(self, data: bytes, reading: Reading) -> Pixels:
        """Return the pixels of an encoded image, in memory of this process.

        Raises:
            FormatError, InputError: see `read_upload`; a file that crashes or stalls the decoder.
        """
        for _ in range(2):  # the process may have been ended from outside
            try:
                self.start()
                return self._decode(data, reading)
            except TimeoutError:
                self._end()
                raise FormatError(
                    f"decoding took more than {self._timeout_s:g} s",
                    fix="send a smaller image, or save it again as PNG or JPEG",
                ) from None
            except (EOFError, OSError):
                self._end()
        raise FormatError("the decoder crashed on this file", fix="save it again as PNG or JPEG")

    def _decode(self, data: bytes, reading: Reading) -> Pixels:
        channel = self._channel
        assert channel is not None
        channel.settimeout(self._timeout_s)
        settings = reading.to_json()
        head = SIZES.pack(len(settings), len(data)) + settings
        channel.sendall(head + data if len(data) < 1 << 16 else head)
        if len(data) >= 1 << 16:
            channel.sendall(data)
        kind, height, width, channels, is_digit, size = REPLY.unpack(
            receive_exactly(channel, REPLY.size)
        )
        text = receive_exactly(channel, size)
        if kind != DONE:
            error: ConvscopeError = unpacked_error(text)
            raise error
        count = height * width * channels
        if count > MEMORY_BYTES:  # the process is not trusted
            raise EOFError
        view = np.frombuffer(self._shared, np.uint8, count)
        pixels_HWC = view.reshape(height, width, channels).copy()
        if count > LARGE_BYTES:
            self._discard()
        return Pixels(pixels_HWC, text.decode("utf-8", "replace"), bool(is_digit))

    def _discard(self) -> None:
        """Give the pages of the shared memory back to the system."""
        with contextlib.suppress(OSError, AttributeError, ValueError):
            self._shared.madvise(mmap.MADV_REMOVE)

    def close(self) -> None:
        """End the process."""
        self._end()
        with contextlib.suppress(BufferError):
            self._shared.close()
        os.close(self._memory)

    def _end(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
