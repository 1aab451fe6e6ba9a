"""A recipe: a complete training configuration, as data."""

import json
import types
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, get_args, get_origin

import pydantic
from pydantic import Field

from convscope.arch.json_form import checked_text
from convscope.arch.limits import LIMITS
from convscope.data.augment import AnyAugment
from convscope.data.augment.mix import AnyMix
from convscope.data.loading.order import Sampler
from convscope.errors import ConvscopeError, FormatError, InputError, from_validation, unknown_name
from convscope.io.photos.crops import AnyCrop
from convscope.record import Record
from convscope.training.ema import Ema
from convscope.training.fine_tune import FineTune
from convscope.training.recipe.loss import AnyLoss, CrossEntropy
from convscope.training.recipe.optim import AdamW, AnyOptimiser
from convscope.training.recipe.preprocess import AnyPreprocess, Standardise
from convscope.training.recipe.schedule import AnySchedule, OneCycle
from convscope.training.recipe.settings import Settings, as_mapping

Whole = Annotated[int, Field(gt=0, lt=2**31)]


class EarlyStop(Record):
    """Stop when the validation accuracy has not risen for `patience` epochs."""

    patience: Whole


class Recipe(Record):
    """Everything that decides a training run, besides the architecture and the data.

    Attributes:
        lr: the peak; the schedule multiplies it.
        sampler: "shuffle" takes every training image once per epoch; "balanced" as many of each
            class, see `data.loading.order`.
        frame: the crop of training images; RandomResizedCrop by default for photos.
        augment: augmentations of raw pixels, applied in order.
        preprocess: from pixels to the network's input; a run that starts from a trained model
            keeps that model's preprocessing.
        mix: mixing of two images of a batch, after augmentation.
        ema: validate and keep a running mean of the weights.
        keep: the weights of the last epoch, or of the one with the best validation accuracy.
        fine_tune: freezing and learning rates of a run that starts from a trained model.
        clip_norm: largest norm of all gradients together.
        accumulate: parts of a batch whose gradients are averaged into one step, to save memory.
            Batch normalisation uses the statistics of a part.
        sync_batch_norm: with several processes, normalise over the batch of all of them.
        init: initialisation of the weights.
        log_every: steps between two events.
        checkpoint_every: steps between two checkpoints.
        precision: of the forward and backward passes; weights, gradients and the optimiser are
            float32. "auto" is bfloat16 where the processor or GPU multiplies it and a step is
            measured to be faster, else float32; a run measures once and keeps the choice.
    """

    epochs: Whole
    batch_size: Whole = 256
    lr: Annotated[float, Field(gt=0)]
    optimiser: AnyOptimiser = AdamW()
    schedule: AnySchedule = OneCycle()
    loss: AnyLoss = CrossEntropy()
    sampler: Sampler = "shuffle"
    frame: AnyCrop | None = None
    augment: tuple[AnyAugment, ...] = ()
    preprocess: AnyPreprocess = Standardise()
    mix: AnyMix | None = None
    ema: Ema | None = None
    early_stop: EarlyStop | None = None
    fine_tune: FineTune | None = None
    keep: Literal["last", "best"] = "last"
    clip_norm: Annotated[float, Field(gt=0)] | None = None
    accumulate: Whole = 1
    sync_batch_norm: bool = False
    init: Literal["torch", "he", "xavier", "lecun"] = "torch"
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    log_every: Whole = 20
    checkpoint_every: Whole = 500
    precision: Literal["float32", "bfloat16", "auto"] = "float32"

    def __init__(self, /, **fields: Any) -> None:
        """Check the settings. Raises InputError."""
        try:
            self.__pydantic_validator__.validate_python(fields, self_instance=self)
        except pydantic.ValidationError as error:
            raise from_validation(error, kind=InputError, where="recipe") from None

    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    def to_json(self) -> str:
        """Return the recipe as JSON."""
        return self.model_dump_json(indent=2)

    @staticmethod
    def from_json(text: str | bytes, *, where: str = "recipe") -> "Recipe":
        """Read what `to_json` wrote.

        Raises:
            FormatError: not JSON, unknown fields, values that do not fit.
        """
        checked = checked_text(text, LIMITS, where=where)
        try:
            return Recipe.model_validate_json(checked)
        except pydantic.ValidationError as error:
            raise from_validation(error, kind=FormatError, where=where) from None

    def override(self, settings: Settings) -> "Recipe":
        """Return the recipe with settings replaced: `lr=0.1`, `schedule.type=Cosine`, `ema=null`.

        A value is JSON, or else a word; in a mapping, the value itself. A new `type` resets the
        other settings of its group to their defaults. `ema.decay=0.99` switches `ema` on.

        Raises:
            InputError: no such setting (with the nearest ones), or a value that does not fit.
        """
        pairs = [(name.split("."), value) for name, value in as_mapping(settings).items()]
        pairs.sort(key=lambda pair: pair[0][-1] != "type")  # a type first: it resets its group
        tree: dict[str, Any] = json.loads(self.model_dump_json())
        for path, value in pairs:
            _place(tree, path, value)
        try:
            return Recipe.model_validate_json(json.dumps(tree))
        except pydantic.ValidationError as error:
            raise _explained(error, tree) from None

    def total_steps(self, steps_per_epoch: int) -> int:
        """Return the number of steps of the whole run."""
        return self.epochs * steps_per_epoch


