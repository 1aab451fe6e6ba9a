"""Result of a data set check: counts and findings, also as JSON."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from convscope.io.conversion import NAMED
from convscope.io.photos import Reference
from convscope.text import printable

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True)
class Place:
    """A file, a class, or a group of files that a finding is about.

    Attributes:
        paths: as on the disk; print them through `printable` only.
        detail: further information about this place.
        sign: between the paths: "=" identical, "~" near-duplicates.
    """

    paths: tuple[str, ...]
    detail: str = ""
    sign: str = "="

    def __str__(self) -> str:
        names = [printable(path) for path in self.paths[:4]]
        if len(self.paths) > 4:
            names.append(f"{len(self.paths) - 4:,} more")
        text = f" {self.sign} ".join(names)
        return f"{text}: {printable(self.detail)}" if self.detail else text

    def to_dict(self) -> dict[str, Any]:
        """Return the place in JSON types, without an empty detail."""
        paths = {"paths": [printable(path) for path in self.paths]}
        return paths | ({"detail": printable(self.detail)} if self.detail else {})


@dataclass(frozen=True)
class Finding:
    """A kind of problem and all places where it occurs.

    Attributes:
        code: one word for programs, from `rules.RULES`.
        message: what it is.
        fix: what to do about it.
    """

    code: str
    severity: Severity
    message: str
    fix: str
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Sizes:
    """Image sizes in pixels, (height, width): smallest, median and largest."""

    smallest: tuple[int, int]
    median: tuple[int, int]
    largest: tuple[int, int]


@dataclass(frozen=True)
class Report:
    """Result of a check.

    Attributes:
        name: of the data set or the folder.
        counts: decoded images by split and class, both in order.
        num_files: number of files checked, decoded or not.
        samples: a few decoded images of each class, for a contact sheet; not in the JSON.
        background: colour below transparent pixels, #rrggbb.
        limits: what this check could not check.
    """

    name: str
    counts: dict[str, dict[str, int]]
    findings: tuple[Finding, ...]
    num_files: int
    sizes: Sizes | None = None
    formats: dict[str, int] = field(default_factory=dict)
    limits: tuple[str, ...] = ()
    samples: dict[str, tuple[Reference, ...]] = field(default_factory=dict, repr=False)
    background: str = NAMED["white"]

    @property
    def ok(self) -> bool:
        """True if there are no errors; warnings and notes do not prevent training."""
        return not any(finding.severity == "error" for finding in self.findings)

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in label order."""
        return tuple(dict.fromkeys(label for split in self.counts.values() for label in split))

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """Return the findings of a severity."""
        return tuple(finding for finding in self.findings if finding.severity == severity)

    def to_dict(self) -> dict[str, Any]:
        """Return the report in JSON types. Names are made printable: JSON has no raw bytes."""
        return {
            "name": printable(self.name),
            "ok": self.ok,
            "num_files": self.num_files,
            "counts": {
                split: {printable(label): num for label, num in classes.items()}
                for split, classes in self.counts.items()
            },
            "sizes": asdict(self.sizes) if self.sizes else None,
            "formats": self.formats,
            "limits": list(self.limits),
            "findings": [
                asdict(finding) | {"places": [place.to_dict() for place in finding.places]}
                for finding in self.findings
            ],
        }

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False)
