"""One way to call every visual: it is given, by name, what its signature asks for.

The names are a closed vocabulary: `image_NCHW`, `layer`, `unit`, `target`, `labels`, `underlay`,
`split` and `preprocessing` come from the scene, everything else is a setting of the visual.

Axes: N batch (1), C channels, H height, W width.
"""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, get_type_hints

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError
from torch import Tensor, nn

from convscope.errors import ConvscopeError, InputError, shortened, unknown_name
from convscope.network import module_at
from convscope.payload import Item, Payload, Sheet
from convscope.visuals import VISUALS, full_name, load_visual
from convscope.visuals.subject import Function, Images

COMPARES = ("confusion_gallery", "gradient_flow")  # answers with labels
VOCABULARY = (
    "network",
    "image_NCHW",
    "layer",
    "unit",
    "target",
    "labels",
    "underlay",
    "split",
    "preprocessing",
)


@dataclass(frozen=True)
class Scene:
    """What there is to look at.

    Attributes:
        image_NCHW: one image, prepared as the network wants it: (1, C, H, W).
        underlay: (H', W', 3) uint8: what the network saw of it, at its own resolution.
        labels: the names of the classes.
        split, preprocessing: labelled images, and the way from pixels to the network's input.
        split_labels: the names of the split's classes; None where they are the network's.
        note: what was done to the image; it is put behind every caption of a visual of it.
    """

    network: nn.Module
    image_NCHW: Tensor | None = None
    underlay: NDArray[np.uint8] | None = None
    labels: tuple[str, ...] = ()
    split: Images | None = None
    preprocessing: Function | None = None
    split_labels: tuple[str, ...] | None = None
    note: str = ""


@dataclass(frozen=True)
class Asked:
    """What somebody wants to see of it; None leaves the choice to the visual.

    Attributes:
        target: a class, by number or by name.
        settings: of the visual, as {"steps": 64}; texts are read as the numbers they hold.
    """

    layer: str | None = None
    unit: int | None = None
    target: int | str | None = None
    settings: Mapping[str, Any] | None = None


def look(scene: Scene, method: str, asked: Asked | None = None) -> Payload:
    """What a visual shows of a scene.

    Raises:
        InputError: no such visual, layer, class or setting; something that the visual needs and
            that is not there; a method that does not apply to this network.
    """
    asked = asked or Asked()
    method = full_name(method)
    visual = load_visual(method)
    takes = inspect.signature(visual.compute).parameters
    given = _from_scene(scene, method, takes) | _from_asked(asked, scene, method, takes)
    given |= _settings(asked.settings or {}, method, visual)
    network = given.pop("network", scene.network)
    image = [given.pop("image_NCHW")] if "image_NCHW" in given else []
    made: Payload = visual.compute(network, *image, **given)
    if image and scene.note:
        made = made.model_copy(update={"caption": _joined(made.caption, scene.note)})
    return made


def look_all(
    scene: Scene, asked: Asked | None = None, *, methods: Sequence[str] | None = None
) -> tuple[dict[str, Payload], dict[str, str]]:
    """Every visual that applies, by name; and of the others why they do not.

    What was asked for is given to those that take it.

    Raises:
        InputError: a layer or a class that is asked for and is not there at all.
    """
    asked = asked or Asked()
    if asked.layer is not None:
        module_at(scene.network, asked.layer)
    if asked.target is not None:
        class_number(scene.labels, asked.target)
    made: dict[str, Payload] = {}
    left_out: dict[str, str] = {}
    for method in methods if methods is not None else VISUALS:
        takes = inspect.signature(load_visual(method).compute).parameters
        own = Asked(
            layer=asked.layer if "layer" in takes else None,
            unit=asked.unit if "unit" in takes else None,
            target=asked.target if "target" in takes else None,
        )
        try:
            made[method] = look(scene, method, own)
        except ConvscopeError as error:
            left_out[method] = " ".join(part for part in (error.where, error.given) if part)
    return made, left_out


def as_sheet(made: Mapping[str, Payload], left_out: Mapping[str, str], *, title: str) -> Sheet:
    """Everything on one sheet; sheets among them are laid out item by item.

    Raises:
        InputError: nothing applies.
    """
    items: list[Item] = []
    for payload in made.values():
        items += payload.items if isinstance(payload, Sheet) else [payload]
    if not items:
        reasons = "; ".join(f"{name}: {why}" for name, why in left_out.items())
        raise InputError(f"no visual applies: {reasons}"[:1500], expected="an image, or data")
    missing = "; ".join(f"{name}: {why}" for name, why in left_out.items())
    caption = f"Left out: {missing}"[:2000] if missing else ""
    return Sheet(title=title, caption=caption, items=tuple(items), columns=min(3, len(items)))


