"""Readable help of the data classes: signatures without validators, members without machinery.

`help(Conv2d)` and `Conv2d?` print what a class states here. The classes are validated by pydantic,
whose annotations and methods would fill the first screen.
"""

import inspect
import types
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

LONGEST_DEFAULT = 60  # characters


class _Written:
    """Annotation or default of a signature whose `repr` is the text to print."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def public_names(names: Iterable[str], hidden: Iterable[str] = ()) -> list[str]:
    """Return the names of a class that its help lists: public ones, without those of a library."""
    left_out = frozenset(hidden)
    return [name for name in names if not name.startswith("_") and name not in left_out]


def annotation_text(hint: Any) -> str:
    """Return a type as one writes it: no validators, no module names."""
    origin, arguments = get_origin(hint), get_args(hint)
    if isinstance(hint, str):
        return hint
    if hint is None or hint is types.NoneType:
        return "None"
    if origin is Annotated:
        return annotation_text(arguments[0])
    if origin is Literal:
        return " | ".join(
            f'"{value}"' if isinstance(value, str) else str(value) for value in arguments
        )
    if origin in (Union, types.UnionType):
        return " | ".join(dict.fromkeys(map(annotation_text, arguments)))
    if origin is not None:
        inner = ", ".join("..." if part is ... else annotation_text(part) for part in arguments)
        return f"{_name(origin)}[{inner}]"
    return _name(hint)


def _name(hint: Any) -> str:
    return str(getattr(hint, "__name__", hint))


def parameter(name: str, hint: Any, default: Any, *, positional: bool) -> inspect.Parameter:
    """Return a parameter of a readable signature.

    Args:
        default: `inspect.Parameter.empty` for a required one.
        positional: may be given without its name.
    """
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD if positional else inspect.Parameter.KEYWORD_ONLY
    annotation = _Written(annotation_text(hint))
    if default is not inspect.Parameter.empty and len(repr(default)) > LONGEST_DEFAULT:
        default = _Written(f"{type(default).__name__}(...)")
    return inspect.Parameter(name, kind, default=default, annotation=annotation)


def signature(
    init: Callable[..., None], fields: Mapping[str, tuple[Any, Any]]
) -> inspect.Signature:
    """Return the readable signature of a class.

    Args:
        init: its constructor; what it takes as `**fields` is replaced by the fields.
        fields: annotation and default of each field, by name.
    """
    own = [
        each
        for each in list(inspect.signature(init).parameters.values())[1:]
        if each.kind is not inspect.Parameter.VAR_POSITIONAL  # taken for the sake of an error only
    ]
    if own and not any(each.name in ("fields", "data") for each in own):
        return inspect.Signature([_readable(each) for each in own])
    parameters = [
        parameter(name, hint, default, positional=False) for name, (hint, default) in fields.items()
    ]
    parameters.sort(key=lambda each: each.default is not inspect.Parameter.empty)
    named = [each for each in own if each.kind is inspect.Parameter.KEYWORD_ONLY]
    return inspect.Signature([*parameters, *map(_readable, named)])


def _readable(own: inspect.Parameter) -> inspect.Parameter:
    if own.kind is inspect.Parameter.VAR_KEYWORD:
        return own.replace(annotation=_Written(annotation_text(own.annotation)))
    positional = own.kind is not inspect.Parameter.KEYWORD_ONLY
    return parameter(own.name, own.annotation, own.default, positional=positional)
