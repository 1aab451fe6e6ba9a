"""Entrance of the reader: a file of PyTorch source, and the architecture in it."""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple, cast

from convscope.arch import Architecture
from convscope.arch.block import COMPOSITIONS, AnyBlock, Chain, Composition
from convscope.arch.fold import Place, flow, fold, join_path
from convscope.errors import ArchitectureError, FormatError
from convscope.export.pytorch.carried import definitions
from convscope.export.pytorch.reading.applying import tree_of
from convscope.export.pytorch.reading.calls import COMPOSITIONS as CARRIED_COMPOSITIONS
from convscope.export.pytorch.reading.calls import construct
from convscope.export.pytorch.reading.graph import Branching, Leaf, Tree
from convscope.export.pytorch.reading.interpreter import Interpreter
from convscope.export.pytorch.reading.modules import CARRIED
from convscope.export.pytorch.reading.values import (
    AnyModule,
    Class,
    Declared,
    Instance,
    Module,
    Name,
    refused,
)
from convscope.layers import Identity, Layer
from convscope.shapes import CHW, Shape

MOST_BYTES = 1 << 20
MOST_NODES = 200_000
MOST_NESTED = 100
SIDES = (28, 32, 224, 64, 96, 128, 227, 299, 48, 160, 192, 256, 16, 8)
"""Heights and widths that are tried for a network whose source does not name its input."""

SIZES = re.compile(r"Images \(N, (\d{1,9}), (\d{1,9}), (\d{1,9})\) in, logits \(N, (\d{1,9})\) out")
WRITTEN = re.compile(r"\A([a-z0-9][a-z0-9_]{0,63}): written by convscope")
CLASSES = ("num_classes", "n_classes", "classes", "num_class", "nclass", "n_class", "num_labels")
CHANNELS = ("in_channels", "channels", "in_chans", "num_channels", "input_channels", "n_channels")


class ReadSource(NamedTuple):
    """An architecture that was read, and sentences about what was left out."""

    architecture: Architecture
    notes: tuple[str, ...]


def read_source(
    text: str,
    *,
    input: CHW | None = None,
    num_classes: int | None = None,
    name: str = "",
    where: str = "",
) -> ReadSource:
    """Return the architecture in PyTorch source. Nothing of it is executed.

    Args:
        input: of the network; by default the size that an exported file names, else the first
            common size that fits.
        num_classes: for a class that takes the number as an argument.
        name: of the architecture; by default that of the class.
        where: the file, for messages.

    Raises:
        FormatError: no Python, too large, or a line that cannot be read: `where` has its number.
        ArchitectureError: the network that it describes does not fit.
    """
    try:
        return _read(text, input, num_classes, name)
    except (FormatError, ArchitectureError) as error:
        place = " ".join(part for part in (where, error.where) if part)
        raise type(error)(
            error.given, expected=error.expected, fix=error.fix, where=place
        ) from None


def _read(text: str, input: CHW | None, num_classes: int | None, name: str) -> ReadSource:
    module = _parsed(text)
    interpreter = Interpreter()
    root, title = _network(interpreter, module, input, num_classes)
    tree = tree_of(interpreter, root)
    plain = _blocks(tree)
    docstring = ast.get_docstring(module) or ""
    documented = SIZES.search(text)
    sizes: Iterator[CHW] = iter(())
    if input is not None:
        sizes = iter((input,))
    elif documented:
        sizes = iter((CHW(*(int(part) for part in documented.groups()[:3])),))
    else:
        channels = _first_channels(plain.modules)
        sizes = (CHW(number, side, side) for number in channels for side in SIDES)
    written = WRITTEN.match(docstring)
    own = name or (written[1] if written else _snake(title))
    weights = _head_weights(root)
    return ReadSource(_fitted(plain, sizes, own, weights), tuple(interpreter.notes))


