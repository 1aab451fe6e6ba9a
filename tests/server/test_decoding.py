"""A decoding process that is ended from outside, and one that a file crashes each time."""

import os
import signal

import numpy as np
import pytest

from convscope.errors import FormatError
from convscope.server.predictions.decoder import Reading
from convscope.server.predictions.decoding import Decoder

PGM = b"P5 2 1 255\n\x07\xff"
READING = Reading(channels=1, background="white", white_level=None)


def test_an_image_is_decoded_again_after_its_process_has_ended(monkeypatch):
    decoder = Decoder(timeout_s=30)
    try:
        for _ in range(2):
            np.testing.assert_array_equal(
                decoder.decode(PGM, READING).pixels_HWC[0, :, 0], [7, 255]
            )
            os.kill(decoder.pid, signal.SIGKILL)
        monkeypatch.setattr(
            "convscope.server.predictions.decoding.START",
            "import os, socket; s = socket.socket(fileno={connection}); s.sendall(bytes([2])); "
            "s.recv(1); os.abort()  # {memory}",
        )
        with pytest.raises(FormatError, match="crashed"):
            decoder.decode(PGM, READING)
    finally:
        decoder.close()
