"""Settings of a recipe by name: `lr=0.1` as text, or `{"lr": 0.1}` in Python."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pydantic

from convscope.errors import InputError, shortened

Settings = Mapping[str, Any] | Iterable[str]
"""Names and values, as `{"schedule.warmup": 0.1}`; as text, `schedule.warmup=0.1`."""


def parse_setting(text: str) -> tuple[str, Any]:
    """Return name and value of `name=value`; the value is JSON, or else a word.

    Raises:
        InputError: it has another form.
    """
    name, equals, value = text.partition("=")
    if not equals or not all(part.strip() for part in name.split(".")):
        raise InputError(f"{text!r} is not a setting", expected="name=value, such as lr=0.1")
    try:
        return name.strip(), json.loads(value)
    except (ValueError, RecursionError):  # not JSON, or a number of over 4,300 digits
        return name.strip(), value.strip()


def as_mapping(settings: Settings) -> dict[str, Any]:
    """Return settings by name, with values as JSON has them.

    Raises:
        InputError: a name that is no text, or a text that is not `name=value`.
    """
    if not isinstance(settings, Mapping):
        return dict(map(parse_setting, settings))
    for name in settings:
        if not isinstance(name, str) or not all(part.strip() for part in name.split(".")):
            raise InputError(
                f"{shortened(name)} is not the name of a setting", expected='as {"lr": 0.1}'
            )
    return {name: _plain(value) for name, value in settings.items()}


def merged(settings: Settings, named: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with those that have an option or a keyword of their own.

    Args:
        named: None for one that is not given.

    Raises:
        InputError: one is given twice.
    """
    both = as_mapping(settings)
    for name, value in named.items():
        if value is None:
            continue
        if name in both:
            raise InputError(
                f"{name} is given twice: {shortened(value)} and {shortened(both[name])}",
                fix=f"leave out one of them: --{name.replace('_', '-')} or --set {name}=...",
            )
        both[name] = value
    return both


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: parts of a recipe, such as `Cosine()`, by their fields."""
    if isinstance(value, pydantic.BaseModel):
        return json.loads(value.model_dump_json())
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value.item() if type(value).__module__ == "numpy" and value.ndim == 0 else value