def class_number(labels: Sequence[str], target: int | str) -> int:
    """The number of a class that is given by its name, or by the number itself.

    A text of digits is a name where there is such a name. Of names that stand twice the first.

    Raises:
        InputError: no such class; the nearest names are given.
    """
    if isinstance(target, int):
        return target
    if target in labels:
        return labels.index(target)
    folded = [label.casefold() for label in labels]
    if target.casefold() in folded:
        return folded.index(target.casefold())
    if target.isascii() and target.isdigit():
        return int(target[:9])
    if not labels:
        raise InputError(
            f"the class {shortened(target)}, and the network's classes have no names",
            expected="the number of a class",
            where="target",
        )
    raise unknown_name("class", target, labels)


def _from_scene(scene: Scene, method: str, takes: Mapping[str, Any]) -> dict[str, Any]:
    """What the visual takes of what there is."""
    there = {
        name: getattr(scene, name)
        for name in ("network", "image_NCHW", "underlay", "split", "preprocessing")
    }
    given = {name: value for name, value in there.items() if name in takes and value is not None}
    if "labels" in takes:
        given["labels"] = scene.labels
    for name, noun, fix in (
        ("image_NCHW", "an image", "give one: convscope look METHOD MODEL IMAGE"),
        ("split", "a data set", "--data mnist, or the folder of one"),
        ("preprocessing", "the way from pixels to inputs", "preprocessing=..."),
    ):
        if name in takes and name not in given and takes[name].default is inspect.Parameter.empty:
            raise InputError(f"{method} needs {noun}, and there is none", fix=fix)
    optional = "image_NCHW" in takes and takes["image_NCHW"].default is None
    if "split" in given and optional:
        given.pop("image_NCHW", None)  # either of them will do, and many images say more
    if "split" in given:
        given |= _labelled(scene, method, takes)
    if "split" in given and "preprocessing" in takes and "preprocessing" not in given:
        raise InputError(f"{method} needs a preprocessing beside the split")
    return given


def _labelled(scene: Scene, method: str, takes: Mapping[str, Any]) -> dict[str, Any]:
    """The names of the split's classes, which need not be the network's.

    Raises:
        InputError: a visual that compares answers with labels, and other classes.
    """
    if scene.split_labels is None:
        return {}
    if method in COMPARES and scene.split_labels != scene.labels:
        raise InputError(
            f"{method} compares answers with labels, and the data have other classes",
            expected="the model's classes in their order",
        )
    return {"labels": scene.split_labels} if "labels" in takes else {}


def _from_asked(
    asked: Asked, scene: Scene, method: str, takes: Mapping[str, Any]
) -> dict[str, Any]:
    wanted = {"layer": asked.layer, "unit": asked.unit, "target": asked.target}
    given = {name: value for name, value in wanted.items() if value is not None}
    for name in given:
        if name not in takes:
            words = {"layer": "a layer", "unit": "a unit", "target": "a class"}
            can = [words[word] for word in wanted if word in takes]
            raise InputError(
                f"{method} takes no {words[name].split()[1]}",
                expected=f"only {' and '.join(can)}" if can else "neither layer, unit nor class",
                where=name,
            )
    if asked.target is not None:
        given["target"] = class_number(scene.labels, asked.target)
    return given


def _settings(settings: Mapping[str, Any], method: str, visual: ModuleType) -> dict[str, Any]:
    """Settings of one visual, each as the type that its signature names."""
    kinds = {k: v for k, v in get_type_hints(visual.compute).items() if k != "return"}
    own = [name for name in kinds if name not in VOCABULARY]
    given: dict[str, Any] = {}
    for name, value in settings.items():
        if name not in own:
            if not own:
                raise InputError(f"{method} has no settings, and {name} is given")
            raise unknown_name(f"setting of {method}", name, own)
        given[name] = _typed(name, value, kinds[name])
    return given


def _typed(name: str, value: Any, kind: Any) -> Any:
    """`"64"` as 64, `"1,2"` as (1, 2)."""
    split = isinstance(value, str) and "," in value
    parts = [part.strip() for part in value.split(",") if part.strip()] if split else value
    try:
        return TypeAdapter(kind).validate_python(parts)
    except ValidationError:
        pass
    try:  # one number for a setting that takes several
        return TypeAdapter(kind).validate_python([value])
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        raise InputError(
            f"{name}={shortened(value)}", expected=str(problem["msg"]), where=name
        ) from None


def _joined(caption: str, note: str) -> str:
    return f"{caption} {note}".strip()[:2000]
