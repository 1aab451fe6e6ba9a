"""One way to call every visual: arguments are passed by name, as its signature declares.

The names are a closed vocabulary: `image_NCHW`, `example_NCHW` (the image, for its size only),
`layer`, `unit`, `target`, `labels`, `underlay`, `pixels_NCHW` (the image before preprocessing),
`split` and `preprocessing` come from the inputs and the selection; all others are settings.

Axes: N batch (1), C channels, H height, W width.
"""

import inspect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, get_type_hints

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError
from torch import Tensor, nn

from convscope.errors import ConvscopeError, InputError, fitting, shortened, unknown_name
from convscope.io.values import whole
from convscope.machine.contention import watched_contention
from convscope.network import module_at
from convscope.network.hooks import RUN
from convscope.payload import Item, Payload, Sheet
from convscope.visuals import full_name, in_reading_order, load_visual
from convscope.visuals.cost import announce, estimated
from convscope.visuals.images import Images, Preprocessing, first_input
from convscope.visuals.module import described, original
from convscope.visuals.progress import Estimate

# visuals that compare logits with labels
COMPARE_LABELS = ("confusion_gallery", "gradient_flow", "intervene", "robustness")
IMAGE_AND_DATA = ("intervene", "robustness")  # visuals that use both where both are there
VOCABULARY = (
    "network",
    "image_NCHW",
    "example_NCHW",
    "layer",
    "unit",
    "target",
    "labels",
    "underlay",
    "pixels_NCHW",
    "split",
    "preprocessing",
)
MAX_CAPTION = 2000
WRAPPERS = ("module.", "_orig_mod.")


@dataclass(frozen=True)
class Inputs:
    """Inputs of visuals: a network, and the images that are available.

    Attributes:
        image_NCHW: one preprocessed image, (1, C, H, W).
        underlay: (H', W', 3) uint8: the region of the image that the network received, at the
            image's own resolution.
        labels: names of the network's classes.
        pixels_NCHW: the image before preprocessing, (1, C, H, W), 0 to 255.
        split, preprocessing: labelled images, and the preprocessing to the network's input.
        split_labels: names of the split's classes; None where they are the network's.
        note: a sentence on the preprocessing of the image, appended to captions.
    """

    network: nn.Module
    image_NCHW: Tensor | None = None
    underlay: NDArray[np.uint8] | None = None
    labels: tuple[str, ...] = ()
    split: Images | None = None
    preprocessing: Preprocessing | None = None
    split_labels: tuple[str, ...] | None = None
    note: str = ""
    pixels_NCHW: Tensor | None = None


@dataclass(frozen=True)
class Selection:
    """The layer, unit, class and settings to use; None selects the visual's default.

    Attributes:
        layer: its path, or the module itself.
        unit, target: numbers of any integer type; a class also by name.
        settings: of the visual, as {"steps": 64}; strings are converted to the setting's type.
    """

    layer: str | nn.Module | None = None
    unit: Any = None
    target: Any = None
    settings: Mapping[str, Any] | None = None


@watched_contention()
def look(inputs: Inputs, method: str, selection: Selection | None = None) -> Payload:
    """Return the payload of a visual.

    Raises:
        InputError: an unknown visual, layer, class or setting; a missing input; a method that
            does not apply to this network.
    """
    selection = selection or Selection()
    method = full_name(method)
    visual = load_visual(method)
    parameters = inspect.signature(visual.compute).parameters
    arguments = _from_inputs(inputs, method, parameters)
    arguments |= _from_selection(selection, inputs, method, parameters)
    arguments |= _settings(selection.settings or {}, method, visual)
    network = arguments.pop("network", inputs.network)
    image = [arguments.pop("image_NCHW")] if "image_NCHW" in arguments else []
    announce(method, visual, network, image[0] if image else None, arguments)
    payload: Payload = visual.compute(network, *image, **arguments)
    if image and inputs.note:
        caption = f"{payload.caption} {inputs.note}".strip()[:MAX_CAPTION]
        payload = payload.model_copy(update={"caption": caption})
    return payload


