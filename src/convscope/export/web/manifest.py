"""`model/model.json` of an exported folder, as records. `web/src/model/types.ts` has its types.

Axes: C channels, H height, W width, K classes.
"""

import json
from collections.abc import Collection
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, TypeAdapter

from convscope.arch import Architecture, Composition, receptive_fields
from convscope.arch.fold import row
from convscope.arch.receptive_field import Axis as FieldAxis
from convscope.arch.receptive_field import Even
from convscope.arch.trace import Step as TraceStep
from convscope.layers import Layer
from convscope.layers.base import Role as LayerRole
from convscope.network.model_file import Card
from convscope.record import Record
from convscope.render.diagram.items import diagram_data

FORMAT: Literal[1] = 1
Role = LayerRole | Literal["join"]

JOINS = {"Concat": "concatenate", "Residual": "add", "Gate": "multiply"}
"""Labels of what joins the branches of a composition."""

Count = Annotated[int, Field(ge=0)]


class EvenAxis(Record):
    """Unit i sees the pixels start + i * stride ... start + i * stride + size - 1."""

    size: int
    stride: int
    start: int


class UnevenAxis(Record):
    """First pixel and last + 1 of every unit."""

    spans: tuple[tuple[int, int], ...]


Axis = EvenAxis | UnevenAxis


class ReceptiveField(Record):
    """Pixels of the prepared image that the units of a layer see."""

    rows: Axis
    cols: Axis


class Step(Record):
    """One operation of the network, in the order in which they run.

    Attributes:
        path: name of the tensor that it computes, in the ONNX file too.
        type: class of the layer, or of the composition that joins branches.
        label: that of drawings, as "5×5 conv, 6".
        inputs: paths of the tensors that it reads; "" is the prepared image.
        settings: fields of the layer, as in the architecture's JSON.
        shape: that of one image's output, (C, H, W) or (features).
        parameters: names of its tensors ("weight") and of their initialisers in the ONNX file,
            which have PyTorch's shapes and values.
        field: pixels of the prepared image that its units see; a vector has one place.
    """

    path: str
    type: str
    role: Role
    label: str
    inputs: tuple[str, ...]
    settings: dict[str, Any]
    shape: tuple[int, ...]
    parameters: dict[str, str]
    macs: Count
    num_parameters: Count
    field: ReceptiveField


class Sample(Record):
    """An image file beside `model.json`, and what it shows."""

    file: str
    label: str


class TrainingFile(Record):
    """A file of labelled images to train on in the tab."""

    name: str
    file: str


class PixelConversion(Record):
    """Pixels of transparent and of 16-bit images: `convscope.io.conversion.Conversion`.

    Attributes:
        background: colour behind transparent pixels.
        white_level: value of white in 16-bit images; null for that of each image.
    """

    background: str
    white_level: int | None


class OnnxPart(Record):
    """The ONNX file beside `model.json`.

    Attributes:
        image: name of the input: raw pixels, (N, H, W, C) uint8.
        prepared: name of the output of the preprocessing, (N, C, H, W).
        probabilities: name of the answer, (N, K).
    """

    file: str
    bytes: int
    sha256: str
    image: str
    prepared: str
    probabilities: str


class Manifest(Record):
    """Description of the model in an exported folder.

    Attributes:
        labels: names of the classes, in the order of the answer.
        input: (C, H, W) of the prepared image.
        golden: one input and PyTorch's output, base64: see docs/reference/export.md.
        steps: operations of the main network, in the order in which they run.
        diagram: data of the diagram: `convscope.render.diagram.diagram_data`.
        preprocessing: from raw pixels to the prepared image, as a chain of layers.
        conversion: from image files to raw pixels.
        samples: images to try the model on.
        training: empty if the network cannot be trained in the tab.
    """

    format: Literal[1] = FORMAT
    name: str
    labels: tuple[str, ...]
    input: tuple[int, int, int]
    onnx: OnnxPart
    golden: dict[str, Any]
    steps: tuple[Step, ...]
    diagram: dict[str, Any]
    architecture: dict[str, Any]
    preprocessing: dict[str, Any]
    conversion: PixelConversion
    samples: tuple[Sample, ...] = ()
    training: tuple[TrainingFile, ...] = ()

    def to_json(self) -> str:
        return self.model_dump_json()


