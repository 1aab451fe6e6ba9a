"""Uploads to inputs of the network: decoded in a process of its own, then preprocessed here.

Axes: N batch, C channels, H height, W width.
"""

from typing import TYPE_CHECKING, final

import torch

from convscope.errors import ConvscopeError, FormatError
from convscope.io.image_limits import MAX_INPUT_PIXELS, TOO_LARGE
from convscope.io.values import as_pixels
from convscope.predict import Prepared
from convscope.server.predictions.decoder import Reading
from convscope.server.predictions.decoding import Decoder
from convscope.server.predictions.schema import Options
from convscope.server.predictions.uploads import Upload

if TYPE_CHECKING:
    from convscope.model import Model


@final
class UploadPreparer:
    """Prepares images for a model, in one thread with one decoding process."""

    def __init__(self, model: "Model", *, max_pixels: int | None, timeout_s: float) -> None:
        self._model, self._max_pixels = model, max_pixels
        self._decoder = Decoder(timeout_s)
        self._decoder.start()

    def __call__(self, image: Upload, options: Options) -> Prepared:
        """Return the input of the network.

        Raises:
            FormatError, InputError: the image cannot be read; `where` names it.
        """
        try:
            if image.data is None:
                prepared = self._from_pixels(image, options)
            else:
                prepared = self._from_file(image.data, image.name, options)
        except ConvscopeError as error:
            raise (error if error.where == image.name else error.at(image.name)) from None
        return prepared

    def _from_file(self, data: bytes, name: str, options: Options) -> Prepared:
        is_digits = self._model.prepares_digits(options.digit, invert=options.invert)
        input, conversion = self._model.architecture.input, self._model.conversion
        reading = Reading(
            input.channels,
            conversion.background,
            conversion.white_level,
            self._max_pixels,
            (28, input.height) if is_digits else (),
        )
        pixels_HWC, note, is_digit = self._decoder.decode(data, reading)
        if options.invert and not is_digit:
            pixels_HWC = 255 - pixels_HWC
        raw_NCHW = torch.from_numpy(pixels_HWC).permute(2, 0, 1)[None]
        return self._model.input_of_raw(raw_NCHW, source=name, about=note, inverted=options.invert)

    def _from_pixels(self, image: Upload, options: Options) -> Prepared:
        pixels_HWC = as_pixels(image.pixels)
        most = self._max_pixels or MAX_INPUT_PIXELS
        height, width = pixels_HWC.shape[:2]
        if height * width > most:
            problem = f"an image of {width} x {height}"
            raise FormatError(problem, expected=f"at most {most:,} pixels", code=TOO_LARGE)
        prepared = self._model.input_of(pixels_HWC, invert=options.invert, digit=options.digit)
        return prepared._replace(source=image.name)

    def close(self) -> None:
        """End the decoding process."""
        self._decoder.close()
