"""Payloads as files: the ending of the name states the format."""

import io
import re
import zipfile
from pathlib import Path

import numpy as np

from convscope.errors import InputError
from convscope.io import storage
from convscope.payload import Arrays, Heatmap, Payload, Table
from convscope.payload.table import cell_text
from convscope.render.pages.html import page

ENDINGS = (".png", ".svg", ".html", ".txt", ".json", ".npz", ".npy")
TEXT_WIDTH = 100  # letters in a line of a text file
WIDEST_TEXT = 1000  # of a table
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same bytes at any time


def write_payload(path: Path | str, payload: Payload, *, overwrite: bool = False) -> Path:
    """Write a payload atomically: a picture, a page, text, JSON, or its arrays for NumPy.

    Raises:
        InputError: an ending that is unknown, or `.npy` for more than one array.
        StorageError: the file exists and `overwrite` is not set, or writing fails.
    """
    path = Path(path)
    storage.check_output(path, endings=ENDINGS, overwrite=overwrite)
    storage.write(path, [_encoded(payload, path)])
    return path


def _encoded(payload: Payload, path: Path) -> bytes:
    match path.suffix.lower():
        case ".png":
            return payload.png()
        case ".svg":
            return payload.svg().encode()
        case ".html":
            return page({path.stem: payload}, title=payload.title or path.stem).encode()
        case ".txt":
            return text(payload).encode()
        case ".json":
            return payload.to_json().encode()
        case ".npz":
            return _npz(payload.arrays())
        case _:
            return _npy(payload, path)


def text(payload: Payload) -> str:
    """Return a payload as a terminal without colours shows it."""
    from rich.console import Console

    console = Console(file=io.StringIO(), color_system=None, width=max(TEXT_WIDTH, _width(payload)))
    with console.capture() as capture:
        console.print(payload)
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"


def _width(payload: Payload) -> int:
    """Return the width of the widest table: its cells are neither cut nor wrapped."""
    from rich.cells import cell_len

    tables = [p for p in getattr(payload, "items", [payload]) if isinstance(p, Table)]
    widths = [
        sum(max(map(cell_len, map(cell_text, column))) + 2 for column in zip(*rows, strict=True))
        for table in tables
        for rows in [(table.columns, *table.rows)]
    ]
    return min(max(widths, default=0), WIDEST_TEXT)


def _npz(arrays: Arrays) -> bytes:
    """Write the archive's members one by one: `np.savez` takes names as keywords, and fails
    for an array named `file`.
    """
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            names: set[str] = set()
            for name, array in arrays.items():
                names.add(unique := _unique(name, names))
                member = zipfile.ZipInfo(f"{unique}.npy", ZIP_EPOCH)
                member.compress_type = zipfile.ZIP_DEFLATED
                with archive.open(member, "w", force_zip64=True) as stream:
                    np.lib.format.write_array(stream, np.asarray(array), allow_pickle=False)
        return file.getvalue()


def _unique(name: str, taken: set[str]) -> str:
    """Return a name of letters, digits, `_` and `-` that is not taken."""
    plain = re.sub(r"[^\w-]+", "_", name).strip("_") or "array"
    unique, number = plain, 1
    while unique in taken:
        number += 1
        unique = f"{plain}_{number}"
    return unique


def _npy(payload: Payload, path: Path) -> bytes:
    arrays = [payload.values] if isinstance(payload, Heatmap) else [*payload.arrays().values()]
    if len(arrays) != 1:
        raise InputError(
            f"{len(arrays)} arrays do not fit into one .npy",
            expected="a name that ends in .npz",
            fix=f"-o {path.with_suffix('.npz').name}",
        )
    with io.BytesIO() as file:
        np.save(file, arrays[0], allow_pickle=False)
        return file.getvalue()
