"""Attributes and calls: names of torch, classes of the file, modules, methods, functions."""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from convscope.errors import ArchitectureError
from convscope.export.pytorch.reading import applying
from convscope.export.pytorch.reading.graph import Tensor
from convscope.export.pytorch.reading.modules import (
    CARRIED,
    IGNORED,
    NN,
    REQUIRED,
    Row,
    Values,
)
from convscope.export.pytorch.reading.operations import FUNCTIONS, IGNORED_CALLS, PASSING
from convscope.export.pytorch.reading.values import (
    BoundMethod,
    Class,
    Composed,
    Declared,
    Function,
    Instance,
    Module,
    Name,
    Opaque,
    Size,
    Super,
    refused,
)

if TYPE_CHECKING:
    from convscope.export.pytorch.reading.interpreter import Env, Interpreter

SEQUENCE = "\0sequence"  # of an object whose class is a `nn.Sequential`
MODULES = (Module, Composed, Instance)
COMPOSITIONS: Mapping[str, tuple[str, ...]] = {
    "Chain": (),
    "Concat": (),
    "Residual": ("body", "shortcut"),
    "Gate": ("body", "gate"),
    "AuxiliaryHead": ("head",),
}
"""Compositions that exported files carry, with the parameters of their classes."""

BUILTINS: Mapping[str, Callable[..., Any] | None] = {
    "abs": abs,
    "bool": bool,
    "dict": dict,
    "enumerate": lambda values, start=0: list(enumerate(values, start)),
    "float": float,
    "int": int,
    "isinstance": lambda *_: Opaque("isinstance"),
    "len": len,
    "list": lambda values=(): list(values),
    "max": max,
    "min": min,
    "print": lambda *_, **__: None,
    "range": range,
    "reversed": lambda values: list(values)[::-1],
    "round": round,
    "str": lambda value="": str(value)[:1000],
    "sum": sum,
    "super": None,
    "tuple": lambda values=(): tuple(values),
    "zip": lambda *values, **_: list(zip(*values, strict=False)),
    "getattr": None,
    "setattr": None,
    "hasattr": None,
}
"""Functions of Python that the interpreter has; None: there is a rule for it in `_builtin`."""

METHODS: Mapping[type, frozenset[str]] = {
    list: frozenset(("append", "extend", "insert", "copy", "index", "pop", "reverse")),
    dict: frozenset(("items", "keys", "values", "get", "update", "copy", "setdefault")),
    str: frozenset(("format", "join", "lower", "upper", "replace", "startswith", "endswith")),
}
MOST_TEXT = 1_000


@dataclass(frozen=True)
class Modules:
    """`self._modules`: modules by name."""

    owner: Instance


@dataclass(frozen=True)
class Shape:
    """`x.shape` and `x.size()`: sizes that only `view` and `reshape` may use."""


def class_of(interpreter: "Interpreter", node: ast.ClassDef, env: "Env") -> Any:
    """Return a class of the file; one that an export carries is known."""
    if node.name in env and isinstance(env[node.name], Name):
        return env[node.name]  # a carried class: `source_file` put it there
    bases = [interpreter.evaluate(base, env) for base in node.bases]
    own = tuple(base for base in bases if isinstance(base, Class))
    if any(base.path.endswith("nn.Sequential") for base in bases if isinstance(base, Name)):
        own = (*own, Class(node, {}, {SEQUENCE: True}))
    methods = {each.name: each for each in node.body if isinstance(each, ast.FunctionDef)}
    constants: dict[str, Any] = {}
    for each in node.body:
        if isinstance(each, ast.Assign | ast.AnnAssign):
            interpreter.run([each], constants)
    return Class(node, methods, constants, own)


def set_attribute(instance: Instance, name: str, value: Any) -> None:
    """Set an attribute of an object; modules take their first name from it."""
    instance.attributes[name] = value
    _give_name(value, name)


