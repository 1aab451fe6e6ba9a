"""Check that the module of every layer exists, before it is printed."""

import ast
from functools import cache
from importlib import resources

from convscope.errors import Unsupported
from convscope.layers.call import ModuleCall


def check_callee(call: ModuleCall, layer: str, path: str) -> None:
    """Check that the callee is a class of torch.nn or of a file in `layers/torch/`.

    Raises:
        Unsupported: it is neither; the message names the layer's path and the callee.
    """
    package, _, name = call.callee.rpartition(".")
    if name in (_torch_classes() if package == "nn" else _own_classes(package)):
        return
    raise Unsupported(
        f"PyTorch source does not support {layer}: its module {call.callee} does not exist",
        expected="a class of torch.nn, or one defined in a file of layers/torch/",
        where=path,
    )


@cache
def _torch_classes() -> frozenset[str]:
    """Return the names of the classes of torch.nn. Imports torch."""
    from torch import nn

    return frozenset(name for name, value in vars(nn).items() if isinstance(value, type))


@cache
def _own_classes(family: str) -> frozenset[str]:
    """Return the names of the classes that a file of `layers/torch/` defines; none without it."""
    file = resources.files("convscope").joinpath("layers", "torch", f"{family}.py")
    if not family.isidentifier() or not file.is_file():
        return frozenset()
    body = ast.parse(file.read_text("utf-8")).body
    return frozenset(node.name for node in body if isinstance(node, ast.ClassDef))
