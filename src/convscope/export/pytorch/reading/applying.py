"""Modules that are called with a tensor: each call is a block of the tree."""

import ast
import re
from typing import TYPE_CHECKING, Any

from convscope.errors import ArchitectureError
from convscope.export.pytorch.reading.graph import (
    PASSING,
    Branching,
    Leaf,
    Tensor,
    Tree,
    chain,
    result_tree,
)
from convscope.export.pytorch.reading.values import (
    AnyModule,
    Class,
    Composed,
    Function,
    Instance,
    Module,
    refused,
)
from convscope.layers import Layer
from convscope.shapes import CHW, Features

if TYPE_CHECKING:
    from convscope.export.pytorch.reading.interpreter import Env, Interpreter

STEMS = {"convolution": "conv", "normalisation": "norm", "pooling": "pool", "linear": "fc"}
SAMPLES = (CHW(64, 9, 9), Features(64))
SEQUENCE = "\0sequence"


def stem(module: AnyModule) -> str:
    """Return the stem of a name for a module without one."""
    if isinstance(module, Module):
        if not isinstance(module.layer, Layer):
            return "shortcut"
        role = module.layer.role
        plain = re.sub(r"\dd$", "", module.layer.type).lower()
        return STEMS.get(role, plain if plain.isidentifier() else "layer")
    if isinstance(module, Instance):
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", module.kind.node.name).lower()[:40]
    return "block"


def layer(tensor: Tensor, module: Module, name: str, node: ast.AST) -> Tensor:
    """Return the tensor behind a layer without a module of its own: a function."""
    line = getattr(node, "lineno", 0)
    return Tensor(line, name, Leaf(module, line), (tensor,))


def apply(
    interpreter: "Interpreter", module: AnyModule, args: list[Any], named: "Env", node: ast.Call
) -> Tensor:
    """Return the tensor behind a module."""
    tensors = [each for each in (*args, *named.values()) if isinstance(each, Tensor)]
    if len(tensors) != 1 or not isinstance(args[0] if args else None, Tensor):
        raise refused(
            node,
            f"self.{module.name or stem(module)} is called with {len(tensors)} tensors",
            expected="one tensor",
        )
    module.uses += 1
    if module.uses > 1 and not _is_free(module):
        raise refused(
            node,
            f"self.{module.name or stem(module)} is used twice: its weights would be shared",
            expected="a module of its own for each call",
        )
    tree = tree_of(interpreter, module)
    return Tensor(node.lineno, module.name or stem(module), tree, (tensors[0],))


def _is_free(module: AnyModule) -> bool:
    """Return whether a module has no weights, so that two calls are two layers."""
    if isinstance(module, Composed):
        return all(map(_is_free, module.parts.values()))
    if isinstance(module, Instance):
        inner = [each for each in module.attributes.values() if isinstance(each, AnyModule)]
        return all(map(_is_free, inner))
    if not isinstance(module.layer, Layer):
        return True
    for shape in SAMPLES:
        try:
            module.layer.output_shape(shape)
            return module.layer.parameters(shape) == 0 and not module.layer.batch_statistics
        except ArchitectureError:
            continue
    return not module.declared


def tree_of(interpreter: "Interpreter", module: AnyModule) -> Tree:
    """Return the tree of a module; that of an object comes from its `forward`."""
    if isinstance(module, Module):
        return Leaf(module, module.line)
    if isinstance(module, Composed):
        parts = {name: tree_of(interpreter, part) for name, part in module.parts.items()}
        if module.type == "Chain":
            return chain(list(parts.items()), module.line) if parts else Leaf(PASSING, module.line)
        return Branching(module.type, parts, module.line)
    forward = module.kind.method("forward")
    if forward is None:
        if SEQUENCE in module.attributes:
            return tree_of(interpreter, module.attributes[SEQUENCE])
        raise refused(module.line, f"{module.kind.node.name} has no forward")
    input = Tensor(forward.lineno, "input")
    scope = {**module.kind.constants.get("\0scope", {}), "__class__": _defining(module.kind)}
    for each in module.attributes.values():  # calls of an earlier tree do not count
        if isinstance(each, AnyModule):
            each.uses = 0
    result = interpreter.invoke(Function(forward, module, scope), [input], {}, forward)
    if isinstance(result, tuple | list) and result and isinstance(result[0], Tensor):
        interpreter.note(forward, "only the first output of forward was read")
        result = result[0]
    if not isinstance(result, Tensor):
        raise refused(forward, "forward returns no tensor")
    return result_tree(result, input, forward.lineno)


def _defining(kind: Class) -> Class:
    if "forward" in kind.methods:
        return kind
    return next((_defining(base) for base in kind.bases if base.method("forward")), kind)