@watched_contention()
def estimate(inputs: Inputs, method: str, selection: Selection | None = None) -> Estimate | None:
    """Return the cost of a visual; None where it does not apply, or its settings do not fit.

    Args:
        selection: None for the defaults.
    """
    chosen = selection or Selection()
    visual = load_visual(method)
    parameters = inspect.signature(visual.compute).parameters
    try:
        arguments = _from_inputs(inputs, method, parameters)
        arguments |= _from_selection(chosen, inputs, method, parameters)
        arguments |= _settings(chosen.settings or {}, method, visual)
    except ConvscopeError:
        return None
    network = arguments.pop("network", inputs.network)
    return estimated(method, visual, network, arguments.pop("image_NCHW", None), arguments)


def look_all(
    inputs: Inputs, selection: Selection | None = None, *, methods: Sequence[str] | None = None
) -> tuple[dict[str, Payload], dict[str, str]]:
    """Return the payloads of all visuals that apply, and for the others the reason, by name.

    Layer, unit and class are passed to the visuals that take them.

    Raises:
        InputError: an unknown layer or class.
    """
    selection = selection or Selection()
    if selection.layer is not None:
        path = layer_path(inputs.network, selection.layer)
        module_at(inputs.network, path.partition(RUN)[0])
    if selection.target is not None:
        class_number(inputs.labels, selection.target)
    payloads: dict[str, Payload] = {}
    skipped: dict[str, str] = {}
    for method in methods if methods is not None else in_reading_order():
        parameters = inspect.signature(load_visual(method).compute).parameters
        applicable = Selection(
            layer=selection.layer if "layer" in parameters else None,
            unit=selection.unit if "unit" in parameters else None,
            target=selection.target if "target" in parameters else None,
        )
        try:
            payloads[method] = look(inputs, method, applicable)
        except ConvscopeError as error:
            reason = " ".join(part for part in (error.where, error.given) if part)
            skipped[method] = f"{reason} ({error.fix})" if error.fix else reason
        except MemoryError:
            skipped[method] = "not enough memory"
        except Exception as error:  # one failing visual does not lose the others
            skipped[method] = f"failed with {described(error)}"
    return payloads, skipped


def as_sheet(payloads: Mapping[str, Payload], skipped: Mapping[str, str], *, title: str) -> Sheet:
    """Put all payloads on one sheet; the items of sheets are laid out one by one.

    Raises:
        InputError: no payload.
    """
    items: list[Item] = []
    for payload in payloads.values():
        items += payload.items if isinstance(payload, Sheet) else [payload]
    reasons = "; ".join(f"{name}: {reason}" for name, reason in skipped.items())
    if not items:
        raise InputError(f"no visual applies: {reasons}"[:1500], expected="an image, or a data set")
    caption = f"Not applicable: {reasons}"[:MAX_CAPTION] if reasons else ""
    columns = max(1, math.ceil(0.8 * math.sqrt(len(items))))  # about as wide as high
    return Sheet(title=title, caption=caption, items=tuple(items), columns=columns)


def layer_path(network: nn.Module, layer: str | nn.Module) -> str:
    """Return the path of a layer given by path or as a module of the network.

    The prefix of a wrapper (`module.` of DataParallel, `_orig_mod.` of torch.compile) is left out.

    Raises:
        InputError: not a module of this network.
    """
    if isinstance(layer, str):
        prefixes = [w for w in WRAPPERS if layer.startswith(w) and w[:-1] not in network._modules]
        path: str = layer.removeprefix(prefixes[0]) if prefixes else layer
        return path
    if isinstance(layer, nn.Module):
        inner = original(layer)
        paths = [path for path, part in network.named_modules() if part in (layer, inner) and path]
        if paths:
            return str(paths[0])
    raise InputError(
        f"layer={shortened(layer)}",
        expected="the path of a layer, or a module inside the network",
        where="layer",
    )


def class_number(labels: Sequence[str], target: Any) -> int:
    """Return the number of a class given by name or by number, of any integer type.

    A string of digits is a name where such a name exists. Of duplicate names the first counts.

    Raises:
        InputError: no such class; the nearest names are suggested.
    """
    number = whole(target)
    if number is not None:
        return number
    if not isinstance(target, str):
        raise InputError(
            f"target={shortened(target)}",
            expected="a class by name or by number",
            where="target",
        )
    if target in labels:
        return labels.index(target)
    folded = [label.casefold() for label in labels]
    if target.casefold() in folded:
        return folded.index(target.casefold())
    if target.isascii() and target.isdigit():
        return int(target[:9])
    if not labels:
        raise InputError(
            f"the class {shortened(target)}, but the network's classes have no names",
            expected="the number of a class",
            where="target",
        )
    raise unknown_name("class", target, labels)


