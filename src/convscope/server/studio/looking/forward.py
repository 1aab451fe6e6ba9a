"""Tasks of the worker for networks that are too large for a tab: passes, parameters, description.

Axes: N batch (1), C channels, H height, W width.
"""

import json
import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from convscope.errors import InputError
from convscope.server.studio.looking.records import Changes, ForwardRequest
from convscope.server.studio.worker.child import Report
from convscope.server.studio.worker.models import opened

if TYPE_CHECKING:
    from torch import Tensor, nn

    from convscope.model import Model
    from convscope.network.model_file import Card

MOST_VALUES = 1 << 26  # of one answer


def manifest(args: dict[str, Any], progress: Report) -> bytes:
    """Return the description of a model as an exported folder has it, without an ONNX file."""
    from convscope.export.web.manifest import described

    progress(0, None, "opening the model")
    model = opened(args["model"])
    state = model.network.state_dict().items()
    stored = [name for name, tensor in state if tensor.is_floating_point()]
    return described(model.card, stored).to_json().encode()


def forward(args: dict[str, Any], _progress: Report) -> bytes:
    """Return probabilities and outputs of layers as one block of bytes; see `packed`."""
    import torch

    from convscope.network.hooks import activations

    request = ForwardRequest.model_validate_json(args["request"])
    model = opened(args["model"])
    paths = [path for path in request.layers if path]
    with torch.inference_mode(), _changed(model, request.changes):
        image_NCHW = model._preprocess(model.prepare(args["image"]).to(model.device))
        begin = time.perf_counter()
        with activations(model.network, paths) as outputs:
            logits = model.network(image_NCHW)
        seconds = time.perf_counter() - begin
        probabilities = torch.softmax(logits.float(), 1)
    outputs[""] = image_NCHW
    arrays = [probabilities[0], *(outputs[path][0] for path in request.layers)]
    return packed({"milliseconds": 1000 * seconds}, arrays)


def sample(args: dict[str, Any], _progress: Report) -> bytes:
    """Return a sample image by its name.

    Raises:
        InputError: there is none.
    """
    card = opened(args["model"]).card
    content = _samples(card.architecture.input.channels == 1, card).get(args["name"])
    if content is None:
        raise InputError("there is no such sample", where=str(args["name"])[:100])
    return content


_kept: dict[bool, dict[str, bytes]] = {}


def _samples(is_grey: bool, card: "Card") -> dict[str, bytes]:
    """Return all samples by name; those of grey and of colour networks are kept."""
    from convscope.export.web.sampling import sample_files

    if is_grey not in _kept:
        _kept[is_grey] = {one.name: one.content for one in sample_files(card)}
    return _kept[is_grey]


def parameter(args: dict[str, Any], _progress: Report) -> bytes:
    """Return one parameter, or the part of its first axis from `args["first"]` on.

    Raises:
        InputError: no such parameter, or too many numbers for one answer.
    """
    model = opened(args["model"])
    state = model.network.state_dict()
    tensor = state.get(args["name"])
    if tensor is None or not tensor.is_floating_point():
        raise InputError("there is no such parameter", where=str(args["name"])[:200])
    first, count = args["first"], args["count"]
    rows = tensor if first is None or not tensor.ndim else tensor[first : first + count]
    if rows.numel() > MOST_VALUES:
        raise InputError(f"{rows.numel():,} numbers", expected=f"at most {MOST_VALUES:,}")
    return packed({"shape": list(tensor.shape)}, [rows])


def packed(about: dict[str, Any], arrays: "Sequence[Tensor]") -> bytes:
    """Return arrays as bytes: length of the header (4 bytes), header, float32 numbers.

    The header is JSON: `about`, and the shapes of the arrays; it is padded to 4 bytes.
    """
    header = json.dumps(about | {"shapes": [list(array.shape) for array in arrays]}).encode()
    header += b" " * (-len(header) % 4)
    numbers = [array.float().contiguous().cpu().numpy().tobytes() for array in arrays]
    return struct.pack("<I", len(header)) + header + b"".join(numbers)


@contextmanager
def _changed(model: "Model", changes: Changes) -> Iterator[None]:
    """Change numbers of the network and switch channels off, for a while."""
    state = model.network.state_dict()
    before: list[tuple[Tensor, int, float]] = []
    hooks = []
    try:
        for name, numbers in changes.values.items():
            flat = _floats(state, name)
            places = {_place(text, flat.numel(), name): value for text, value in numbers.items()}
            for place, value in places.items():
                before.append((flat, place, float(flat[place])))
                flat[place] = value
        for path, channels in changes.off.items():
            hooks.append(_off(model.network, path, channels))
        yield
    finally:
        for flat, place, value in reversed(before):
            flat[place] = value
        for hook in hooks:
            hook.remove()


def _floats(state: "dict[str, Tensor]", name: str) -> "Tensor":
    tensor = state.get(name)
    if tensor is None or not tensor.is_floating_point():
        raise InputError("there is no such parameter", where=name[:200])
    return tensor.view(-1)


def _place(text: str, count: int, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 16 and int(text) < count):
        raise InputError(
            f"there is no number {text[:40]}", expected=f"0 to {count - 1}", where=name
        )
    return int(text)


def _off(network: "nn.Module", path: str, channels: Sequence[int]) -> Any:
    try:
        layer = network.get_submodule(path)
    except AttributeError:
        raise InputError("there is no such layer", where=path[:200]) from None

    def zero(_layer: Any, _inputs: Any, output: "Tensor") -> "Tensor":
        if any(channel >= output.shape[1] for channel in channels):
            raise InputError("there is no such channel", where=path)
        output = output.clone()
        output[:, list(channels)] = 0
        return output

    return layer.register_forward_hook(zero)