def _give_name(value: Any, name: str) -> None:
    if isinstance(value, MODULES):
        value.name = value.name or name
    elif isinstance(value, list):
        for number, each in enumerate(value):
            _give_name(each, f"{name}{number}")
    elif isinstance(value, dict):
        for key, each in value.items():
            _give_name(each, f"{name}_{key}")


def attribute(owner: Any, name: str, node: ast.AST) -> Any:
    """Return an attribute of a value."""
    match owner:
        case Name(path=path):
            return Name(f"{path}.{name}")
        case Instance():
            return _of_instance(owner, name, node)
        case Class():
            return _of_class(owner, name, node)
        case Super():
            return BoundMethod(owner, name)
        case Tensor():
            if name == "shape":
                return Shape()
            return BoundMethod(owner, name)
        case Composed() | Module():
            if isinstance(owner, Composed) and name in owner.parts:
                return owner.parts[name]
            return BoundMethod(owner, name)
        case Modules() | list() | dict() | str():
            return BoundMethod(owner, name)
        case Opaque():
            return owner
    raise refused(node, f"the attribute {name[:60]!r} is not read")


def _of_instance(owner: Instance, name: str, node: ast.AST) -> Any:
    if name in owner.attributes:
        return owner.attributes[name]
    if name == "training":
        return Opaque("training")
    if name == "_modules":
        return Modules(owner)
    if name == "__class__":
        return owner.kind
    method = owner.kind.method(name)
    if method is not None:
        return _method(owner, owner.kind, method)
    try:
        return owner.kind.constant(name)
    except KeyError:
        pass
    if name in ("parameters", "modules", "children", "named_parameters", "apply", "named_modules"):
        return BoundMethod(owner, name)
    if name in (
        "add_module",
        "register_module",
        "get_submodule",
        "register_buffer",
        "register_parameter",
        "eval",
        "train",
        "to",
    ):
        return BoundMethod(owner, name)
    raise refused(node, f"self.{name[:60]} is not set in __init__")


def _method(owner: Instance, kind: Class, method: ast.FunctionDef) -> Function:
    decorated = {each.id for each in method.decorator_list if isinstance(each, ast.Name)}
    scope = {**kind.constants.get("\0scope", {}), "__class__": kind}
    return Function(method, None if "staticmethod" in decorated else owner, scope)


def _of_class(owner: Class, name: str, node: ast.AST) -> Any:
    if name in ("__name__",):
        return owner.node.name
    try:
        return owner.constant(name)
    except KeyError:
        raise refused(node, f"{owner.node.name}.{name[:60]} is not known") from None


def call(
    interpreter: "Interpreter", function: Any, args: list[Any], named: "Env", node: ast.Call
) -> Any:
    """Return the result of a call."""
    match function:
        case Function():
            return interpreter.invoke(function, args, named, node)
        case Class():
            return construct(interpreter, function, args, named, node)
        case Module() | Composed() | Instance():
            return applying.apply(interpreter, function, args, named, node)
        case BoundMethod():
            return _bound(interpreter, function, args, named, node)
        case Name(path=path):
            return _named(interpreter, path, args, named, node)
        case Opaque():
            return Opaque("call")
    raise refused(node, "this call is not read")


def construct(
    interpreter: "Interpreter", kind: Class, args: list[Any], named: "Env", node: ast.AST
) -> Instance:
    """Return an object of a class of the file."""
    instance = Instance(kind, getattr(node, "lineno", kind.node.lineno))
    initialise = kind.method("__init__")
    if initialise is not None:
        interpreter.invoke(
            _method(instance, _owner(kind, "__init__"), initialise), args, named, node
        )
    elif args and _is_sequence(kind):
        instance.attributes[SEQUENCE] = sequential(args, node)
    return instance


def _owner(kind: Class, name: str) -> Class:
    """Return the class that defines a method."""
    if name in kind.methods:
        return kind
    return next((_owner(base, name) for base in kind.bases if base.method(name)), kind)


