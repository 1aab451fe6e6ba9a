"""Sheet: several payloads together; the union of all kinds, and reading it from JSON."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from convscope.errors import FormatError, from_validation
from convscope.payload.base import Arrays, BasePayload
from convscope.payload.curves import Curves
from convscope.payload.heatmap import Heatmap
from convscope.payload.image_grid import ImageGrid
from convscope.payload.scatter import Scatter
from convscope.payload.table import Table
from convscope.text import counted

MOST_ITEMS = 128

Item = Heatmap | ImageGrid | Curves | Table | Scatter
"""The payloads that a sheet may hold."""


class Sheet(BasePayload):
    """Several payloads side by side; sheets cannot be nested."""

    kind: Literal["sheet"] = "sheet"
    items: tuple[Annotated[Item, Field(discriminator="kind")], ...] = Field(
        min_length=1, max_length=MOST_ITEMS
    )
    columns: Annotated[int, Field(ge=1, le=MOST_ITEMS)] = 1

    def __repr__(self) -> str:
        return self._brief(counted(len(self.items), "payload"))

    def arrays(self) -> Arrays:
        """Return the arrays of all items, named `<item number>/<array name>`."""
        return {
            f"{number}/{name}": array
            for number, item in enumerate(self.items)
            for name, array in item.arrays().items()
        }


Payload = Item | Sheet
_ANY: TypeAdapter[Payload] = TypeAdapter(Annotated[Payload, Field(discriminator="kind")])


def from_json(text: str | bytes, *, where: str = "") -> Payload:
    """Return the payload that `to_json` wrote.

    Raises:
        FormatError: not a payload; the field is named.
    """
    try:
        return _ANY.validate_json(text)
    except ValidationError as error:
        raise from_validation(error, kind=FormatError, where=where) from None
