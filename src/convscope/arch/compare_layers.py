"""Layer tables side by side: which layers of several networks correspond, and what differs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from convscope.arch.architecture import Architecture
from convscope.arch.table import Row, by
from convscope.errors import InputError
from convscope.text import counted

MOST_ROWS = 600  # of a table; aligning takes time with the square of the number
FIELDS = ("type", "output_shape", "kernel", "stride", "groups", "parameters", "macs", "field_size")
"""Parts of two rows that are compared. Paths are names, which other networks choose otherwise."""

Place = tuple[int | None, ...]
Pair = tuple[int | None, int | None]


@dataclass(frozen=True)
class Aligned:
    """One row of each network, None where it has none.

    Attributes:
        differs: names of FIELDS in which the rows differ; empty if all are equal.
    """

    rows: tuple[Row | None, ...]
    differs: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "rows": [row and cells(row) for row in self.rows],
            "differs": list(self.differs),
        }


@dataclass(frozen=True)
class AlignedLayers:
    """The layers of several networks, aligned with those of the first.

    Attributes:
        depth: of the tables: the number of names of a path; None for single layers.
    """

    names: tuple[str, ...]
    depth: int | None
    rows: tuple[Aligned, ...]

    @property
    def num_equal(self) -> int:
        """Rows that all networks have, with nothing that differs."""
        return sum(not row.differs and None not in row.rows for row in self.rows)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "names": list(self.names),
            "depth": self.depth,
            "rows": [row.to_dict() for row in self.rows],
        }


def align_layers(*architectures: Architecture) -> AlignedLayers:
    """Return the layer tables of architectures side by side.

    Layers with the same role may stand side by side; those of one type match better, and those
    that are equal in FIELDS best (the receptive field aside, which earlier layers decide too). If
    a network has more than 600 layers, all are compared by their blocks.

    Raises:
        InputError: fewer than two architectures.
    """
    if len(architectures) < 2:
        raise InputError("name at least two architectures", fix="convscope compare lenet5 alexnet")
    depth = min(filter(None, map(_depth, architectures)), default=None)
    tables = [_entries(architecture, depth) for architecture in architectures]
    ways = [_ways(tables[0], table) for table in tables[1:]]
    rows: list[Aligned] = []
    for place in _merged(tables, ways):
        each = tuple(
            None if at is None else table[at].row for at, table in zip(place, tables, strict=True)
        )
        rows.append(Aligned(each, _differing(each)))
    return AlignedLayers(
        tuple(architecture.name for architecture in architectures), depth, tuple(rows)
    )


def cells(row: Row) -> dict[str, Any]:
    """Return what is shown and compared of a row, as plain data."""
    return {"path": row.path, **{name: _field(row, name) for name in FIELDS}}


def row_text(row: Row) -> str:
    """Return a row in a few words: `conv1 Conv2d 64x112x112, 7, stride 2, 9,408 parameters`."""
    window = row.window
    parts = [f"{row.path} {row.type} {row.output_shape}"]
    if window is not None:
        parts.append(by(window.kernel))
        parts += [f"stride {by(window.stride)}"] if window.stride != (1, 1) else []
        parts += [counted(window.groups, "group")] if window.groups > 1 else []
    parts += [counted(row.parameters, "parameter")] if row.parameters else []
    return ", ".join(parts)


class _Entry(NamedTuple):
    """A row with the role of its layer, which decides what it may be matched with."""

    row: Row
    role: str


def _depth(architecture: Architecture) -> int | None:
    """Return the depth at which a table has at most MOST_ROWS rows; None for single layers."""
    if len(architecture.trace.steps) <= MOST_ROWS:
        return None
    deepest = max(step.path.count(".") for step in architecture.trace.steps)
    depths = range(deepest, 1, -1)
    return next((d for d in depths if len(architecture.table(depth=d).rows) <= MOST_ROWS), 1)


def _entries(architecture: Architecture, depth: int | None) -> list[_Entry]:
    roles = {step.path: step.layer.role for step in architecture.trace.steps if step.layer}
    rows = architecture.table(depth=depth).rows
    return [_Entry(row, roles.get(row.path, row.type)) for row in rows]


def _field(row: Row, name: str) -> Any:
    if name in ("kernel", "stride"):
        return None if row.window is None else list(getattr(row.window, name))
    if name == "groups":
        return None if row.window is None else row.window.groups
    value = getattr(row, name)
    return list(value) if isinstance(value, tuple) else value


def _differing(rows: Sequence[Row | None]) -> tuple[str, ...]:
    there = [row for row in rows if row is not None]
    return tuple(
        name for name in FIELDS if any(_field(row, name) != _field(there[0], name) for row in there)
    )


def _ways(first: Sequence[_Entry], other: Sequence[_Entry]) -> list[Pair]:
    """Return pairs of row numbers, in order; None beside a row that only one network has.

    The alignment with the largest sum of scores of its pairs (Needleman and Wunsch 1970).
    """
    keys = [_key(entry) for entry in first], [_key(entry) for entry in other]
    best = [[0] * (len(other) + 1) for _ in range(len(first) + 1)]
    for i in range(len(first) - 1, -1, -1):
        row, below = best[i], best[i + 1]
        for j in range(len(other) - 1, -1, -1):
            matched = below[j + 1] + _score(keys[0][i], keys[1][j])
            row[j] = max(matched, below[j], row[j + 1])
    pairs: list[Pair] = []
    i = j = 0
    while i < len(first) and j < len(other):
        score = _score(keys[0][i], keys[1][j])
        if score and best[i][j] == best[i + 1][j + 1] + score:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            pairs.append((i, None))
            i += 1
        else:
            pairs.append((None, j))
            j += 1
    rest_of_first: list[Pair] = [(n, None) for n in range(i, len(first))]
    return [*pairs, *rest_of_first, *((None, n) for n in range(j, len(other)))]


class _Key(NamedTuple):
    """Parts of a layer that decide how well it matches another; `all` but the receptive field."""

    role: str
    type: str
    all: str


def _key(entry: _Entry) -> _Key:
    fields = str([_field(entry.row, name) for name in FIELDS if name != "field_size"])
    return _Key(entry.role, entry.row.type, fields)


def _score(first: _Key, other: _Key) -> int:
    if first.role != other.role:
        return 0
    return 4 if first.all == other.all else 2 if first.type == other.type else 1


def _merged(tables: list[list[_Entry]], ways: list[list[Pair]]) -> list[Place]:
    """Return row numbers of all networks: rows of the first, and between them those of others."""
    matched = [{i: j for i, j in pairs if i is not None} for pairs in ways]
    num_first = len(tables[0])
    inserted: list[list[list[int]]] = [[[] for _ in range(num_first + 1)] for _ in ways]
    for own, pairs in zip(inserted, ways, strict=True):
        at = 0
        for i, j in pairs:
            if i is not None:
                at = i + 1
            elif j is not None:
                own[at].append(j)
    places: list[Place] = []
    for i in range(num_first + 1):
        places += _together([own[i] for own in inserted], tables[1:])
        if i < num_first:
            places.append((i, *(pairs[i] for pairs in matched)))
    return places


def _together(inserted: list[list[int]], tables: list[list[_Entry]]) -> Iterator[Place]:
    """Yield the rows that the first network lacks; those with one role stand side by side."""
    waiting = [list(reversed(numbers)) for numbers in inserted]
    while any(waiting):
        role = next(
            table[numbers[-1]].role
            for numbers, table in zip(waiting, tables, strict=True)
            if numbers
        )
        place: list[int | None] = [None]
        for numbers, table in zip(waiting, tables, strict=True):
            is_next = bool(numbers) and table[numbers[-1]].role == role
            place.append(numbers.pop() if is_next else None)
        yield tuple(place)
