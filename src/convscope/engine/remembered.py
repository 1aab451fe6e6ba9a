"""Measurements of engines, remembered on the disk per model and machine.

One file for each key, so that processes beside each other do not overwrite each other's: a model
(architecture, samples of the weights), a size of image and of batch, a level, and the machine
(processor, its instructions, threads, versions of the packages). Files that are damaged or of
another key are ignored, and written again.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import pydantic
import torch

from convscope.data.formats.cache import cache_folder
from convscope.engine.candidates import forced
from convscope.engine.levels import Level
from convscope.engine.measure import REFERENCE, Measured
from convscope.errors import ConvscopeError, StorageError
from convscope.io import storage
from convscope.machine.cpus import available_cpus
from convscope.machine.processor import instructions, processor
from convscope.network import Network
from convscope.network.device import device_of
from convscope.record import Record
from convscope.text import printable

FORMAT = "convscope engines 1"
PACKAGES = ("convscope", "torch", "onnx", "onnxruntime", "openvino")
MOST_BYTES = 1 << 16
Note = Callable[[str], None]


class File(Record):
    """The content of a file: the key in full, and what was measured by the labels of engines."""

    format: str
    key: dict[str, Any]
    measured: dict[str, Measured]


def engines_folder() -> Path:
    """Return the folder with the files; deleting it clears the memory."""
    return cache_folder() / "engines"


def key_of(
    network: Network, digest: str, level: Level, *, num_images: int, paths: Sequence[str]
) -> dict[str, Any]:
    """Return what a measurement depends on, as JSON data.

    Args:
        digest: of the network, from `convscope.engine.state`.
        num_images: that go together.
    """
    device = device_of(network)
    is_gpu = device.type == "cuda"
    return {
        "network": digest,
        "input": list(network.architecture.input),
        "level": level,
        "images": num_images,
        "paths": list(paths),
        "device": torch.cuda.get_device_name(device) if is_gpu else device.type,
        "processor": processor(),
        "instructions": list(instructions()),
        "cores": available_cpus(),
        "threads": torch.get_num_threads(),
        "versions": dict(package_versions()),
        "forced": forced(),
    }


def read(key: Mapping[str, Any], note: Note) -> Mapping[str, Measured] | None:
    """Return what was measured for a key; None if nothing, or the file is not valid.

    Args:
        note: takes a sentence on a file that is not valid.
    """
    path = _path(key)
    try:
        text = storage.read_limited(path, most=MOST_BYTES)
    except FileNotFoundError:
        return None
    except (OSError, ConvscopeError) as error:
        note(f"{printable(str(path))} cannot be read, so engines are measured again: {error}")
        return None
    try:
        content = File.model_validate_json(text)
    except (pydantic.ValidationError, RecursionError):
        content = None
    if (
        content is None
        or content.format != FORMAT
        or content.key != key
        or REFERENCE not in content.measured
    ):
        note(f"{printable(str(path))} is not valid, so engines are measured again")
        return None
    return content.measured


def write(key: Mapping[str, Any], measured: Mapping[str, Measured], note: Note) -> None:
    """Remember what was measured; a folder that cannot be written is only said."""
    content = File(format=FORMAT, key=dict(key), measured=dict(measured))
    path = _path(key)
    try:
        storage.make_folder(path.parent)
        storage.write_json(path, content.model_dump(mode="json"))
    except StorageError as error:
        note(f"the choice of the engine is not remembered: {error.on_one_line()}")


def _path(key: Mapping[str, Any]) -> Path:
    text = json.dumps(key, sort_keys=True)
    return engines_folder() / f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.json"


@cache
def package_versions() -> tuple[tuple[str, str], ...]:
    """Return the versions of the packages that are installed."""
    versions = []
    for package in PACKAGES:
        try:
            versions.append((package, metadata.version(package)))
        except metadata.PackageNotFoundError:
            continue
    return tuple(versions)