def _is_sequence(kind: Class) -> bool:
    return SEQUENCE in kind.constants or any(map(_is_sequence, kind.bases))


# methods


def _bound(
    interpreter: "Interpreter", method: BoundMethod, args: list[Any], named: "Env", node: ast.Call
) -> Any:
    owner, name = method.owner, method.name
    match owner:
        case Super():
            return _of_super(interpreter, owner, name, args, named, node)
        case Tensor():
            return _of_tensor(interpreter, owner, name, args, named, node)
        case Instance():
            return _of_module(owner, name, args, node)
        case Composed():
            if name in ("append", "add_module"):
                key = str(args[0]) if name == "add_module" else _free(owner, args[-1])
                owner.parts[key] = args[-1]
                return owner
            return Opaque(name)
        case Module():
            return Opaque(name)  # .weight, .bias, .requires_grad_(): no part of the architecture
        case Modules():
            modules = {k: v for k, v in owner.owner.attributes.items() if isinstance(v, MODULES)}
            return list(getattr(modules, name)()) if name in ("items", "keys", "values") else None
    if name not in METHODS.get(type(owner), ()):
        raise refused(node, f"the method {name[:60]!r} is not read")
    if isinstance(owner, str):
        text = getattr(owner, name)(*(a for a in args if isinstance(a, str | int | float | list)))
        return text[:MOST_TEXT] if isinstance(text, str) else text
    try:
        result = getattr(owner, name)(*args, **named)
    except (IndexError, TypeError, ValueError, KeyError):
        raise refused(node, f"{name} cannot be done here") from None
    is_view = name in ("items", "keys", "values")
    return list(result) if is_view else result


def _of_super(
    interpreter: "Interpreter",
    owner: Super,
    name: str,
    args: list[Any],
    named: "Env",
    node: ast.Call,
) -> Any:
    for base in owner.kind.bases:
        method = base.method(name)
        if method is not None:
            kind = _owner(base, name)
            return interpreter.invoke(_method(owner.owner, kind, method), args, named, node)
    if name == "__init__" and args and _is_sequence(owner.kind):
        owner.owner.attributes[SEQUENCE] = sequential(args, node)
        return None
    if name == "forward" and SEQUENCE in owner.owner.attributes:
        modules = owner.owner.attributes[SEQUENCE]
        return applying.apply(interpreter, modules, args, named, node)
    return None


def _of_module(owner: Instance, name: str, args: list[Any], node: ast.Call) -> Any:
    if name in ("add_module", "register_module") and len(args) == 2:
        set_attribute(owner, str(args[0]), args[1])
        return None
    if name == "get_submodule" and len(args) == 1:
        value: Any = owner
        for part in str(args[0]).split("."):
            value = attribute(value, part, node)
        return value
    if name in ("eval", "train", "to"):
        return owner
    if name in ("children",):
        return [each for each in owner.attributes.values() if isinstance(each, MODULES)]
    return Opaque(name)  # registered buffers, initial values


def _of_tensor(
    interpreter: "Interpreter",
    owner: Tensor,
    name: str,
    args: list[Any],
    named: "Env",
    node: ast.Call,
) -> Any:
    if name in PASSING:
        return owner
    if name in ("size", "dim"):
        return Size(args[0] % 4) if args and isinstance(args[0], int) else Shape()
    if name in ("add", "add_", "mul", "mul_") and len(args) == 1 and isinstance(args[0], Tensor):
        join = "Residual" if name.startswith("add") else "Gate"
        return Tensor(node.lineno, before=(owner, args[0]), join=join)
    return _function(interpreter, name, [owner, *args], named, node)


# names of torch


