"""Read NumPy arrays from a pickle without unpickling: part of the child process.

A pickle is a list of instructions for a machine with a stack. This one knows the instructions
that build texts, numbers, lists, dictionaries and arrays of numbers. It imports nothing and calls
nothing that the file names, and rejects everything else. It imports nothing of convscope.
"""

import pickletools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO, NamedTuple

import numpy

RECONSTRUCT = {f"numpy.{core}.multiarray._reconstruct" for core in ("core", "_core")}
FROM_BUFFER = {f"numpy.{core}.numeric._frombuffer" for core in ("core", "_core")}
NO_BYTES = {"__builtin__.bytes", "builtins.bytes"}
SCALAR = {f"numpy.{core}.multiarray.scalar" for core in ("core", "_core")}
DTYPE, NDARRAY, ENCODE = "numpy.dtype", "numpy.ndarray", "_codecs.encode"
NUMBERS = {"f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "b1"}
MARK = object()
MOST_NESTING = 16


class RejectedError(Exception):
    """An instruction or a value that is no array by name."""


class Name(str):
    """A name of a module and of something in it, which is never looked up."""


class Kind:
    """Type of the numbers of an array: code, and byte order from its state."""

    def __init__(self, code: str) -> None:
        self.code, self.order = code, "<"


class Array:
    """An array: shape, type and bytes from its state."""

    state: tuple[Any, ...] = ()

    def values(self) -> "numpy.ndarray[Any, Any]":
        """Return the numbers; the bytes must be as many as the shape says."""
        if len(self.state) != 5 or not isinstance(self.state[2], Kind):
            raise RejectedError("an array without numbers")
        _, shape, kind, is_fortran, data = self.state
        sizes = shape if isinstance(shape, tuple) else ()
        if not isinstance(data, bytes) or not all(type(n) is int and n >= 0 for n in sizes):
            raise RejectedError("an array without numbers")
        flat = numpy.frombuffer(data, numpy.dtype(f"{kind.order}{kind.code}"))
        return flat.reshape(sizes, order="F" if is_fortran else "C")


class Scalar(NamedTuple):
    """A number of NumPy, which is no tensor."""


def arrays(file: BinaryIO) -> dict[str, "numpy.ndarray[Any, Any]"]:
    """Return the arrays by name; those in lists and dictionaries as `name.0`, `name.key`.

    Raises:
        RejectedError: names what the file tries to run, or what it holds in place of arrays.
    """
    value = _Machine().run(file)
    if value is MARK:
        raise RejectedError("damaged")
    if not isinstance(value, Mapping):
        raise RejectedError(f"it holds a {type(value).__name__.lower()}, not arrays by name")
    return dict(_named(value, "", 0))


def _named(value: Any, name: str, depth: int) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Array):
        yield name, value.values()
        return
    if depth > MOST_NESTING:
        raise RejectedError("it is nested too deeply")
    if isinstance(value, dict):
        parts = list(value.items())
    elif isinstance(value, list | tuple):
        parts = [(str(place), part) for place, part in enumerate(value)]
    else:
        raise RejectedError(f"{name[:80]!r} is a {type(value).__name__.lower()}, not an array")
    for key, part in parts:
        if not isinstance(key, str):
            raise RejectedError(f"the name {str(key)[:80]!r} is not a text")
        yield from _named(part, f"{name}.{key}" if name else key, depth + 1)


