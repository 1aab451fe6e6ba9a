"""The search space: settings of a recipe, each over a range or a list.

lr=1e-4..1e-1            a range; logarithmic if its ends are a factor of 10 or more apart
schedule.warmup=0.1..0.5 a range; linear
epochs=4..16             whole numbers if both ends are
batch_size=64,128,256    a list
"""

import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from convscope.errors import InputError
from convscope.record import Record
from convscope.training.recipe.recipe import Recipe

if TYPE_CHECKING:
    from optuna.trial import Trial

LOGARITHMIC = 10.0  # ratio of the ends
DIGITS = 4  # of a sampled number, so that the printed one is the one that was used


class Range(Record):
    """From `low` to `high`, both included."""

    name: str
    type: Literal["Range"] = "Range"
    low: float
    high: float
    whole: bool
    log: bool

    def draw(self, trial: "Trial") -> str:
        """Return the setting of a trial, as `lr=0.003`."""
        if self.whole:
            number = trial.suggest_int(self.name, int(self.low), int(self.high), log=self.log)
            return f"{self.name}={number}"
        value = trial.suggest_float(self.name, self.low, self.high, log=self.log)
        rounded = float(f"{value:.{DIGITS}g}")
        return f"{self.name}={min(max(rounded, self.low), self.high)!r}"

    def ends(self) -> list[str]:
        """Return settings that fit the recipe only if all values do."""
        if self.whole:
            return [f"{self.name}={int(self.low)}", f"{self.name}={int(self.high)}"]
        return [f"{self.name}={self.low!r}", f"{self.name}={self.high!r}"]

    def __str__(self) -> str:
        name, low, high = self.name, f"{self.low:g}", f"{self.high:g}"
        if self.whole and self.log:
            return f"{name}: whole numbers from {low} to {high}, logarithmic"
        if self.whole:
            return f"{name}: whole numbers from {low} to {high}, linear"
        if self.log:
            return f"{name}: numbers from {low} to {high}, logarithmic"
        return f"{name}: numbers from {low} to {high}, linear"


class Choice(Record):
    """One of a list; each value is the text that `--set` takes."""

    name: str
    type: Literal["Choice"] = "Choice"
    values: tuple[str, ...]

    def draw(self, trial: "Trial") -> str:
        """Return the setting of a trial."""
        return f"{self.name}={trial.suggest_categorical(self.name, self.values)}"

    def ends(self) -> list[str]:
        """Return settings that fit the recipe only if all values do."""
        return [f"{self.name}={value}" for value in self.values]

    def __str__(self) -> str:
        return f"{self.name}: {', '.join(self.values)}"


AnyDimension = Annotated[Range | Choice, Field(discriminator="type")]


def parse(text: str) -> Range | Choice:
    """Return the dimension of `name=low..high` or `name=a,b,c`.

    Raises:
        InputError: it is neither, or its values are too few, equal, or the wrong way round.
    """
    name, equals, values = (part.strip() for part in text.partition("="))
    if not equals or not name or not values:
        raise InputError(
            f"{text!r} is not a range or a list",
            expected="name=low..high or name=a,b,c, such as lr=1e-4..1e-1 or batch_size=64,128",
            where="--vary",
        )
    if ".." in values:
        return _range(name, values)
    listed = _listed(values)
    if len(listed) < 2 or len(set(listed)) != len(listed):
        raise InputError(
            f"{name}={values}",
            expected="two or more different values",
            fix=f"one value is a setting: --set {name}={values}" if len(listed) < 2 else "",
            where="--vary",
        )
    return Choice(name=name, values=tuple(listed))


def _range(name: str, values: str) -> Range:
    first, _, last = values.partition("..")
    try:
        low, high = float(first), float(last)
    except ValueError:
        low = high = math.nan
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise InputError(
            f"{name}={values}", expected="two numbers, the smaller first", where="--vary"
        )
    whole = all(_is_whole(end) for end in (first, last))
    return Range(
        name=name, low=low, high=high, whole=whole, log=low > 0 and high / low >= LOGARITHMIC
    )


def _is_whole(text: str) -> bool:
    return text.strip().lstrip("+-").isdecimal()


def _listed(values: str) -> list[str]:
    """Return JSON values between commas, or else words."""
    try:
        return [json.dumps(value) for value in json.loads(f"[{values}]")]
    except (ValueError, RecursionError):  # not JSON, or a number of over 4,300 digits
        return [word.strip() for word in values.split(",") if word.strip()]


def check_space(dimensions: Sequence[Range | Choice], recipe: Recipe) -> None:
    """Check the search space against the recipe.

    Raises:
        InputError: no dimension, one twice, no such setting, or a value that does not fit.
    """
    names = [dimension.name for dimension in dimensions]
    if not names:
        raise InputError(
            "no setting to vary", expected="--vary, once or more", fix="--vary lr=1e-4..1e-1"
        )
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{name} is varied twice", where="--vary")
    for dimension in dimensions:
        for setting in dimension.ends():
            recipe.override([setting])