def _named(
    interpreter: "Interpreter", path: str, args: list[Any], named: "Env", node: ast.Call
) -> Any:
    package, _, name = path.rpartition(".")
    if package == "builtins":
        return _builtin(interpreter, name, args, named, node)
    if package == "carried":
        return _carried(name, args, named, node)
    if path.startswith(IGNORED_CALLS):
        return Opaque(path)
    if path in ("collections.OrderedDict",):
        return dict(*args, **named)
    if path in ("torch.no_grad", "torch.inference_mode", "torch.set_grad_enabled"):
        return Opaque(path)
    if not path.startswith("torch"):
        return Opaque(path)
    if package == "torch.nn":
        return _module(name, args, named, node)
    return _function(interpreter, name, args, named, node)


def _module(name: str, args: list[Any], named: "Env", node: ast.Call) -> Any:
    if name == "Sequential":
        return sequential(args, node)
    if name in ("ModuleList", "ParameterList"):
        return list(args[0]) if args and isinstance(args[0], list | tuple) else []
    if name == "ModuleDict":
        return dict(args[0]) if args and isinstance(args[0], dict) else {}
    if name in ("Parameter", "CrossEntropyLoss", "MSELoss", "NLLLoss"):
        return Opaque(name)
    if name not in NN:
        from convscope.errors import nearest

        close = nearest(name, NN)
        raise refused(
            node,
            f"nn.{name[:60]} is not one of convscope's layers",
            expected="layers of `convscope list layers`",
            fix=f"the nearest is nn.{close[0]}" if close else "",
        )
    return module_of(f"nn.{name}", NN[name], args, named, node)


def _carried(name: str, args: list[Any], named: "Env", node: ast.Call) -> Any:
    if name not in COMPOSITIONS:
        if name not in CARRIED:
            raise refused(node, f"{name} is not read")
        return module_of(name, CARRIED[name], args, named, node)
    parameters = COMPOSITIONS[name]
    parts = {**dict(zip(parameters, args, strict=False)), **named}
    for part in parts.values():
        if not isinstance(part, MODULES):
            raise refused(node, f"{name} takes modules")
    return Composed(name, parts, node.lineno)


def module_of(title: str, row: Row, args: list[Any], named: "Env", node: ast.AST) -> Module:
    """Return the module of a row for the arguments of a call."""
    values = bound(title, row.parameters, args, named, node)
    for name, fixed in row.fixed.items():
        if values.get(name) != fixed:
            raise refused(
                node,
                f"{title} with {name}={values[name]!r} is not read",
                expected=f"{name}={fixed}",
            )
    try:
        layer = row.layer(values)
    except ArchitectureError as error:
        raise refused(
            node, f"{title}: {error.given}", expected=error.expected, fix=error.fix
        ) from None
    except (TypeError, ValueError, AttributeError):
        raise refused(node, f"the arguments of {title} are not read") from None
    size = values.get(row.states)
    declared = Declared(size, row.states) if isinstance(size, int) else None
    return Module(layer, getattr(node, "lineno", 0), declared)


def bound(
    title: str, parameters: Mapping[str, Any], args: list[Any], named: "Env", node: ast.AST
) -> dict[str, Any]:
    """Return the values of parameters for the arguments of a call."""
    names = list(parameters)
    if len(args) > len(names):
        raise refused(node, f"{title} takes at most {len(names)} arguments")
    arguments = {**dict(zip(names, args, strict=False)), **named}
    values: dict[str, Any] = {}
    for name, value in arguments.items():
        if name not in parameters and name not in IGNORED:
            raise refused(node, f"{title} has no parameter {name[:60]!r}")
        if isinstance(value, Opaque) and name not in ("training", *IGNORED):
            raise refused(node, f"the value of {name} is not known", expected="a number")
        values[name] = value
    for name, default in parameters.items():
        if name not in values:
            if default is REQUIRED:
                raise refused(node, f"{title} needs a value for {name}")
            values[name] = default
    return values


