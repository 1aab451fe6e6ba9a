"""The result of a benchmark as data, with its JSON and Markdown forms. No torch here."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pydantic
from pydantic import Field

from convscope.arch import Architecture
from convscope.display import Displayed
from convscope.engine.levels import Level
from convscope.engine.profile.attribution import OTHER
from convscope.errors import FormatError, InputError, from_validation
from convscope.lang import label, translate
from convscope.record import Record
from convscope.text import aligned, byte_size

if TYPE_CHECKING:
    from convscope.render.diagram.timings import LayerTimes

MOST_BYTES = 64 << 20
MOST_MS = 1e9  # of a pass: eleven days


@dataclass(frozen=True)
class Options:
    """Engines, batch sizes and seconds of a benchmark.

    Attributes:
        batch_sizes: images per batch; all engines are measured with each.
        seconds: time for the measurements of speed, all engines together.
        engines, levels: those to measure; all if empty. PyTorch eager is always measured.
        layers: also measure milliseconds per layer, of the fastest engine.
    """

    batch_sizes: tuple[int, ...] = (1, 16)
    seconds: float = 20.0
    engines: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    layers: bool = False

    def __post_init__(self) -> None:
        if not self.batch_sizes or min(self.batch_sizes) < 1:
            raise InputError(
                f"batch sizes {list(self.batch_sizes)}", expected="1 or more, as: --batch 1 16"
            )
        if not 0 < self.seconds <= 86_400:
            raise InputError(f"{self.seconds:g} seconds", expected="more than 0, up to 86,400")


class Row(Record):
    """One engine at one level with one batch size.

    Attributes:
        ms, ms_low, ms_high: milliseconds per batch: median and quartiles.
        times_as_fast: as PyTorch eager, the median over turns in which both ran.
        memory_bytes: the most resident memory that the process of the engine took, above that of
            a process that has imported PyTorch; on a GPU the most memory that PyTorch allocated.
        start_s: importing the engine, building it, and the first batch.
        difference: from PyTorch float32, the largest, relative to the largest output.
        agreement: share of images with the same top-1 class.
        rate_share: operations per second relative to a matrix product on this machine.
        rounds: turns that were measured.
    """

    engine: str
    name: str
    level: Level
    batch_size: int
    ms: float
    ms_low: float
    ms_high: float
    images_per_s: float
    times_as_fast: float
    memory_bytes: int | None
    start_s: float
    difference: float
    agreement: float
    rate_share: float
    rounds: int


class Absent(Record):
    """An engine that was not measured, and why."""

    engine: str
    name: str
    level: Level
    reason: str


class LayerRow(Record):
    """Time of one layer.

    Attributes:
        ms: of all images of the batch; 0 if `inside` names the layer with which it is counted,
            or `other`.
        macs: multiply-accumulates of the layer for the whole batch; those of layers that are
            counted with it included.
        rate_share: operations per second relative to a matrix product on this machine.
    """

    path: str
    ms: float = Field(ge=0)
    share: float = Field(ge=0)
    macs: int = Field(ge=0)
    inside: str = ""
    gmacs_per_s: float | None = None
    rate_share: float | None = None


class Profile(Record):
    """Milliseconds per layer of one engine; the layers and `other_ms` add up to `total_ms`.

    Attributes:
        ms: the median without the profile, which takes time itself.
    """

    engine: str
    name: str
    level: Level
    batch_size: int
    total_ms: float = Field(ge=0)
    other_ms: float = Field(ge=0)
    ms: float = Field(ge=0)
    layers: tuple[LayerRow, ...]

    def check(self, where: str) -> None:
        """Raise FormatError for times that do not add up, as in a file that was edited."""
        paths = [layer.path for layer in self.layers]
        twice = next((path for path in paths if paths.count(path) > 1), "")
        owners = {layer.inside for layer in self.layers} - {"", OTHER, *paths}
        total_ms = sum(layer.ms for layer in self.layers) + self.other_ms
        problem = ""
        if twice:
            problem = f"the layer {twice} twice"
        elif owners:
            problem = f"a layer counted in {min(owners)}, which is none of them"
        elif not 0 < total_ms <= MOST_MS or abs(total_ms - self.total_ms) > 1e-3 * total_ms:
            problem = f"layers and the rest of {total_ms:.3g} ms, in all {self.total_ms:.3g} ms"
        if problem:
            raise FormatError(
                problem,
                expected="what this prints: convscope bench MODEL --layers --json",
                where=where,
            )

    def timings(self) -> "LayerTimes":
        """Return what a diagram shows of it."""
        from convscope.render.diagram.timings import LayerTimes

        return LayerTimes(
            ms={layer.path: layer.ms for layer in self.layers},
            inside={layer.path: layer.inside for layer in self.layers if layer.inside},
            total_ms=self.total_ms,
            engine=f"{self.name}, {self.level}, batch of {self.batch_size}",
        )


class Bench(Displayed, Record):
    """Engines measured with one model.

    Attributes:
        rates: operations per second of matrix products: float32, bfloat16, int8.
        compared: the images for difference and agreement, in words.
        profile: milliseconds per layer, with `layers`.
    """

    schema_version: Literal["convscope-bench-1"] = "convscope-bench-1"
    architecture: str
    input: tuple[int, int, int]
    macs: int
    device: str
    machine: str
    threads: int
    rates: dict[str, float | None]
    compared: str
    rows: tuple[Row, ...]
    absent: tuple[Absent, ...] = ()
    profile: Profile | None = None

    def timings_of(self, architecture: Architecture, *, where: str = "") -> "LayerTimes":
        """Return the times for a diagram of an architecture.

        Raises:
            InputError: it has no times per layer, or those of another architecture or size.
            FormatError: its times do not fit together.
        """
        if self.profile is None:
            raise InputError(
                "there are no milliseconds per layer in it",
                fix=f"convscope bench {self.architecture} --layers --json > times.json",
                where=where,
            )
        expected = [step.path for step in architecture.trace.steps if not step.auxiliary]
        paths = [layer.path for layer in self.profile.layers]
        unknown = [path for path in paths if path not in expected]
        missing = [path for path in expected if path not in paths]
        own, other = architecture.name, self.architecture
        problem = ""
        if unknown:
            problem = f"times of {other}: {own} has no layer {unknown[0]}"
        elif missing:
            problem = f"times of {other}: none for the layer {missing[0]} of {own}"
        elif tuple(self.input) != tuple(architecture.input):
            sizes = ["x".join(map(str, size)) for size in (self.input, architecture.input)]
            problem = f"times for an input of {sizes[0]}, not of {sizes[1]}"
        if problem:
            raise InputError(problem, expected=f"times of {own}", where=where)
        self.profile.check(where)
        return self.profile.timings()

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return self.model_dump(mode="json")

    def to_json(self) -> str:
        """Return JSON text, which `convscope show --timings` reads."""
        return self.model_dump_json(indent=2)

    def to_markdown(self) -> str:
        """Return the tables as Markdown."""
        tables = [markdown(ROW_HEADS, [row_cells(row) for row in self.rows])]
        if self.profile is not None:
            tables.append(markdown(LAYER_HEADS, layer_cells(self.profile)))
        return "\n".join(tables)

    def __str__(self) -> str:
        """Return the tables as aligned lines, in the language in use."""
        tables = [_aligned(ROW_HEADS, [row_cells(row) for row in self.rows])]
        if self.profile is not None:
            tables.append(_aligned(LAYER_HEADS, layer_cells(self.profile)))
        return "\n\n".join(tables)

    def __repr__(self) -> str:
        if not self.rows:
            return f"Bench({self.architecture}: no engine)"
        best = max(self.rows, key=lambda row: row.images_per_s)
        speed = f"{best.images_per_s:,.0f} images/s"
        return f"Bench({self.architecture}: {best.name}, {best.level}, {speed})"


ROW_HEADS = (
    "engine",
    "level",
    "batch",
    "ms",
    "quartiles",
    "images/s",
    "speed",
    "memory",
    "difference",
    "top-1",
    "matmul rate",
    "start",
)
ENDS = ("other", "total")
"""The last rows of the table of layers."""
LAYER_HEADS = ("path", "ms", "share", "MACs", "GMAC/s", "matmul rate")


def row_cells(row: Row) -> tuple[str, ...]:
    """Return the cells of a row as texts."""
    return (
        row.name,
        row.level,
        f"{row.batch_size}",
        ms_text(row.ms),
        f"{ms_text(row.ms_low)} to {ms_text(row.ms_high)}",
        f"{row.images_per_s:,.0f}" if row.images_per_s >= 10 else f"{row.images_per_s:.1f}",
        f"{row.times_as_fast:.2f} x",
        "" if row.memory_bytes is None else byte_size(row.memory_bytes),
        f"{row.difference:.1e}",
        f"{row.agreement:.0%}",
        f"{row.rate_share:.0%}",
        f"{row.start_s:.1f} s",
    )


def layer_cells(profile: Profile) -> list[tuple[str, ...]]:
    """Return the rows of the table of layers, with what is in no layer and the total."""
    rows: list[tuple[str, ...]] = [
        (
            layer.path,
            f"in {layer.inside}" if layer.inside else ms_text(layer.ms),
            "" if layer.inside else f"{layer.share:.1%}",
            f"{layer.macs:,}" if layer.macs and not layer.inside else "",
            "" if layer.gmacs_per_s is None else f"{layer.gmacs_per_s:.1f}",
            "" if layer.rate_share is None else f"{layer.rate_share:.0%}",
        )
        for layer in profile.layers
    ]
    other = profile.other_ms / profile.total_ms if profile.total_ms else 0.0
    rows.append((ENDS[0], ms_text(profile.other_ms), f"{other:.1%}", "", "", ""))
    rows.append((ENDS[1], ms_text(profile.total_ms), "100.0%", "", "", ""))
    return rows


def ms_text(ms: float) -> str:
    """Return milliseconds with three digits: 0.0123, 1.23, 123."""
    if ms >= 100:
        return f"{ms:,.0f}"
    return f"{ms:.1f}" if ms >= 10 else f"{ms:.2f}" if ms >= 1 else f"{ms:.3f}"


def _aligned(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Return a table as aligned lines; only its words are translated, never a path."""
    first, *others = zip(*rows, strict=True) if rows else [()] * len(heads)
    names = [label(name) if name in ENDS else name for name in first]
    columns = [names, *([translate(cell) for cell in column] for column in others)]
    lines = [tuple(map(label, heads)), *zip(*columns, strict=True)]
    return aligned(lines, numeric=range(2, len(heads))).rstrip("\n")


def markdown(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Return a table as Markdown, its numbers to the right."""
    lines = [heads, tuple("---" if n < 2 else "---:" for n in range(len(heads))), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def read_bench(path: Path) -> Bench:
    """Read what `convscope bench --json` printed.

    Raises:
        InputError, FormatError: there is no such file, or it is something else.
    """
    from convscope.io.text_file import read_text

    text = read_text(path, most=MOST_BYTES)
    try:
        return Bench.model_validate_json(text)
    except pydantic.ValidationError as error:
        problem = from_validation(error, kind=FormatError)
        raise FormatError(
            f"not the result of a benchmark: {problem.given}",
            expected="what this prints: convscope bench MODEL --layers --json",
            where=str(path),
        ) from None
