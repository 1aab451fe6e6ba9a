"""Payloads as files: the ending of the name says which kind."""

import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from convscope.errors import InputError
from convscope.io import storage
from convscope.payload import Arrays, Payload
from convscope.render.page import page

ENDINGS = (".png", ".html", ".json", ".npz", ".npy")


def write_payload(path: Path | str, payload: Payload, *, overwrite: bool = False) -> Path:
    """Write a payload, whole or not at all: a picture, a page, JSON, or the numbers for NumPy.

    Raises:
        InputError: an ending that is unknown, or `.npy` for more than one array.
        StorageError: the file exists and `overwrite` is not set, or the disk refuses.
    """
    path = Path(path)
    storage.check_output(path, endings=ENDINGS, overwrite=overwrite)
    storage.write(path, [_encoded(payload, path)])
    return path


def write_page(
    path: Path,
    made: Mapping[str, Payload],
    *,
    title: str,
    said: Mapping[str, str],
    left_out: Mapping[str, str],
) -> Path:
    """Write a page of several payloads."""
    storage.write_text(path, page(made, title=title, said=said, left_out=left_out))
    return path


def _encoded(payload: Payload, path: Path) -> bytes:
    match path.suffix.lower():
        case ".png":
            return payload.png()
        case ".html":
            title = payload.title or path.stem
            return page({path.stem: payload}, title=title).encode()
        case ".json":
            return payload.to_json().encode()
        case ".npz":
            return _npz(payload.arrays())
        case _:
            return _npy(payload.arrays(), path)


def _npz(arrays: Arrays) -> bytes:
    named: dict[str, Any] = {}
    for name, array in arrays.items():
        plain = re.sub(r"[^\w-]+", "_", name).strip("_") or "array"
        unique = plain if plain not in named else f"{plain}_{len(named)}"
        named[unique] = array
    with io.BytesIO() as file:
        np.savez_compressed(file, allow_pickle=False, **named)
        return file.getvalue()


def _npy(arrays: Arrays, path: Path) -> bytes:
    main = {name: array for name, array in arrays.items() if name != "underlay"}
    if len(main) != 1:
        raise InputError(
            f"{len(main)} arrays do not fit into one .npy",
            expected="a name that ends in .npz",
            fix=f"-o {path.with_suffix('.npz').name}",
        )
    with io.BytesIO() as file:
        np.save(file, next(iter(main.values())), allow_pickle=False)
        return file.getvalue()
