"""The task that writes the folder which the page reads: a model as `export --to web` writes it.

A run that was trained on the user's own images has some of its validation images as samples.
"""

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convscope.errors import ConvscopeError
from convscope.server.studio.worker.child import Report
from convscope.server.studio.worker.models import opened

if TYPE_CHECKING:
    from convscope.model import Model

MOST_SAMPLES = 12
MOST_PIXELS = 1 << 20  # of a sample; larger photos are for the data picker


def write(args: dict[str, Any], progress: Report) -> dict[str, Any]:
    """Write `args["model"]` into the folder `args["folder"]`; return its size in bytes."""
    from convscope.export.web.target import write_folder

    folder = Path(args["folder"])
    progress(0, 3, "opening the model")
    model = opened(args["model"])
    progress(1, 3, "writing the network as ONNX")
    size = write_folder(model.file(), folder)
    progress(2, 3, "choosing samples")
    with contextlib.suppress(ConvscopeError, OSError):  # the data have moved
        _add_samples(model, folder)
    return {"bytes": size}


def _add_samples(model: "Model", folder: Path) -> None:
    """Put validation images of a run's own data in front of the samples: one of each class."""
    from convscope.io.image_writing import encode_image
    from convscope.io.storage import write_text
    from convscope.training.run.files import recorded_data

    if model.run is None:
        return
    record = recorded_data(model.run)
    if record.name == "mnist" or not record.source:  # its digits are the samples anyway
        return
    data = model.open_data(record.source)
    split = data.split("val")
    added: list[dict[str, str]] = []
    seen: set[int] = set()
    for index, label in enumerate(split.labels_N.tolist()):
        if label in seen or len(added) == MOST_SAMPLES:
            continue
        image_CHW = split.image(index)
        if image_CHW[0].numel() > MOST_PIXELS:
            continue
        seen.add(label)
        name = f"samples/own-{len(added)}.png"
        pixels_HWC = image_CHW.permute(1, 2, 0).contiguous().numpy()
        (folder / name).write_bytes(encode_image(pixels_HWC, ".png"))
        added.append({"file": name, "label": data.classes[label][:200]})
    manifest = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    manifest["samples"] = [*added, *manifest["samples"]]
    write_text(folder / "model.json", json.dumps(manifest, ensure_ascii=False))
