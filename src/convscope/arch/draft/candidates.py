"""Candidates of fixes: changes that may make a block fit. `fixes` tries each of them."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from convscope.arch.block import NAME
from convscope.arch.draft.changes import Change, free_name
from convscope.arch.draft.checking import Checked, Problem
from convscope.arch.draft.reading import (
    KINDS,
    MOST_NAME,
    TYPES,
    Data,
    example,
    field_names,
    raw_at,
    raw_parts,
    read_layer,
)
from convscope.arch.fold import join_path
from convscope.errors import ArchitectureError, nearest
from convscope.layers.entries import our_name
from convscope.shapes import CHW, Features, Shape

FLATTEN: Data = {"type": "Flatten"}
GLOBAL_POOL: Data = {"type": "GlobalAvgPool2d"}
LARGER_INPUTS = (2, 3, 4, 6, 8)


class Candidate(NamedTuple):
    """Changes that may fix a problem, with the kind and the values of their text."""

    kind: str
    values: Mapping[str, str]
    changes: tuple[Change, ...]


def candidates(checked: Checked, problem: Problem) -> Iterator[Candidate]:
    """Yield candidates for a problem, those that change least first."""
    match problem.stage:
        case "form":
            yield from _readable(checked, problem)
        case "input":
            yield from _for_input(checked, problem)
        case "join":
            yield from _joined(checked, problem)
        case "output":
            yield from _ends(checked, problem)
    if problem.path and problem.stage != "output":
        yield from _removed(checked, problem.path)


def split(path: str) -> tuple[str, str]:
    """Return the path of the block around, and the name inside: `a.b.c` -> (`a.b`, `c`)."""
    around, _, name = path.rpartition(".")
    return around, name


def _set(path: str, data: Data, **fields: Any) -> Iterator[Candidate]:
    """Yield the candidate that sets fields of the block at a path; none if nothing changes."""
    new = {name: value for name, value in fields.items() if value != _value(data, name)}
    if new:
        text = ", ".join(f"{name}={_written(value)}" for name, value in new.items())
        values = {"path": path, "settings": text, "field": ",".join(new)}
        yield Candidate("set", values, (Change("put", path, {**data, **new}),))


def _value(data: Data, field: str) -> Any:
    """Return a setting of a layer, or its default."""
    kind = TYPES.get(str(data.get("type")))
    return data[field] if field in data else getattr(kind, field, None)


def _written(value: object) -> str:
    return "x".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _removed(checked: Checked, path: str) -> Iterator[Candidate]:
    around, name = split(path)
    outer = raw_at(checked.draft.data, around)
    if outer is None:
        return
    kind = KINDS[outer["type"]]
    if kind.part_names and name == "shortcut":
        yield Candidate("remove", {"path": path}, (Change("put", path, {"type": "Identity"}),))
    elif not kind.part_names and len(raw_parts(outer)) > 1:
        yield Candidate("remove", {"path": path}, (Change("remove", path),))


# a block that cannot be read


def _readable(checked: Checked, problem: Problem) -> Iterator[Candidate]:
    data = raw_at(checked.draft.data, problem.path)
    if data is None:
        return
    own = split(problem.path)[1]
    if not NAME.fullmatch(own):
        new = re.sub(r"\W", "_", own, flags=re.ASCII)[:MOST_NAME]
        new = new if NAME.fullmatch(new) else f"block_{new}"[:MOST_NAME]
        values = {"path": problem.path, "name": new}
        yield Candidate("rename", values, (Change("rename", problem.path, name=new),))
        return
    name = str(data.get("type"))
    kind = TYPES.get(name)
    if kind is None:
        known = [ours] if (ours := our_name(name)) else nearest(name, [*TYPES])
        for other in known:
            if other in TYPES:
                start = example(TYPES[other])
                block = {"type": other, **start} | {n: data[n] for n in start if n in data}
                values = {"path": problem.path, "type": other}
                yield Candidate("replace", values, (Change("put", problem.path, block),))
        return
    start, names = example(kind), field_names(kind)
    kept = {field: value for field, value in data.items() if field in ("type", *names)}
    missing = {field: value for field, value in start.items() if field not in kept}
    required = {field: missing[field] for field in missing if _is_required(name, field)}
    whole = {**kept, **required}
    if surplus := [field for field in data if field not in kept]:
        values = {"path": problem.path, "settings": ", ".join(map(str, surplus))}
        yield Candidate("drop", values, (Change("put", problem.path, whole),))
    if required:
        yield from _set(problem.path, kept, **required)
    for field, value in () if surplus else kept.items():
        for better in _values(field, whole, start):
            if better != value:
                yield from _set(problem.path, whole, **{field: better})
    values = {"path": problem.path, "type": name}
    yield Candidate("reset", values, (Change("put", problem.path, {"type": name, **start}),))


def _is_required(type_name: str, field: str) -> bool:
    data = {"type": type_name, **example(TYPES[type_name])}
    try:
        read_layer({name: value for name, value in data.items() if name != field})
    except ArchitectureError:
        return True
    return False


def _values(field: str, data: Data, start: Mapping[str, Any]) -> Iterator[Any]:
    """Yield values of a field that fit the other fields, then that of the example."""
    groups, channels = data.get("groups"), data.get("out_channels")
    if isinstance(groups, int) and isinstance(channels, int) and groups > 0 and channels > 0:
        if field == "out_channels":
            yield max(groups, round(channels / groups) * groups)
        if field == "groups":
            yield math.gcd(groups, channels)
    if field in ("stride", "dilation", "groups"):
        yield 1
    if field in start:
        yield start[field]


# an input that does not fit


def _for_input(checked: Checked, problem: Problem) -> Iterator[Candidate]:
    path, shape = problem.path, problem.inputs.get("")
    data = raw_at(checked.draft.data, path)
    if data is None or shape is None:
        return
    for field, value in fitted_fields(data, shape):
        yield from _set(path, data, **{field: value})
    around, name = split(path)
    outer = raw_at(checked.draft.data, around)
    if outer is None:
        return
    if isinstance(shape, CHW):
        yield from _inserted(outer, path, (("flatten", FLATTEN),))
        yield from _inserted(outer, path, (("pool", GLOBAL_POOL), ("flatten", FLATTEN)))
    siblings = list(raw_parts(outer))
    before = siblings[: siblings.index(name)] if name in siblings else []
    if before and not KINDS[outer["type"]].part_names:
        previous = join_path(around, before[-1])
        yield Candidate("remove", {"path": previous}, (Change("remove", previous),))
    channels, height, width = checked.draft.input
    for times in LARGER_INPUTS:
        size = [channels, height * times, width * times]
        values = {"settings": "x".join(map(str, size))}
        yield Candidate("input", values, (Change("input", value=size),))


def fitted_fields(data: Data, shape: Shape) -> Iterator[tuple[str, Any]]:
    """Yield (field, value) with which a layer takes an input of this shape."""
    names = [*data, *field_names(TYPES[data["type"]])]
    options: list[tuple[str, Any]] = []
    if isinstance(shape, CHW):
        kernel = _pair(data.get("kernel_size", 1))
        dilation = _pair(data.get("dilation", 1))
        pads = [d * (k - 1) // 2 + d * (k - 1) % 2 for k, d in zip(kernel, dilation, strict=True)]
        options = [
            ("groups", math.gcd(shape.channels, data.get("out_channels") or shape.channels)),
            ("groups", math.gcd(shape.channels, data.get("groups") or 1)),
            ("groups", 1),
            ("padding", short(pads)),
            ("padding", "same_tensorflow"),
            ("dilation", 1),
            ("kernel_size", short([min(kernel[0], shape.height), min(kernel[1], shape.width)])),
            ("kernel_size", short([max(1, min(kernel[0], shape.height) // 2)] * 2)),
            ("stride", 1),
            ("padding", 0),
            ("padding_mode", "zeros"),
            ("output_padding", 0),
            ("stop", shape.channels),
            ("size", short([shape.height, shape.width])),
            ("out_channels", shape.channels),
        ]
    for field, value in options:
        if field in names and data.get(field) != value and _takes({**data, field: value}, shape):
            yield field, value


def _takes(data: Data, shape: Shape) -> bool:
    try:
        read_layer(data).output_shape(shape)
    except ArchitectureError:
        return False
    return True


def _pair(value: Any) -> tuple[int, int]:
    if isinstance(value, list | tuple) and len(value) == 2:
        return value[0], value[1]
    return (value, value) if isinstance(value, int) else (1, 1)


def short(sizes: list[int]) -> int | list[int]:
    """[3, 3] -> 3, as people write it."""
    return sizes[0] if sizes[0] == sizes[1] else sizes


def _inserted(outer: Data, path: str, blocks: tuple[tuple[str, Data], ...]) -> Iterator[Candidate]:
    """Yield the candidate that puts layers before the block at a path."""
    name = split(path)[1]
    types = " + ".join(str(block["type"]) for _, block in blocks)
    values = {"path": path, "type": types}
    if KINDS[outer["type"]].flow == "sequence":
        taken = dict(raw_parts(outer))
        changes = []
        for stem, block in blocks:
            free = free_name(stem, taken)
            taken[free] = block
            changes.append(Change("insert", path, block, free))
        yield Candidate("insert", values, tuple(changes))
        return
    inner = raw_parts(outer)[name]
    chain = {"type": "Chain", "blocks": {**dict(blocks), "layer": inner}}
    yield Candidate("insert", values, (Change("put", path, chain),))


# branches that do not fit together


def _joined(checked: Checked, problem: Problem) -> Iterator[Candidate]:
    shapes, path = problem.inputs, problem.path
    data = raw_at(checked.draft.data, path)
    if data is None:
        return
    parts = raw_parts(data)
    last = list(shapes)[-1]
    yield from _padded(checked, path, shapes)
    if {*shapes} == {"body", "shortcut"}:
        yield from _projections(path, shapes["body"], shapes["shortcut"])
        yield from _outputs(checked, join_path(path, "body"), shapes["shortcut"])
        body = {"path": path}
        if "body" in parts:
            yield Candidate("unwrap", body, (Change("put", path, parts["body"]),))
    elif {*shapes} == {"body", "gate"}:
        yield from _outputs(checked, join_path(path, "gate"), shapes["body"])
        yield from _gated(path, data, shapes["body"])
        yield from _outputs(checked, join_path(path, last), shapes["body"])
    else:
        for name in shapes:
            yield from _removed(checked, join_path(path, name))


def _layers(data: Data, path: str) -> Iterator[tuple[str, Data]]:
    """Yield the layers inside a block with their paths, the last first."""
    if str(data.get("type")) in TYPES:
        yield path, data
        return
    for name, part in reversed(list(raw_parts(data).items())):
        yield from _layers(part, join_path(path, name))


def _windowed(data: Data) -> bool:
    return "padding" in field_names(TYPES[data["type"]]) and "kernel_size" in data


def _padding(data: Data) -> int | list[int]:
    """Return the padding that keeps the size of an odd kernel."""
    kernel, dilation = _pair(data["kernel_size"]), _pair(data.get("dilation", 1))
    return short([d * (k - 1) // 2 for k, d in zip(kernel, dilation, strict=True)])


def _padded(checked: Checked, path: str, shapes: Mapping[str, Shape]) -> Iterator[Candidate]:
    """Yield candidates that give all branches one height and width."""
    maps = {name: shape for name, shape in shapes.items() if isinstance(shape, CHW)}
    if len(maps) != len(shapes):
        return
    sizes = [(shape.height, shape.width) for shape in maps.values()]
    usual = max(set(sizes), key=lambda size: (sizes.count(size), size))
    odd = [name for name, shape in maps.items() if (shape.height, shape.width) != usual]
    single: list[Candidate] = []
    every: list[Change] = []
    fields: list[str] = []
    for name in odd:
        place = join_path(path, name)
        data = raw_at(checked.draft.data, place)
        for at, layer in _layers(data, place) if data else ():
            if not _windowed(layer):
                continue
            padding = _padding(layer)
            options: list[dict[str, Any]] = [
                {"padding": padding},
                {"stride": 1},
                {"padding": padding, "stride": 1},
                {"padding": padding, "stride": _ratio(maps[name], usual)},
            ]
            single += [each for option in options for each in _set(at, layer, **option)]
            every.append(Change("put", at, {**layer, "padding": padding, "stride": 1}))
            fields.append(at)
    yield from single
    others = [name for name in maps if name not in odd]
    for name in others:  # or the others are made as small
        yield from _shrunk(checked, join_path(path, name), maps[name], maps[odd[0]]) if odd else ()
    if len(every) > 1:
        values = {"path": path, "settings": "stride=1, padding", "field": "padding,stride"}
        yield Candidate("set", values, tuple(every))


def _ratio(small: CHW, large: tuple[int, int]) -> int:
    return max(1, round(large[0] / small.height))


def _shrunk(checked: Checked, path: str, own: CHW, other: CHW) -> Iterator[Candidate]:
    data = raw_at(checked.draft.data, path)
    stride = round(own.height / other.height)
    for at, layer in _layers(data, path) if data else ():
        if stride > 1 and "stride" in field_names(TYPES[layer["type"]]):
            yield from _set(at, layer, stride=stride)


def _projections(path: str, body: Shape, shortcut: Shape) -> Iterator[Candidate]:
    """Yield shortcuts that give the shape of the body."""
    place = join_path(path, "shortcut")
    if isinstance(body, Features):
        block = {"type": "Linear", "out_features": body.features}
        yield Candidate("projection", {"path": place, "type": "Linear"}, (_put(place, block),))
        return
    if not isinstance(shortcut, CHW):
        return
    stride = max(1, -(-shortcut.height // body.height))
    size = {"stride": stride} if stride > 1 else {}
    conv = {"type": "Conv2d", "out_channels": body.channels, "kernel_size": 1, **size}
    normed = {
        "type": "Chain",
        "blocks": {"conv": {**conv, "bias": False}, "norm": {"type": "BatchNorm2d"}},
    }
    plain = {**conv, "bias": False}
    padded = {"type": "ZeroPadShortcut", "out_channels": body.channels, **size}
    text = {"path": place}
    yield Candidate("projection", {**text, "type": "Conv2d + BatchNorm2d"}, (_put(place, normed),))
    yield Candidate("projection", {**text, "type": "ZeroPadShortcut"}, (_put(place, padded),))
    yield Candidate("projection", {**text, "type": "Conv2d"}, (_put(place, plain),))


def _put(path: str, block: Data) -> Change:
    return Change("put", path, block)


def _outputs(checked: Checked, path: str, target: Shape) -> Iterator[Candidate]:
    """Yield candidates that set the number of outputs of the last layers of a block."""
    data = raw_at(checked.draft.data, path)
    for at, layer in list(_layers(data, path) if data else ())[:6]:
        for field in ("out_channels", "out_features"):
            if field in layer and layer[field] != target[0]:
                yield from _set(at, layer, **{field: target[0]})
                if _windowed(layer):
                    same = {field: target[0], "padding": _padding(layer), "stride": 1}
                    yield from _set(at, layer, **same)


def _gated(path: str, data: Data, body: Shape) -> Iterator[Candidate]:
    """Yield gates of squeeze-and-excitation that give one number for each channel."""
    place = join_path(path, "gate")
    gate = raw_parts(data).get("gate")
    if gate is None:
        return
    blocks: dict[str, Data] = {"inner": gate}
    if isinstance(body, CHW):
        expand = {"type": "Conv2d", "out_channels": body.channels, "kernel_size": 1}
        blocks |= {"average": GLOBAL_POOL, "expand": expand}
    else:
        blocks |= {"expand": {"type": "Linear", "out_features": body.features}}
    types = " + ".join(str(block["type"]) for name, block in blocks.items() if name != "inner")
    chain = {"type": "Chain", "blocks": {**blocks, "sigmoid": {"type": "Sigmoid"}}}
    yield Candidate("append", {"path": place, "type": f"{types} + Sigmoid"}, (_put(place, chain),))


# the outputs of the network


def _ends(checked: Checked, problem: Problem) -> Iterator[Candidate]:
    draft = checked.draft
    shape, classes = problem.inputs.get(""), draft.num_classes
    path = problem.path
    data = raw_at(draft.data, path)
    if data is None or shape is None:
        return
    if str(data.get("type")) in TYPES:  # a layer that gives probabilities
        yield from _removed(checked, path)
        return
    inside = join_path(path, "head") if path else path
    target = Features(classes)
    yield from _outputs(checked, inside, target)
    linear: Data = {"type": "Linear", "out_features": classes}
    if isinstance(shape, CHW):
        pooled = (("pool", GLOBAL_POOL), ("flatten", FLATTEN))
        outer = raw_at(draft.data, inside)
        if outer is not None and shape.channels == classes:
            yield from _appended(outer, inside, pooled)
        if outer is not None:
            yield from _appended(outer, inside, (*pooled, ("fc", linear)))
            yield from _appended(outer, inside, (("flatten", FLATTEN), ("fc", linear)))
    else:
        outer = raw_at(draft.data, inside)
        if outer is not None:
            yield from _appended(outer, inside, (("fc", linear),))
        values = {"settings": str(shape.features)}
        yield Candidate("classes", values, (Change("classes", value=shape.features),))


def _appended(outer: Data, path: str, blocks: tuple[tuple[str, Data], ...]) -> Iterator[Candidate]:
    """Yield the candidate that puts layers behind the last one of a chain."""
    values = {"path": path, "type": " + ".join(str(block["type"]) for _, block in blocks)}
    kind = KINDS.get(str(outer.get("type")))
    if kind is None or kind.flow != "sequence" or not raw_parts(outer):
        chain = {"type": "Chain", "blocks": {"layer": outer, **dict(blocks)}}
        if path:
            yield Candidate("append", values, (Change("put", path, chain),))
        return
    taken = dict(raw_parts(outer))
    at = list(taken)[-1]
    changes = []
    for stem, block in blocks:
        free = free_name(stem, taken)
        taken[free] = block
        changes.append(Change("insert", join_path(path, at), block, free, behind=True))
        at = free
    yield Candidate("append", values, tuple(changes))
