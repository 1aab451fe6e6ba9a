"""Compare the names in a file with those of a layout: prefixes, classes, differences."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from torch import Tensor

from convscope.errors import FormatError
from convscope.weights.source_tensor import SourceTensor

MOST_NAMES = 1000  # in a message: more than any network of the zoo has
MOST_PARTS = 16  # of a name that may be a prefix
COPIES = ("ema", "teacher", "momentum", "target", "swa", "average")
"""Parts of prefixes of a second copy of the weights; the other copy is preferred."""

Sources = Mapping[str, SourceTensor]


class Match(NamedTuple):
    """Tensors of a file by the names of a layout.

    Attributes:
        layout: the library.
        expected: the layout's tensors.
        prefix: removed from every name: "model." for a network inside another module.
        tensors: those with the prefix, without it.
        outside: names without the prefix.
        copies: other prefixes under which the file has as many of the names.
    """

    layout: str
    expected: Sources
    prefix: str
    tensors: dict[str, Tensor]
    outside: tuple[str, ...]
    copies: tuple[str, ...]

    @property
    def number(self) -> int:
        """The number of expected names that the file has."""
        return len(self.expected.keys() & self.tensors.keys())

    def notes(self) -> list[str]:
        """Return what was left out or removed, for the user."""
        notes = []
        if self.prefix:
            notes.append(f"the prefix {self.prefix!r} was removed from {len(self.tensors)} names")
        if self.copies:
            others = ", ".join(map(repr, self.copies))
            notes.append(f"the file has the same names under {others}: not used")
        outside = [name for name in self.outside if not name.startswith(self.copies)]
        if outside:
            shown = ", ".join(name[:80] for name in outside[:5])
            more = f" and {len(outside) - 5} more" * (len(outside) > 5)
            notes.append(f"{len(outside)} tensors outside of {self.prefix!r} are not used: ")
            notes[-1] += shown + more
        return notes


def best_match(layouts: Mapping[str, Sources], tensors: Mapping[str, Tensor]) -> Match:
    """Return the layout, and the prefix before its names, that most of the names agree with."""
    matches = [_match(layout, expected, tensors) for layout, expected in layouts.items()]
    return max(matches, key=lambda match: match.number)


def _match(layout: str, expected: Sources, tensors: Mapping[str, Tensor]) -> Match:
    counts = _prefixes(tensors, expected)
    most = max(counts.values(), default=0)
    best = [prefix for prefix, count in counts.items() if count == most] or [""]
    prefix = min(best, key=lambda p: (any(part in p.lower() for part in COPIES), len(p)))
    bare = {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}
    outside = tuple(name for name in tensors if not name.startswith(prefix))
    copies = tuple(sorted(p for p in best if p != prefix))
    return Match(layout, expected, prefix, bare, outside, copies)


def _prefixes(names: Iterable[str], expected: Sources) -> Counter[str]:
    """Count, for each prefix, the names that are expected after it."""
    counts: Counter[str] = Counter()
    for name in names:
        start = 0
        for _ in range(MOST_PARTS):
            if name[start:] in expected:
                counts[name[:start]] += 1
            start = name.find(".", start) + 1
            if start == 0:
                break
    return counts


def outputs_of(match: Match, keys: Iterable[str]) -> int | None:
    """Return the number of outputs that a file's last layer has, if it differs from the expected.

    Args:
        keys: names of that layer's tensors in our network.
    """
    own = set(keys)
    for theirs, source in match.expected.items():
        if source.key not in own or theirs not in match.tensors:
            continue
        shape = tuple(match.tensors[theirs].shape)
        if len(shape) != len(source.shape):
            continue
        differing = [new for new, old in zip(shape, source.shape, strict=True) if new != old]
        if len(differing) == 1:
            return differing[0]
    return None


def check_complete(match: Match, name: str, *, hint: str, where: str) -> None:
    """Compare names and shapes.

    Raises:
        FormatError: names every key that is missing, unexpected or of another shape.
    """
    expected, tensors = match.expected, match.tensors
    missing = [theirs for theirs in expected if theirs not in tensors]
    unexpected = [theirs[:80] for theirs in tensors if theirs not in expected]
    misshapen = [
        f"{theirs} is {tuple(tensors[theirs].shape)}, not {source.shape}"
        for theirs, source in expected.items()
        if theirs in tensors and tuple(tensors[theirs].shape) != source.shape
    ]
    lists = {
        "missing": missing,
        "of another shape": misshapen,
        "unexpected": unexpected,
        f"outside of {match.prefix!r}": [name[:80] for name in match.outside],
    }
    problems = [
        f"{len(keys)} {problem}: {', '.join(keys[:MOST_NAMES])}"
        for problem, keys in lists.items()
        if keys
    ]
    if missing or unexpected or misshapen:
        raise FormatError(
            f"the weights are not those of {name}; " + "; ".join(problems),
            expected=f"{len(expected)} tensors by the names of {match.layout}",
            fix=hint,
            where=where,
        )