class Further(NamedTuple):
    """Files beside the ONNX file."""

    samples: tuple[Sample, ...] = ()
    training: tuple[TrainingFile, ...] = ()


def manifest(
    card: Card, onnx: OnnxPart, golden: str, stored: Collection[str], further: Further
) -> Manifest:
    """Return the manifest of a model.

    Args:
        golden: the golden pair as JSON.
        stored: names of the initialisers of the ONNX file.

    Raises:
        Unsupported: a composition that the page does not know.
    """
    architecture = card.architecture
    return Manifest(
        name=architecture.name,
        labels=card.labels,
        input=(*architecture.input,),
        onnx=onnx,
        golden=json.loads(golden),
        steps=steps(architecture, stored),
        diagram=json.loads(json.dumps(diagram_data(architecture))),
        architecture=architecture.model_dump(mode="json"),
        preprocessing=card.preprocessing.model_dump(mode="json"),
        conversion=PixelConversion(**card.conversion.model_dump()),
        samples=further.samples,
        training=further.training,
    )


def described(card: Card, stored: Collection[str]) -> Manifest:
    """Return the manifest of a model without an ONNX file, for passes that a server runs.

    Args:
        stored: names of its parameters.
    """
    from convscope.export.web.sampling import sample_files

    none = OnnxPart(file="", bytes=0, sha256="", image="", prepared="", probabilities="")
    samples = (Sample(file=f"samples/{one.name}", label=one.label) for one in sample_files(card))
    return manifest(card, none, "{}", stored, Further(tuple(samples)))


def steps(architecture: Architecture, stored: Collection[str]) -> tuple[Step, ...]:
    """Return the steps of the main network; auxiliary heads run in training only."""
    trace, fields = architecture.trace, receptive_fields(architecture.trace)
    names = {0: ""} | {step.output: step.path for step in trace.steps}
    owned = _by_path(stored, {step.path for step in trace.steps})
    return tuple(
        _step(step, names, owned.get(step.path, {}), _field(fields[step.output]))
        for step in trace.steps
        if not step.auxiliary
    )


def _step(
    step: TraceStep, names: dict[int, str], parameters: dict[str, str], field: ReceptiveField
) -> Step:
    operation = step.operation
    common: dict[str, Any] = {
        "path": step.path,
        "type": operation.type,
        "inputs": tuple(names[tensor] for tensor in step.inputs),
        "shape": (*step.output_shape,),
        "parameters": parameters,
        "macs": step.macs,
        "num_parameters": step.parameters,
        "field": field,
    }
    if isinstance(operation, Composition):
        label = row(JOINS, operation, backend="the page", where=step.path)
        return Step(role="join", label=label, settings={}, **common)
    return Step(
        role=operation.role,
        label=operation.label(step.input_shapes[0]),
        settings=_settings(operation),
        **common,
    )


def _settings(layer: Layer) -> dict[str, Any]:
    """Return the fields of a layer, with their defaults, as in JSON."""
    fields: dict[str, Any] = TypeAdapter(type(layer)).dump_python(layer, mode="json")
    return {name: value for name, value in fields.items() if name != "type"}


def _by_path(stored: Collection[str], paths: Collection[str]) -> dict[str, dict[str, str]]:
    """Return the names of the stored tensors of each layer, by their names in its module."""
    owned: dict[str, dict[str, str]] = {}
    for tensor in stored:
        path, _, name = tensor.rpartition(".")
        if path in paths:
            owned.setdefault(path, {})[name] = tensor
    return owned


def _field(field: tuple[FieldAxis, FieldAxis]) -> ReceptiveField:
    rows, cols = field
    return ReceptiveField(rows=_axis(rows), cols=_axis(cols))


def _axis(axis: FieldAxis) -> Axis:
    if isinstance(axis, Even):
        return EvenAxis(size=axis.size, stride=axis.stride, start=axis.start)
    pairs = zip(axis.first.tolist(), axis.last.tolist(), strict=True)
    return UnevenAxis(spans=tuple(pairs))