def sequential(args: list[Any], node: ast.AST) -> Composed:
    """Return the modules of `nn.Sequential`: named ones, or ones with names by their kind."""
    composed = Composed("Chain", {}, getattr(node, "lineno", 0))
    if len(args) == 1 and isinstance(args[0], dict):
        for name, module in args[0].items():
            _check_module(module, node)
            composed.parts[str(name)] = module
        return composed
    for module in args:
        _check_module(module, node)
        composed.parts[_free(composed, module)] = module
    return composed


def _check_module(module: Any, node: ast.AST) -> None:
    if not isinstance(module, MODULES):
        raise refused(node, "nn.Sequential takes modules")


def _free(composed: Composed, module: Any) -> str:
    stem = applying.stem(module)
    number = 1
    while (name := f"{stem}{number}") in composed.parts:
        number += 1
    return name


# functions of tensors


def _function(
    interpreter: "Interpreter", name: str, args: list[Any], named: "Env", node: ast.Call
) -> Any:
    if name in ("cat", "concat", "concatenate"):
        return _concatenated(args, named, node)
    if name in ("add", "mul") and len(args) == 2 and all(isinstance(a, Tensor) for a in args):
        join = "Residual" if name == "add" else "Gate"
        return Tensor(node.lineno, before=(args[0], args[1]), join=join)
    named = {("x" if key in ("input", "self") else key): value for key, value in named.items()}
    x = named.pop("x", None)
    tensor, *others = args if x is None else [x, *args]
    if not isinstance(tensor, Tensor):
        return Opaque(name)
    if name == "log_softmax":
        interpreter.note(node, "log_softmax was left out: the loss of convscope includes it")
        return tensor
    if name in ("flatten", "view", "reshape", "squeeze"):
        return _flattened(name, tensor, others, named, node)
    if name in ("mean", "amax"):
        return _pooled(name, tensor, others, named, node)
    if name == "pad":
        values = bound(
            "F.pad", {"pad": REQUIRED, "mode": "constant", "value": None}, others, named, node
        )
        if values["mode"] != "constant" or values["value"] not in (None, 0, 0.0):
            raise refused(node, "F.pad is read with zeros only")
        module = module_of("F.pad", NN["ZeroPad2d"], [_four(values["pad"], node)], {}, node)
        return applying.layer(tensor, module, "pad", node)
    operation = FUNCTIONS.get(name)
    if operation is None:
        raise refused(
            node,
            f"the function {name[:60]!r} of a tensor is not read",
            expected="layers, torch.cat, +, *, flatten, and common functions",
        )
    values = bound(name, operation.parameters, others, named, node)
    row = NN[operation.module]
    fields: Values = {key: value for key, value in values.items() if key in row.parameters}
    module = module_of(name, row, [], dict(fields), node)
    return applying.layer(tensor, module, operation.name, node)


def _four(padding: Any, node: ast.AST) -> tuple[int, ...]:
    sides = tuple(padding) if isinstance(padding, list | tuple) else ()
    if len(sides) == 2:
        sides = (*sides, 0, 0)
    if len(sides) != 4:
        raise refused(node, "F.pad is read with two or four numbers")
    return sides


def _concatenated(args: list[Any], named: "Env", node: ast.Call) -> Tensor:
    tensors = args[0] if args else named.get("tensors")
    axis = args[1] if len(args) > 1 else named.get("dim", named.get("axis", 0))
    is_list = isinstance(tensors, list | tuple) and all(isinstance(t, Tensor) for t in tensors)
    if not is_list or not tensors:
        raise refused(node, "torch.cat is read with a list of tensors")
    if axis not in (1, -3):
        raise refused(
            node, f"torch.cat along dim {axis} is not read", expected="dim=1, the channels"
        )
    branches: tuple[Tensor, ...] = tuple(tensors)
    return branches[0] if len(branches) == 1 else Tensor(node.lineno, "", None, branches, "Concat")