class _Machine:
    """The stack, the memo, and one method for each kind of instruction."""

    def __init__(self) -> None:
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}

    def run(self, file: BinaryIO) -> Any:
        for instruction, argument, _ in pickletools.genops(file):
            name = instruction.name
            if name == "STOP":
                return self._pop()
            if name in VALUES:
                self._stack.append(VALUES[name](argument))
            elif name in STEPS:
                STEPS[name](self, argument)
            elif name not in ("PROTO", "FRAME"):
                raise RejectedError(f"it tries to run {name}")
        raise RejectedError("it ends too early")

    def _pop(self) -> Any:
        if not self._stack:
            raise RejectedError("damaged")
        return self._stack.pop()

    def _top(self, kind: type[Any]) -> Any:
        if not self._stack or not isinstance(self._stack[-1], kind):
            raise RejectedError("damaged")
        return self._stack[-1]

    def _since_mark(self) -> list[Any]:
        parts: list[Any] = []
        while (value := self._pop()) is not MARK:
            parts.append(value)
        return parts[::-1]

    def tuple_of(self, number: int | None) -> None:
        """Replace the last values, or those after the mark, by a tuple."""
        parts = self._since_mark() if number is None else [self._pop() for _ in range(number)][::-1]
        self._stack.append(tuple(parts))

    def append(self, parts: list[Any]) -> None:
        """Add to the list at the top."""
        self._top(list).extend(parts)

    def set_items(self, parts: list[Any]) -> None:
        """Add to the dictionary at the top: key, value, key, value ..."""
        if len(parts) % 2 or not all(isinstance(key, str | int) for key in parts[::2]):
            raise RejectedError("a name that is not a text")
        self._top(dict).update(zip(parts[::2], parts[1::2], strict=True))

    def remember(self, place: int | None) -> None:
        """Store the top under a number; by default the next one."""
        self._memo[len(self._memo) if place is None else place] = self._top(object)

    def recall(self, place: int) -> None:
        """Push what was stored under a number."""
        if place not in self._memo:
            raise RejectedError("damaged")
        self._stack.append(self._memo[place])

    def global_name(self, name: str | None) -> None:
        """Push a name; in newer pickles its two parts are on the stack."""
        if name is None:
            attribute, module = self._pop(), self._pop()
            name = f"{module}.{attribute}"
        self._stack.append(Name(name.replace(" ", ".")))

    def reduce(self) -> None:
        """Push what one of the known names makes of its arguments; nothing is called."""
        arguments, name = self._pop(), self._pop()
        if not isinstance(name, Name) or not isinstance(arguments, tuple):
            raise RejectedError("damaged")
        if name in RECONSTRUCT and arguments and arguments[0] == NDARRAY:
            self._stack.append(Array())
        elif name == DTYPE and arguments and arguments[0] in NUMBERS:
            self._stack.append(Kind(str(arguments[0])))
        elif name in FROM_BUFFER and len(arguments) == 4:  # protocol 5
            data, kind, shape, order = arguments
            array = Array()
            array.state = (1, shape, kind, order == "F", bytes(data))
            self._stack.append(array)
        elif name in NO_BYTES and arguments == ():  # empty bytes in protocol 2
            self._stack.append(b"")
        elif name in SCALAR:
            self._stack.append(Scalar())
        elif name == ENCODE and len(arguments) == 2 and isinstance(arguments[0], str):
            self._stack.append(arguments[0].encode("latin-1"))
        else:
            raise RejectedError(f"it tries to run {name[:100]}")

    def build(self) -> None:
        """Set the state of an array or of its type."""
        state, target = self._pop(), self._top(object)
        if not isinstance(state, tuple):
            raise RejectedError("damaged")
        if isinstance(target, Array):
            target.state = state
        elif isinstance(target, Kind) and len(state) > 1 and state[1] in ("<", ">", "|", "="):
            target.order = str(state[1])
        else:
            raise RejectedError("damaged")


Step = Callable[[_Machine, Any], None]
PLAIN = (
    *("BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "BINSTRING", "SHORT_BINSTRING"),
    *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"),
    *("BININT", "BININT1", "BININT2", "LONG1", "LONG4", "BINFLOAT"),
)
VALUES: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(PLAIN, lambda argument: argument),
    "NONE": lambda _: None,
    "NEWTRUE": lambda _: True,
    "NEWFALSE": lambda _: False,
    "EMPTY_DICT": lambda _: {},
    "EMPTY_LIST": lambda _: [],
    "EMPTY_TUPLE": lambda _: (),
    "MARK": lambda _: MARK,
}
STEPS: dict[str, Step] = {
    "TUPLE": lambda m, _: m.tuple_of(None),
    "TUPLE1": lambda m, _: m.tuple_of(1),
    "TUPLE2": lambda m, _: m.tuple_of(2),
    "TUPLE3": lambda m, _: m.tuple_of(3),
    "APPEND": lambda m, _: m.append([m._pop()]),
    "APPENDS": lambda m, _: m.append(m._since_mark()),
    "SETITEM": lambda m, _: m.set_items([m._pop(), m._pop()][::-1]),
    "SETITEMS": lambda m, _: m.set_items(m._since_mark()),
    **dict.fromkeys(("BINPUT", "LONG_BINPUT", "MEMOIZE"), lambda m, place: m.remember(place)),
    **dict.fromkeys(("BINGET", "LONG_BINGET"), lambda m, place: m.recall(place)),
    **dict.fromkeys(("GLOBAL", "STACK_GLOBAL"), lambda m, name: m.global_name(name)),
    "REDUCE": lambda m, _: m.reduce(),
    "BUILD": lambda m, _: m.build(),
}
