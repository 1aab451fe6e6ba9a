"""Models that the worker keeps open: the last few, by what they are and when they changed."""

from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convscope.model import Model

MOST = 4
MOST_BYTES = 2 << 30  # of weights

Key = tuple[str, int, int]
_kept: "OrderedDict[Key, Model]" = OrderedDict()


def opened(name: str) -> "Model":
    """Return a model: a file, a run folder, `name@weights`, or an architecture, untrained.

    Raises:
        ConvscopeError: as `convscope.open`.
    """
    from convscope.opening import open_or_untrained

    key = _key(name)
    if key in _kept:
        _kept.move_to_end(key)
        return _kept[key]
    model, _ = open_or_untrained(name)
    _kept[key] = model
    while len(_kept) > 1 and (len(_kept) > MOST or sum(map(_bytes, _kept.values())) > MOST_BYTES):
        _kept.popitem(last=False)
    return model


def _key(name: str) -> Key:
    path = Path(name)
    if path.is_dir():
        path = path / "model.safetensors"
    try:
        status = path.stat()
    except OSError:
        return name, 0, 0
    return name, status.st_mtime_ns, status.st_size


def _bytes(model: "Model") -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in model.network.parameters())
