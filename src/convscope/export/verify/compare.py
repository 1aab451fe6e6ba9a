"""Comparison of an ONNX file with its golden pair, and with a model on images.

Axes: K classes.
"""

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from convscope.display import Displayed
from convscope.errors import ConvscopeError, FormatError, InputError
from convscope.export.onnx.metadata import GOLDEN, LABELS, METADATA, TOLERANCE, WEIGHTS, Golden
from convscope.export.verify.pixels import Array, Form, fits, image_form
from convscope.export.verify.session import Facts, OnnxSession
from convscope.lang import label, translate
from convscope.text import aligned, byte_size, counted, printable

Verdict = Literal["agrees", "differs", "not compared"]
SUM_TOLERANCE = 1e-3  # of probabilities, from 1


class Difference(NamedTuple):
    """Largest difference of outputs; infinite where one is not a finite number.

    Attributes:
        relative: to the largest absolute value of the expected output.
    """

    absolute: float
    relative: float


class Image(NamedTuple):
    """One image, and what the model computes from it.

    Attributes:
        pixels_CHW: raw, uint8.
        input_CHW: the network's input, after the preprocessing, float32.
        logits_K: the model's output.
    """

    name: str
    pixels_CHW: Array
    input_CHW: Array
    logits_K: Array


class Reference(NamedTuple):
    """The model that a file is compared with.

    Attributes:
        source: the images, in words.
    """

    name: str
    labels: tuple[str, ...]
    channels: int
    source: str
    images: Iterable[Image]


@dataclass(frozen=True)
class Images:
    """Comparison with a model on images.

    Attributes:
        output: what the file returns, by its values: "probabilities" or "logits".
        same_top1: number of images with the same most probable class.
        worst: the image with the largest relative difference.
    """

    model: str
    source: str
    num: int
    output: str
    difference: Difference
    same_top1: int
    worst: str


@dataclass(frozen=True, repr=False)
class Verification(Displayed):
    """Result of `verify`.

    Attributes:
        golden: difference from the golden pair; None for a file without one.
        images: comparison with a model; None without one.
        tolerance: largest relative difference that agrees.
        problems: one sentence for each check that failed.
        notes: what was checked otherwise than expected, or could not be.
    """

    file: str
    facts: Facts
    golden: Difference | None
    images: Images | None
    tolerance: float
    problems: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        if self.problems:
            return "differs"
        return "not compared" if self.golden is None and self.images is None else "agrees"

    @property
    def agrees(self) -> bool:
        return self.verdict == "agrees"

    def require(self) -> "Verification":
        """Return the verification if the file agrees.

        Raises:
            FormatError: it does not; all problems are named.
        """
        if not self.agrees:
            raise FormatError(
                "; ".join(self.problems) or "the file has no golden pair to verify it by",
                expected=f"outputs that agree to {self.tolerance:g} of the largest",
                where=Path(self.file).name,
            )
        return self

    def to_dict(self) -> dict[str, Any]:
        """Return JSON data."""
        facts = self.facts._asdict()
        metadata = facts.pop("metadata")
        for side in ("inputs", "outputs"):
            facts[side] = [tensor._asdict() for tensor in facts[side]]
        images: dict[str, Any] | None = None
        if self.images is not None:
            images = vars(self.images) | {"difference": _plain(self.images.difference)}
        return {
            "file": self.file,
            "verdict": self.verdict,
            "tolerance": self.tolerance,
            "golden": None if self.golden is None else _plain(self.golden),
            "images": images,
            "problems": list(self.problems),
            "notes": list(self.notes),
            "facts": facts | {"metadata": sorted(metadata)},
        }

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False)

    def rows(self) -> list[tuple[str, str]]:
        """Return quantities and values for a table."""
        facts, rows = self.facts, []
        kinds = ", ".join(f"{name} {num:,}" for name, num in list(facts.operators.items())[:6])
        more = len(facts.operators) - 6
        rows += [
            ("written by", printable(facts.producer) or "not stated"),
            ("file size", f"{byte_size(facts.size_bytes)}, opset {facts.opset}"),
            (
                "graph nodes",
                f"{facts.num_nodes:,}: {kinds}" + (f", {more} more" if more > 0 else ""),
            ),
            *(("graph input", str(tensor)) for tensor in facts.inputs),
            *(("graph output", str(tensor)) for tensor in facts.outputs),
            ("run by", facts.runtime),
        ]
        if self.golden is not None:
            rows.append(("golden pair", _shown(self.golden)))
        if self.images is not None:
            rows += self._image_rows(self.images)
        return rows

    def sentences(self) -> list[str]:
        """Return the verdict, and what failed or was checked otherwise than expected."""
        verdict = {"agrees": "the outputs agree", "differs": "the outputs differ"}
        first = verdict.get(self.verdict, "the file has no golden pair to verify it by")
        return [first, *self.problems, *self.notes]

    def __str__(self) -> str:
        """Return the table as aligned lines, and the verdict below it."""
        rows = [(label(quantity), value) for quantity, value in self.rows()]
        return "\n".join([aligned(rows).rstrip("\n"), *map(translate, self.sentences())])

    def __repr__(self) -> str:
        return f"Verification({printable(Path(self.file).name)}: {self.verdict})"

    def _image_rows(self, images: Images) -> list[tuple[str, str]]:
        return [
            ("compared with", printable(images.model)),
            ("images from", printable(images.source)),
            ("number of images", f"{images.num:,}"),
            ("largest difference", f"{_shown(images.difference)}; {images.output}"),
            ("same top-1", f"{images.same_top1:,}/{images.num:,}"),
            ("differs most", printable(images.worst)),
        ]