def _parsed(text: str) -> ast.Module:
    """Return the syntax tree of a text of bounded size and depth."""
    if len(text) > MOST_BYTES:
        raise FormatError(f"{len(text):,} characters", expected=f"at most {MOST_BYTES:,}")
    depth = 0
    for character in text:  # brackets inside of each other make the parser recurse
        depth += (character in "([{") - (character in ")]}")
        if depth > MOST_NESTED:
            raise FormatError("brackets are nested too deeply", expected=f"at most {MOST_NESTED}")
    try:
        module = ast.parse(text)
    except SyntaxError as error:
        raise refused(error.lineno or 0, f"this is not Python: {error.msg}") from None
    except (ValueError, RecursionError, MemoryError):
        raise FormatError(
            "this is not Python source", expected="a file of PyTorch source"
        ) from None
    try:
        nodes = sum(1 for _ in ast.walk(module))
    except RecursionError:
        nodes = MOST_NODES + 1
    if nodes > MOST_NODES or _depth(module) > MOST_NESTED:
        raise FormatError("the source is too large or nested too deeply")
    return module


def _depth(module: ast.Module) -> int:
    depth, level = 0, [cast(ast.AST, module)]
    while level:
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        depth += 1
        if depth > 4 * MOST_NESTED:
            break
    return depth // 3


@cache
def _carried() -> Mapping[str, str]:
    """Return the syntax of the classes that exported files carry, by name."""
    names = {*CARRIED, *CARRIED_COMPOSITIONS}
    known = definitions()
    return {name: _dumped(ast.parse(known[name]).body[0]) for name in names if name in known}


def _dumped(node: ast.stmt) -> str:
    return ast.dump(node, include_attributes=False)


def _network(
    interpreter: Interpreter, module: ast.Module, input: CHW | None, num_classes: int | None
) -> tuple[AnyModule, str]:
    """Return the network of a file: its last module, else its last class with a forward."""
    names = interpreter.names
    carried = _carried()
    faults: list[FormatError] = []
    for statement in module.body:
        if isinstance(statement, ast.ClassDef) and _dumped(statement) == carried.get(
            statement.name
        ):
            names[statement.name] = Name(f"carried.{statement.name}")
            continue
        try:
            interpreter.run([statement], names)
        except FormatError as error:  # a line that the network may not need
            faults.append(error)
            for target in _targets(statement):
                names[target] = error
    variables = [key for key, value in names.items() if isinstance(value, AnyModule)]
    if variables:
        value = names[variables[-1]]
        title = value.kind.node.name if isinstance(value, Instance) else variables[-1]
        return value, title
    classes = [value for value in names.values() if isinstance(value, Class)]
    networks = [each for each in classes if each.method("forward") and not _is_part(each, classes)]
    if not networks:
        if faults:
            raise faults[0]
        raise FormatError(
            "there is no network in this source",
            expected="a class with a forward, or nn.Sequential(...)",
        )
    last = networks[-1]
    arguments = _arguments(last, input, num_classes)
    return construct(interpreter, last, [], arguments, last.node), last.node.name


