"""Base of every record that is read from or written to JSON."""

import inspect
from typing import Any, dataclass_transform

import pydantic
from pydantic._internal._model_construction import ModelMetaclass

from convscope.help_text import public_names, signature

MACHINERY = frozenset(dir(pydantic.BaseModel))
OF_CLASS = ("type", "kind", "schema_version")  # fields with the same value in the whole class


@dataclass_transform(kw_only_default=True, field_specifiers=(pydantic.Field, pydantic.PrivateAttr))
class RecordType(ModelMetaclass):
    """Type of the records: their help lists their own members, and not those of pydantic."""

    def __dir__(self) -> list[str]:
        own = {name for base in self.__mro__ if _is_ours(base) for name in vars(base)}
        return public_names(super().__dir__(), MACHINERY - own | {"model_config"})


def _is_ours(base: type) -> bool:
    return base.__module__.split(".")[0] == "convscope"


class Record(pydantic.BaseModel, metaclass=RecordType):
    """Frozen, strict and complete: no unknown fields, no coercion, no NaN or infinity."""

    model_config = pydantic.ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False
    )

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        return [(name, value) for name, value in super().__repr_args__() if name not in OF_CLASS]

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        sign(cls)


def sign(kind: type[Record]) -> None:
    """Give a class its readable signature; again after `model_rebuild`, which replaces it."""
    fields = {
        name: (field.annotation, inspect.Parameter.empty if field.is_required() else field.default)
        for name, field in kind.model_fields.items()
        if name not in OF_CLASS
    }
    kind.__signature__ = signature(kind.__init__, fields)