def verify_file(
    path: Path, against: Reference | None = None, *, is_own: bool = False
) -> Verification:
    """Run an ONNX file and compare it with its golden pair, and with a model if there is one.

    Args:
        is_own: this process has just written the file, and nobody else can change it.

    Raises:
        InputError: there is no such file, the package onnx is not installed, or the model has
            another input or other classes than the file.
        FormatError: not an ONNX file, damaged, with something that is not allowed, or with an
            input that is no batch of images.
    """
    with OnnxSession(path, is_own=is_own) as session:
        facts = session.facts
        problems: list[str] = []
        notes: list[str] = []
        try:
            golden = _golden_pair(facts, problems)
            difference = None
            if golden is not None:
                difference = _check_golden(session, golden, problems)
            _check_weights(facts, difference, golden, problems)
            _check_metadata(facts, problems)
            _check_labels(facts, golden, against, problems)
            images = None
            if against is not None:
                images = _compare(session, against, problems, notes)
        except ConvscopeError as error:
            raise error if error.where else error.at(path.name) from None
    if facts.runtime.startswith("reference"):
        notes.append("ONNX Runtime is not installed: run by the slow reference evaluator of onnx")
    tolerance = TOLERANCE if golden is None else golden.tolerance
    return Verification(
        str(path), facts, difference, images, tolerance, tuple(problems), tuple(notes)
    )


def difference(actual: Array, expected: Array) -> Difference:
    """Return the largest difference of two arrays of one shape."""
    if not (np.isfinite(actual).all() and np.isfinite(expected).all()):
        return Difference(math.inf, math.inf)
    wide = expected.astype(np.float64)
    absolute = float(np.abs(actual - wide).max())
    largest = float(np.abs(wide).max())
    return Difference(absolute, absolute / largest if largest else math.inf * bool(absolute))


def _golden_pair(facts: Facts, problems: list[str]) -> Golden | None:
    text = facts.metadata.get(GOLDEN)
    if text is not None:
        return Golden.from_json(text)
    if facts.is_ours:
        problems.append(
            "written by convscope, but its golden pair is missing: the file was cut or edited"
        )
    return None


def _check_golden(session: OnnxSession, golden: Golden, problems: list[str]) -> Difference | None:
    inputs = session.facts.inputs
    if len(inputs) != 1 or inputs[0].dtype != golden.input.dtype.name:
        problems.append("the golden input has another type than the input of the graph")
        return None
    if not fits(golden.input.shape, inputs[0]):
        problems.append("the golden input has another shape than the input of the graph")
        return None
    actual = session.run(golden.input)
    if actual.shape != golden.output.shape:
        problems.append(
            f"the output has the shape {list(actual.shape)}, the golden one "
            f"{list(golden.output.shape)}"
        )
        return None
    result = difference(actual, golden.output)
    if not np.isfinite(actual).all():
        problems.append("the output for the golden input contains NaN or infinity")
    elif result.relative > golden.tolerance:
        problems.append(f"the output for the golden input differs by {_shown(result)}")
    elif not isinstance(inputs[0].shape[0], int):
        _check_batch(session, golden, problems)
    return result


def _check_batch(session: OnnxSession, golden: Golden, problems: list[str]) -> None:
    """Check that each image of a batch gets the output that it gets alone."""
    other = golden.input[:, ::-1, ::-1]
    both = session.run(np.concatenate([golden.input, other]))
    expected = np.concatenate([golden.output, session.run(other)])
    if both.shape != expected.shape or difference(both, expected).relative > golden.tolerance:
        problems.append("in a batch of 2 images the outputs are others than for one image")


def _check_weights(
    facts: Facts, result: Difference | None, golden: Golden | None, problems: list[str]
) -> None:
    digest = facts.metadata.get(WEIGHTS)
    if digest is None or digest == facts.sha256:
        if digest is not None and problems and golden is not None:
            problems.append(
                "the stored tensors are those of the export: the graph or the metadata were "
                "changed, or this runtime computes otherwise"
            )
        return
    agrees = result is not None and golden is not None and result.relative <= golden.tolerance
    problems.append(
        "the stored tensors are not those of the export (SHA-256): the file was changed"
        + (", with no effect on the golden output" if agrees else "")
    )