def _targets(statement: ast.stmt) -> list[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    names = [each.id for each in targets if isinstance(each, ast.Name)]
    return [*names, statement.name] if isinstance(statement, ast.ClassDef) else names


def _is_part(kind: Class, classes: list[Class]) -> bool:
    """Return whether other classes inherit from this one: it is a base, not the network."""
    return any(kind in each.bases for each in classes)


def _arguments(kind: Class, input: CHW | None, num_classes: int | None) -> dict[str, Any]:
    """Return values for the parameters of the network that have no default."""
    method = kind.method("__init__")
    if method is None:
        return {}
    names = [each.arg for each in method.args.args[1:]]
    required = names[: len(names) - len(method.args.defaults)]
    values: dict[str, Any] = {}
    for name in required:
        if name in CLASSES:
            values[name] = num_classes or 10
        elif name in CHANNELS:
            values[name] = input.channels if input else 3
        else:
            raise refused(
                method,
                f"{kind.node.name} needs a value for {name!r}",
                expected="a default for every parameter",
                fix=f"add a line: network = {kind.node.name}(...)",
            )
    return values


def _head_weights(root: AnyModule) -> tuple[float, ...]:
    try:
        weights = root.kind.constant("head_weights") if isinstance(root, Instance) else ()
    except KeyError:
        return ()
    known = isinstance(weights, tuple) and all(isinstance(w, int | float) for w in weights)
    return tuple(float(weight) for weight in weights) if known else ()


# the tree as blocks


class _Plain(NamedTuple):
    """Blocks, and the module of each layer by path; one that needs its input is `Identity()`."""

    block: Chain
    modules: Mapping[str, Module]


def _blocks(tree: Tree) -> _Plain:
    modules: dict[str, Module] = {}
    kinds = {kind.__name__: kind for kind in COMPOSITIONS}

    def walk(tree: Tree, path: str) -> AnyBlock:
        if isinstance(tree, Leaf):
            if isinstance(tree.module, Module):
                modules[path] = tree.module
                layer = tree.module.layer
                return cast(AnyBlock, layer if isinstance(layer, Layer) else Identity())
            return cast(AnyBlock, tree.module)
        parts = {name: walk(part, join_path(path, name)) for name, part in tree.parts.items()}
        try:
            build: Any = kinds[tree.type]
            return cast(AnyBlock, build(**parts))
        except ArchitectureError as error:
            raise refused(tree.line, error.given, expected=error.expected) from None

    if not isinstance(tree, Branching) or tree.type != "Chain":
        tree = Branching("Chain", {"network": tree}, tree.line)
    return _Plain(cast(Chain, walk(tree, "")), modules)


def _first_channels(modules: Mapping[str, Module]) -> tuple[int, ...]:
    """Return the channels that the first layer with a stated input takes, or usual ones."""
    stated = (each.declared for each in modules.values() if each.declared)
    first: Declared | None = next(stated, None)
    return (first.size,) if first and first.name != "in_features" else (1, 3)


class _Resolver:
    """Walks the blocks with shapes: finds out layers, and compares stated sizes of inputs."""

    def __init__(self, modules: Mapping[str, Module]) -> None:
        self.modules = modules
        self.layers: dict[str, Layer] = {}

    def enter(self, block: AnyBlock, place: Place) -> None:
        pass

    def layer(self, layer: Layer, place: Place, x: Shape) -> Shape:
        module = self.modules.get(place.path)
        if module is not None:
            if not isinstance(module.layer, Layer):
                layer = self.layers[place.path] = module.layer(x)
            declared = module.declared
            if declared is not None and declared.size != x[0]:
                raise ArchitectureError(
                    f"{declared.name}={declared.size}, but the input is {x}",
                    expected=f"{declared.name}={x[0]}",
                    where=f"line {module.line}: {place.path}",
                )
        try:
            return layer.output_shape(x)
        except ArchitectureError as error:
            line = f"line {module.line}: " if module and module.line else ""
            raise error.at(line + place.path) from None

    def join(self, block: Composition, place: Place, ends: Mapping[str, Shape]) -> Shape:
        try:
            return block.joined(ends)
        except ArchitectureError as error:
            raise error.at(place.path) from None

    def side(self, block: Composition, place: Place, ends: Mapping[str, Shape]) -> None:
        pass


def _fitted(
    plain: _Plain, sizes: Iterator[CHW], name: str, weights: tuple[float, ...]
) -> Architecture:
    """Return the architecture for the first size that fits."""
    first: ArchitectureError | None = None
    for size in sizes:
        resolver = _Resolver(plain.modules)
        try:
            output = flow(plain.block, cast(Shape, size), resolver)
            block = _completed(plain.block, resolver.layers, weights)
            return Architecture(
                name=name[:64] or "network", input=size, num_classes=output[0], block=block
            )
        except ArchitectureError as error:
            first = first or error
    assert first is not None
    raise first


def _completed(block: Chain, layers: Mapping[str, Layer], weights: tuple[float, ...]) -> AnyBlock:
    """Return the blocks with the layers that depend on their input, and the weights of heads."""
    heads = iter(weights)

    def composition(old: Composition, _path: str, parts: dict[str, AnyBlock]) -> AnyBlock:
        new = old.with_parts(parts)
        if old.flow == "side":
            weight = next(heads, None)
            new = new if weight is None else new.model_copy(update={"weight": weight})
        return cast(AnyBlock, new)

    def layer(old: Layer, path: str) -> AnyBlock:
        return cast(AnyBlock, layers.get(path, old))

    return fold(block, layer=layer, composition=composition)


def _snake(title: str) -> str:
    """Return a name for an architecture: `MyNet` -> `my_net`."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", title)
    name = re.sub(r"[^a-z0-9_]", "_", apart.lower()).strip("_")
    return name if re.fullmatch(r"[a-z0-9][a-z0-9_]{0,63}", name) else "network"
