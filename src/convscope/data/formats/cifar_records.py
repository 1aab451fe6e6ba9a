"""Reader of CIFAR's binary files: labels and pixels in records of equal length.

A record is one label byte (CIFAR-100: the coarse label, then the fine one) and 3,072 bytes of
pixels: 32 x 32 of red, then green, then blue, each row by row.
"""

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from convscope.data.formats.cifar_dataset import PIXEL_BYTES
from convscope.errors import FormatError
from convscope.io.storage import open_file

NUM_COARSE = 20


def read_records(path: Path, *, num: int, label_bytes: int) -> NDArray[np.uint8]:
    """Return the records of a file: (num, label_bytes + 3072).

    Raises:
        FormatError: another length, or it cannot be read.
    """
    each = label_bytes + PIXEL_BYTES
    try:
        with open_file(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size != num * each:
                whole, rest = divmod(size, each)
                raise FormatError(
                    f"{size:,} bytes: {whole:,} images" + (f" and {rest:,} bytes" if rest else ""),
                    expected=f"{num * each:,} bytes: {num:,} images of {each:,}",
                    fix="download the file again",
                    where=str(path),
                )
            data = file.read(size)
    except OSError as error:
        raise FormatError(f"cannot be read: {error.strerror or error}", where=str(path)) from None
    if len(data) != num * each:
        raise FormatError("the file became shorter while it was read", where=str(path))
    return np.frombuffer(data, np.uint8).reshape(num, each)


def check_labels(
    records: NDArray[np.uint8], label_bytes: int, num_classes: int, where: str
) -> None:
    """Raise FormatError if a label is out of range; names the first one and its byte."""
    limits = (num_classes,) if label_bytes == 1 else (NUM_COARSE, num_classes)
    for column, limit in enumerate(limits):
        invalid = np.flatnonzero(records[:, column] >= limit)
        if len(invalid):
            record = int(invalid[0])
            kind = "coarse label" if column < label_bytes - 1 else "label"
            raise FormatError(
                f"the {kind} of image {record} is {records[record, column]}"
                f" (byte {record * records.shape[1] + column:,})",
                expected=f"0 to {limit - 1}",
                fix="download the file again",
                where=where,
            )
