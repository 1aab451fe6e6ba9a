"""`convscope.look`: any module, of ours or of somebody else, looked into.

Axes: N batch (1), C channels, H height, W width.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from convscope.arch import Architecture, Chain
from convscope.errors import InputError, nearest
from convscope.layers import Normalize, Resize
from convscope.model import Model
from convscope.model import open as open_model
from convscope.network import Card, ModelFile, build
from convscope.visuals import Payload
from convscope.visuals.call import Asked, Scene, look_all
from convscope.visuals.call import look as look_at
from convscope.visuals.subject import Function, Images
from convscope.zoo import list_architectures, load


def look(
    subject: Model | nn.Module,
    method: str,
    image: Any = None,
    *,
    layer: str | None = None,
    unit: int | None = None,
    target: int | str | None = None,
    labels: tuple[str, ...] = (),
    data: Any = None,
    preprocessing: Function | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Payload:
    """What a visual shows of a model, or of any torch module that answers with scores.

    A method that cannot be exact for a module, as guided backpropagation where something runs
    in which a rectifier could hide, refuses; nothing is silently replaced by something else.

    Args:
        image: for a module one prepared image, (1, C, H, W), floating; for a model what
            `Model.prepare` takes.
        target: a class, by number, or by one of `labels`.
        data: for a module a split of a data set, with `preprocessing`; for a model a name.
        settings: the visual's own numbers, as {"steps": 64}.

    Raises:
        InputError: no such visual, layer or class; a method that does not apply.
    """
    asked = Asked(layer=layer, unit=unit, target=target, settings=settings)
    if isinstance(subject, Model):
        return look_at(subject.scene(image, data=data), method, asked)
    return look_at(_scene(subject, image, labels, data, preprocessing), method, asked)


def _scene(
    module: nn.Module,
    image: Any,
    labels: tuple[str, ...],
    split: Images | None,
    preprocessing: Function | None,
) -> Scene:
    if not isinstance(module, nn.Module):
        raise InputError(
            f"a {type(module).__name__}", expected="a torch.nn.Module, or what convscope.open gives"
        )
    if image is not None and not isinstance(image, Tensor):
        raise InputError(
            f"an image of type {type(image).__name__}",
            expected="for a module, one prepared image as a tensor (1, C, H, W)",
            fix="prepare it as the module was trained; a convscope model takes files",
        )
    if isinstance(split, str | Path):
        raise InputError(
            f"data={str(split)!r}", expected="for a module, a split: convscope.data.open(...)"
        )
    return Scene(module, image_NCHW=image, labels=labels, split=split, preprocessing=preprocessing)


def model_of(name: str) -> tuple[Model, bool]:
    """A model by file, run or `name@weights`; or by a name of the zoo, which is not trained.

    Returns:
        The model, and whether it is trained.

    Raises:
        InputError: there is no such file and no such name.
    """
    if Path(name).exists() or "@" in name or name not in list_architectures():
        try:
            return open_model(name), True
        except InputError as error:
            close = nearest(name, list_architectures())
            if Path(name).exists() or "@" in name or not close:
                raise
            fix = f"did you mean {' or '.join(close)}? They are not trained; {error.fix}"
            raise InputError(error.given, expected=error.expected, fix=fix) from None
    return untrained(load(name)), False


def untrained(architecture: Architecture, *, seed: int = 0) -> Model:
    """A model with start values, to see what training begins with.

    Images are resized to the input; pixels from 0 to 255 become -2 to 2.
    """
    channels, height, width = architecture.input
    card = Card(
        architecture=architecture,
        labels=tuple(f"class {k}" for k in range(architecture.num_classes)),
        preprocessing=Chain(
            resize=Resize((height, width)),
            normalise=Normalize((0.5,) * channels, (0.25,) * channels),
        ),
        provenance={"trained": False, "seed": seed},
    )
    weights = dict(build(architecture, seed=seed).state_dict())
    return Model(ModelFile(card, weights))


__all__ = ["look", "look_all", "model_of", "untrained"]
