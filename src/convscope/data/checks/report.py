"""What `check` found, as data: counts, findings, and everything as JSON."""

import json
from dataclasses import dataclass, field
from typing import Any, Literal

from convscope.data.folder.layout import shown
from convscope.io.photos import Reference

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True)
class Place:
    """Where a finding was made: one file, a class, or the files that belong together.

    Attributes:
        paths: as they are on the disk, the first one first; never printed without `shown`.
        detail: what is special about this place.
        sign: stands between the paths: "=" the same, "~" alike.
    """

    paths: tuple[str, ...]
    detail: str = ""
    sign: str = "="

    def __str__(self) -> str:
        names = [shown(path) for path in self.paths[:4]]
        if len(self.paths) > 4:
            names.append(f"{len(self.paths) - 4:,} more")
        text = f" {self.sign} ".join(names)
        return f"{text}: {shown(self.detail)}" if self.detail else text


@dataclass(frozen=True)
class Finding:
    """One kind of thing that was found, with every place of it.

    Attributes:
        code: one word for programs; `check_rules` has them all.
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
    """The images' sizes in pixels, (height, width): the smallest, the middle, the largest."""

    smallest: tuple[int, int]
    median: tuple[int, int]
    largest: tuple[int, int]


@dataclass(frozen=True)
class Report:
    """A whole check.

    Attributes:
        name: of the data set, or the folder's.
        counts: of the sound images, by split and class, both in order.
        num_files: looked at, sound or not.
        samples: a few sound images of each class, for a sheet; not a part of the JSON.
        limits: what this check could not look for, in words.
    """

    name: str
    counts: dict[str, dict[str, int]]
    findings: tuple[Finding, ...]
    num_files: int
    sizes: Sizes | None = None
    formats: dict[str, int] = field(default_factory=dict)
    limits: tuple[str, ...] = ()
    samples: dict[str, tuple[Reference, ...]] = field(default_factory=dict, repr=False)

    @property
    def ok(self) -> bool:
        """No errors; warnings and notes do not stop a training."""
        return not any(finding.severity == "error" for finding in self.findings)

    @property
    def classes(self) -> tuple[str, ...]:
        """In the order of the labels."""
        return tuple(dict.fromkeys(label for split in self.counts.values() for label in split))

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == severity)

    def to_dict(self) -> dict[str, Any]:
        """Everything, in JSON's types. Names are `shown`: JSON has no bytes that are no text."""
        return {
            "name": shown(self.name),
            "ok": self.ok,
            "num_files": self.num_files,
            "counts": {
                split: {shown(label): num for label, num in classes.items()}
                for split, classes in self.counts.items()
            },
            "sizes": None
            if self.sizes is None
            else {
                "smallest": list(self.sizes.smallest),
                "median": list(self.sizes.median),
                "largest": list(self.sizes.largest),
            },
            "formats": self.formats,
            "limits": list(self.limits),
            "findings": [
                {
                    "code": finding.code,
                    "severity": finding.severity,
                    "message": finding.message,
                    "fix": finding.fix,
                    "places": [
                        {"paths": [shown(path) for path in place.paths]}
                        | ({"detail": shown(place.detail)} if place.detail else {})
                        for place in finding.places
                    ],
                }
                for finding in self.findings
            ],
        }

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False)
