"""Only `layers/` may ask which class a layer or a torch module is; everyone else uses its traits.

The scan covers isinstance, issubclass, match-case, `type(x) is`, comparisons of `.type` and
`__name__`, and constants that list layer classes.
"""

import ast
import textwrap
from pathlib import Path

import pytest
from torch import nn

import convscope
from convscope.layers import LAYERS

SOURCE = Path(convscope.__file__).parent
LAYER_NAMES = {layer.__name__ for layer in LAYERS}
TORCH_NAMES = {
    "Conv2d",
    "Linear",
    "ReLU",
    "ReLU6",
    "Tanh",
    "Sigmoid",
    "Softmax",
    "BatchNorm2d",
    "LocalResponseNorm",
    "MaxPool2d",
    "AvgPool2d",
    "AdaptiveAvgPool2d",
    "Dropout",
    "SyncBatchNorm",
    "_BatchNorm",
    "Flatten",
    "Identity",
    "ZeroPad2d",
}
"""Classes of torch.nn that stand for a layer of ours."""


def offences(source: str) -> set[str]:
    """The layer classes that a module asks about, as `Conv2d` (ours) or `nn.Conv2d`."""
    tree = ast.parse(source)
    names = _imported(tree)
    found: set[str] = set()
    for node in tree.body:  # APPLIES_TO = (nn.Conv2d, PartialConv2d)
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
            found |= _table(node.value, names)
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="isinstance" | "issubclass"), args=[_, kind]):
                found |= _classes(kind, names)
            case ast.MatchClass(cls=kind):
                found |= _classes(kind, names)
            case ast.Compare(left=left, comparators=[*others]):
                sides = [left, *others]
                if any(_asks_type(side) for side in sides):
                    found |= set().union(*(_classes(side, names) for side in sides))
                if any(_asks_name(side) for side in sides):
                    found |= set().union(*(_strings(side) for side in sides))
            case ast.MatchValue(value=value):
                found |= _strings(value)
            case ast.Dict(keys=keys):
                found |= set().union(*(_classes(key, names) for key in keys if key), set())
                named = set().union(*(_strings(key) for key in keys if key), set())
                found |= named if len(named) > 1 else set()
    return found


def _imported(tree: ast.Module) -> dict[str, set[str]]:
    """Local names of layer classes and torch modules, by what they stand for."""
    names: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                known = alias.asname or alias.name
                if node.module.startswith("convscope.layers") and alias.name in LAYER_NAMES:
                    names[known] = {alias.name}
                elif node.module.startswith("torch.nn") and alias.name in TORCH_NAMES:
                    names[known] = {f"nn.{alias.name}"}
    return names


def _classes(node: ast.expr, names: dict[str, set[str]]) -> set[str]:
    match node:
        case ast.Name(id=name):
            return names.get(name, set())
        case ast.Attribute(value=value, attr=name) if name in TORCH_NAMES and _is_nn(value):
            return {f"nn.{name}"}
        case ast.Attribute(value=ast.Name(id="modules" | "layers"), attr=name):
            return {name} & LAYER_NAMES
        case ast.Tuple(elts=parts) | ast.Set(elts=parts) | ast.List(elts=parts):
            return set().union(*(_classes(part, names) for part in parts), set())
        case ast.BinOp(left=left, right=right):
            return _classes(left, names) | _classes(right, names)
    return set()


def _is_nn(node: ast.expr) -> bool:
    """`nn`, `torch.nn`, or a module below it, as `nn.modules.batchnorm`."""
    return "nn" in ast.unparse(node).split(".")


def _table(node: ast.expr, names: dict[str, set[str]]) -> set[str]:
    """The classes that a constant lists, without those that it calls."""
    calls = {id(n.func) for n in ast.walk(node) if isinstance(n, ast.Call)}
    parts = [n for n in ast.walk(node) if isinstance(n, ast.Name | ast.Attribute)]
    return set().union(*(_classes(n, names) for n in parts if id(n) not in calls), set())


def _strings(node: ast.expr) -> set[str]:
    strings = {n.value for n in ast.walk(node) if isinstance(n, ast.Constant)}
    return strings & (LAYER_NAMES | TORCH_NAMES)


def _asks_type(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "type"


def _asks_name(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in ("type", "__name__")


EXCEPTIONS = {
    "export/pytorch/reading/modules.py": "calls of torch.nn, which a source names, become layers",
    "network/layer_info.py": "a torch module of somebody else has no architecture to ask",
}
"""Files that may ask, and why no trait can answer."""


def test_nobody_outside_layers_asks_for_a_class_of_layer():
    asking = {}
    for file in sorted(SOURCE.rglob("*.py")):
        path = file.relative_to(SOURCE).as_posix()
        if not path.startswith("layers/") and (classes := offences(file.read_text("utf-8"))):
            asking[path] = " ".join(sorted(classes))
    new = {path: classes for path, classes in asking.items() if path not in EXCEPTIONS}
    assert not new, "use the layer's role and traits"
    assert not EXCEPTIONS.keys() - asking.keys(), "remove the exceptions that are not needed"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from convscope.layers import Conv2d\nisinstance(x, Conv2d)", {"Conv2d"}),
        ("from convscope.layers import Conv2d as C\nisinstance(x, (C, int))", {"Conv2d"}),
        ("from torch import nn\nisinstance(x, nn.ReLU | nn.Linear)", {"nn.ReLU", "nn.Linear"}),
        ("from torch import nn\nKINDS: tuple = (((nn.ReLU,), 1),)", {"nn.ReLU"}),
        ("from torch import nn\nHEAD = nn.Linear(3, 2)", set()),
        ("from torch import nn\ntype(x) is nn.Linear", {"nn.Linear"}),
        ("isinstance(x, torch.nn.modules.batchnorm._BatchNorm)", {"nn._BatchNorm"}),
        ("from torch.nn import ReLU\nRULES = {ReLU: 1}", {"nn.ReLU"}),
        ("LABELS = {'Conv2d': 1, 'Linear': 2}", {"Conv2d", "Linear"}),
        ("type(x).__name__ == 'Flatten'", {"Flatten"}),
        ("x.type in ('Conv2d', 'other')", {"Conv2d"}),
        (
            """
            from convscope.layers import Flatten
            match x:
                case Flatten():
                    pass
            """,
            {"Flatten"},
        ),
        ("from torch import nn\nlayer = nn.Conv2d(3, 3, 1)", set()),
        ("isinstance(x, Conv2d)", set()),
        ("x.kind == 'Conv2d'", set()),
    ],
)
def test_the_scan_sees(source, expected):
    assert offences(textwrap.dedent(source)) == expected


def test_torch_has_the_classes():
    assert all(hasattr(nn, name) or hasattr(nn.modules.batchnorm, name) for name in TORCH_NAMES)