def _check_metadata(facts: Facts, problems: list[str]) -> None:
    """Check that labels, preprocessing and the other texts are those of the export."""
    digest = facts.metadata.get(METADATA)
    if digest is None and GOLDEN in facts.metadata:
        problems.append(
            f"{METADATA} is missing: whether labels and other metadata were changed is not known; "
            "export it again"
        )
    elif digest is not None and digest != facts.metadata_sha256:
        problems.append(
            "the metadata are not those of the export (SHA-256): labels, preprocessing or other "
            "texts were changed"
        )


def _check_labels(
    facts: Facts, golden: Golden | None, against: Reference | None, problems: list[str]
) -> None:
    text = facts.metadata.get(LABELS)
    if text is None:
        return
    try:
        labels = json.loads(text)
    except (ValueError, RecursionError):
        labels = None
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        problems.append("the labels in the metadata are no list of names")
        return
    classes = len(labels) if golden is None else math.prod(golden.output.shape[1:])
    if classes != len(labels):
        problems.append(f"{counted(len(labels), 'label')} for {classes:,} outputs")
    if against is None or tuple(labels) == against.labels:
        return
    if len(labels) != len(against.labels):
        problems.append(
            f"{counted(len(labels), 'label')} in the file, {len(against.labels):,} in the model"
        )
        return
    pairs = zip(labels, against.labels, strict=True)
    place, own, other = next((k, a, b) for k, (a, b) in enumerate(pairs) if a != b)
    problems.append(
        f"label {place} is {printable(own, 80)!r} in the file and {printable(other, 80)!r} in "
        "the model"
    )


def _compare(
    session: OnnxSession, against: Reference, problems: list[str], notes: list[str]
) -> Images:
    name = printable(against.name)
    form = image_form(session.facts.inputs, channels=against.channels, model=name)
    if not form.is_pixels:
        notes.append("the file takes prepared numbers: it gets the model's own preprocessing")
    if len(session.facts.outputs) > 1:
        notes.append(f"the first of {len(session.facts.outputs)} outputs is compared")
    rows = list(_rows(session, form, against))
    if not rows:
        raise InputError("there are no images to compare", expected="at least one image")
    worst = max(rows, key=lambda row: row.difference.relative)
    largest = Difference(max(row.difference.absolute for row in rows), worst.difference.relative)
    output = "probabilities" if all(row.is_probability for row in rows) else "logits"
    tolerance = TOLERANCE
    if text := session.facts.metadata.get(GOLDEN):
        tolerance = Golden.from_json(text).tolerance
    if not math.isfinite(largest.relative):
        problems.append(f"the output for {printable(worst.name)} contains NaN or infinity")
    elif largest.relative > tolerance:
        problems.append(f"the outputs differ from the model's by {_shown(largest)}")
    same = sum(row.is_same_top1 for row in rows)
    return Images(against.name, against.source, len(rows), output, largest, same, worst.name)


class _Row(NamedTuple):
    name: str
    difference: Difference
    is_probability: bool
    is_same_top1: bool


def _rows(session: OnnxSession, form: Form, against: Reference) -> Iterator[_Row]:
    for image in against.images:
        try:
            array = form.array(image.pixels_CHW if form.is_pixels else image.input_CHW)
        except InputError as error:
            raise error.at(printable(image.name)) from None
        actual = session.run(array)
        actual_K = actual[:1].reshape(-1)
        if actual_K.shape != image.logits_K.shape:
            raise InputError(
                f"the file returns {counted(actual_K.size, 'number')} for an image, and "
                f"{printable(against.name)} has {image.logits_K.size:,} classes",
                expected="a model with the same classes",
            )
        expected_K, is_probability = image.logits_K, _is_probability(actual_K)
        if is_probability:
            expected_K = _softmax(expected_K)
        same = bool(actual_K.argmax() == expected_K.argmax())
        yield _Row(image.name, difference(actual_K, expected_K), is_probability, same)


def _is_probability(values_K: Array) -> bool:
    return bool(values_K.min() >= 0 and abs(float(values_K.sum()) - 1) < SUM_TOLERANCE)


def _softmax(logits_K: Array) -> Array:
    wide = logits_K.astype(np.float64)
    powers = np.exp(wide - wide.max())
    result: Array = powers / powers.sum()
    return result


def _shown(result: Difference) -> str:
    if not math.isfinite(result.relative):
        return "NaN or infinity"
    return f"{result.absolute:.2g} absolute, {result.relative:.2g} relative"


def _plain(result: Difference) -> dict[str, float | None]:
    """Return JSON data: JSON has no infinity."""
    return {
        name: value if math.isfinite(value) else None for name, value in result._asdict().items()
    }