def _place(tree: dict[str, Any], path: list[str], value: Any) -> None:
    """Set one value. Only names that are in the tree are checked here; pydantic checks the rest."""
    here: Any = tree
    for depth, name in enumerate(path[:-1]):
        dotted = ".".join(path[: depth + 1])
        if isinstance(here, list):
            here = _item(here, name, dotted)
            continue
        if name not in here:
            raise _unknown(dotted, tree)
        if here[name] is None:
            here[name] = {}
        here = here[name]
        if not isinstance(here, dict | list):
            raise _unknown(".".join(path), tree)
    last = path[-1]
    if isinstance(here, list):
        raise InputError(
            f"{'.'.join(path)} names a whole entry",
            expected=f"one of its fields, or the whole list: {'.'.join(path[:-1])}=[...]",
        )
    if last == "type" and here.get("type") != value:
        here.clear()
    if here is tree and last not in tree:
        raise _unknown(".".join(path), tree)
    here[last] = value


def _item(items: list[Any], name: str, dotted: str) -> Any:
    if not name.isdecimal() or int(name) >= len(items):
        raise InputError(f"there is no {dotted}", expected=f"a number from 0 to {len(items) - 1}")
    return items[int(name)]


def _explained(error: pydantic.ValidationError, tree: dict[str, Any]) -> Exception:
    first = error.errors(include_url=False)[0]
    kinds = {kind.__name__ for kind in _models(Recipe)}

    def place(loc: tuple[int | str, ...]) -> str:
        return ".".join(str(part) for part in loc if str(part) not in kinds)

    if first["type"] == "extra_forbidden":
        return _unknown(place(first["loc"]), tree)
    return from_validation(error, kind=InputError, where="recipe", place=place)


def _unknown(setting: str, tree: dict[str, Any]) -> ConvscopeError:
    """Return the error for an unknown setting, or for one of another `type` than the recipe has."""
    before, _, name = setting.rpartition(".")
    union = Recipe.model_fields[before].annotation if before in Recipe.model_fields else None
    others = [kind.__name__ for kind in _models_in(union) if name in kind.model_fields]
    if others and isinstance(tree.get(before), dict) and "type" in tree[before]:
        return InputError(
            f"{tree[before]['type']} has no setting {name!r}",
            expected=f"{' or '.join(others)} has one",
            fix=f"--set {before}.type={others[0]} too",
            where=f"--set {setting}",
        )
    return unknown_name("setting", setting, setting_names(tree))


def setting_names(tree: Mapping[str, Any]) -> list[str]:
    """Return every name that `override` takes for a recipe, such as `schedule.warmup_epochs`."""
    return sorted(set(_names(Recipe, "", tree)))


def _names(model: type[pydantic.BaseModel], before: str, tree: Mapping[str, Any]) -> Iterable[str]:
    for name, field in model.model_fields.items():
        yield before + name
        if get_origin(field.annotation) is tuple:
            continue
        here = tree.get(name)
        kind = here.get("type") if isinstance(here, dict) else None
        for inner in _models_in(field.annotation):
            if kind is None or inner.__name__ == kind:
                yield from _names(inner, f"{before}{name}.", here if isinstance(here, dict) else {})


def _models(model: type[pydantic.BaseModel]) -> Iterable[type[pydantic.BaseModel]]:
    fields: Mapping[str, Any] = model.model_fields
    for field in fields.values():
        for inner in _models_in(field.annotation):
            yield inner
            yield from _models(inner)


def _models_in(annotation: Any) -> Iterable[type[pydantic.BaseModel]]:
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        if issubclass(annotation, pydantic.BaseModel):
            yield annotation
        return
    for argument in get_args(annotation):
        yield from _models_in(argument)