def _from_inputs(inputs: Inputs, method: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of the visual that the inputs provide."""
    names = ("network", "image_NCHW", "underlay", "pixels_NCHW", "split", "preprocessing")
    available = {name: getattr(inputs, name) for name in names}
    if "example_NCHW" in parameters:
        available["example_NCHW"] = _example(inputs)
    arguments = {
        name: value for name, value in available.items() if name in parameters and value is not None
    }
    if "labels" in parameters:
        arguments["labels"] = inputs.labels
    for name, noun, fix in (
        ("image_NCHW", "an image", "convscope look METHOD MODEL IMAGE"),
        ("split", "a data set", "--data mnist, or the folder of a data set"),
        ("preprocessing", "the preprocessing to the network's input", "preprocessing=..."),
    ):
        required = name in parameters and parameters[name].default is inspect.Parameter.empty
        if required and name not in arguments:
            raise InputError(f"{method} needs {noun}", fix=fix)
    optional = "image_NCHW" in parameters and parameters["image_NCHW"].default is None
    if "split" in arguments and optional and method not in IMAGE_AND_DATA:
        arguments.pop("image_NCHW", None)  # statistics over many images are preferred to one
    if "split" in arguments:
        arguments |= _split_labels(inputs, method, parameters)
        if "preprocessing" in parameters and "preprocessing" not in arguments:
            raise InputError(f"{method} needs the preprocessing of the split")
    return arguments


def _example(inputs: Inputs) -> Tensor | None:
    """An input of the network: the image, or the first one of the split."""
    if inputs.image_NCHW is not None or inputs.split is None or inputs.preprocessing is None:
        return inputs.image_NCHW
    return first_input(inputs.network, inputs.split, inputs.preprocessing)


def _split_labels(inputs: Inputs, method: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The names of the split's classes, where they differ from the network's.

    Raises:
        InputError: a visual that compares predictions with labels of other classes.
    """
    if inputs.split_labels is None:
        return {}
    if method in COMPARE_LABELS and inputs.split_labels != inputs.labels:
        raise InputError(
            f"{method} compares predictions with labels, but the data set has other classes",
            expected="the model's classes in their order",
        )
    return {"labels": inputs.split_labels} if "labels" in parameters else {}


def _from_selection(
    selection: Selection, inputs: Inputs, method: str, parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """Layer, unit and class, where they are selected."""
    nouns = {"layer": "layer", "unit": "unit", "target": "class"}
    values = {name: getattr(selection, name) for name in nouns}
    arguments = {name: value for name, value in values.items() if value is not None}
    for name in arguments:
        if name not in parameters:
            accepted = [f"a {noun}" for key, noun in nouns.items() if key in parameters]
            raise InputError(
                f"{method} takes no {nouns[name]}",
                expected=f"only {' and '.join(accepted) or 'settings'}",
                where=name,
            )
    if selection.target is not None:
        arguments["target"] = class_number(inputs.labels, selection.target)
    if selection.layer is not None:
        arguments["layer"] = layer_path(inputs.network, selection.layer)
    if selection.unit is not None:
        number = whole(selection.unit)
        arguments["unit"] = selection.unit if number is None else number
    return arguments


def _settings(settings: Mapping[str, Any], method: str, visual: ModuleType) -> dict[str, Any]:
    """Settings of one visual, converted to the types of its signature."""
    types = {k: v for k, v in get_type_hints(visual.compute).items() if k != "return"}
    names = [name for name in types if name not in VOCABULARY]
    arguments: dict[str, Any] = {}
    for name, value in settings.items():
        if name not in names:
            if not names:
                raise InputError(f"{name} is not a setting: {method} has no settings")
            raise unknown_name(f"setting of {method}", name, names)
        arguments[name] = _converted(name, value, types[name])
    return arguments


def _converted(name: str, value: Any, type_: Any) -> Any:
    """`"64"` as 64, `"1,2"` as (1, 2)."""
    if hasattr(value, "tolist"):  # numbers of NumPy and torch
        value = value.tolist()
    several = isinstance(value, str) and "," in value
    parts = [part.strip() for part in value.split(",") if part.strip()] if several else value
    try:
        return TypeAdapter(type_).validate_python(parts)
    except ValidationError:
        pass
    try:  # a single value for a setting that takes several
        return TypeAdapter(type_).validate_python([value])
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        raise InputError(f"{name}={shortened(value)}", expected=fitting(problem)) from None