def _flattened(name: str, tensor: Tensor, args: list[Any], named: "Env", node: ast.Call) -> Tensor:
    if name == "flatten":
        values = bound("flatten", {"start_dim": 0, "end_dim": -1}, args, named, node)
        fits = values == {"start_dim": 1, "end_dim": -1}
    elif name == "squeeze":
        fits = True
    else:
        sizes = list(args[0]) if len(args) == 1 and isinstance(args[0], list | tuple) else args
        first = len(sizes) == 2 and (isinstance(sizes[0], Size) or sizes[0] == -1)
        fits = first and isinstance(sizes[1], int | Opaque)
    if not fits:
        raise refused(
            node,
            f"this {name} is not read",
            expected="torch.flatten(x, 1), or x.view(x.size(0), -1)",
        )
    module = module_of("flatten", NN["Flatten"], [], {}, node)
    return applying.layer(tensor, module, "flatten", node)


def _pooled(name: str, tensor: Tensor, args: list[Any], named: "Env", node: ast.Call) -> Tensor:
    values = bound(name, {"dim": None, "keepdim": False}, args, named, node)
    axes = values["dim"]
    if not isinstance(axes, list | tuple) or {axis % 4 for axis in axes} != {2, 3}:
        raise refused(node, f"this {name} is not read", expected="dim=(2, 3), height and width")
    row = CARRIED["GlobalAvgPool2d"] if name == "mean" else NN["AdaptiveMaxPool2d"]
    module = module_of(name, row, [] if name == "mean" else [1], {}, node)
    pooled = applying.layer(tensor, module, "pool", node)
    if values["keepdim"]:
        return pooled
    return applying.layer(
        pooled, module_of("flatten", NN["Flatten"], [], {}, node), "flatten", node
    )


def sliced(interpreter: "Interpreter", tensor: Tensor, node: ast.Subscript, env: "Env") -> Tensor:
    """Return channels of a tensor: `x[:, a:b]`."""
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else []
    channels = parts[1] if len(parts) >= 2 else None
    others = [part for number, part in enumerate(parts) if number != 1]
    whole = all(isinstance(p, ast.Slice) and not p.lower and not p.upper for p in others)
    if not whole or not isinstance(channels, ast.Slice) or channels.step:
        raise refused(node, "this part of a tensor is not read", expected="x[:, start:stop]")
    bounds = [
        None if part is None else interpreter.evaluate(part, env)
        for part in (channels.lower, channels.upper)
    ]
    row = CARRIED["SelectChannels"]
    module = module_of("channels", row, [bounds[0] or 0, bounds[1]], {}, node)
    return applying.layer(tensor, module, "channels", node)


# functions of Python


def _builtin(
    interpreter: "Interpreter", name: str, args: list[Any], named: "Env", node: ast.Call
) -> Any:
    if name == "getattr" and len(args) >= 2:
        return attribute(args[0], str(args[1]), node)
    if name == "setattr" and len(args) == 3 and isinstance(args[0], Instance):
        return set_attribute(args[0], str(args[1]), args[2])
    if name == "hasattr" and len(args) == 2 and isinstance(args[0], Instance):
        return str(args[1]) in args[0].attributes
    if name in ("enumerate", "list", "tuple", "zip", "reversed", "len", "sum", "max", "min"):
        args = [
            interpreter.items(each, node)
            if isinstance(each, range | Composed) or (isinstance(each, dict) and name != "len")
            else each
            for each in args
        ]
    if name == "range" and not all(isinstance(each, int) for each in args):
        raise refused(node, "a range of this is not read", expected="whole numbers")
    function = BUILTINS.get(name)
    if function is None or any(isinstance(each, Tensor | Opaque) for each in args):
        return Opaque(name)
    try:
        return function(*args, **named)
    except (TypeError, ValueError, OverflowError):
        raise refused(node, f"{name}(...) cannot be computed here") from None
