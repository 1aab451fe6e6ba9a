"""Description of a visual for forms, as a record. No torch here; `settings.py` fills it in."""

from typing import Any, Literal

from convscope.record import Record

Selection = Literal["layer", "unit", "target"]
SELECTIONS: tuple[Selection, ...] = ("layer", "unit", "target")
Use = Literal["required", "optional", "none"]


class Described(Record):
    """A visual as a form shows it.

    Attributes:
        group: heading that it stands below.
        needs: what it needs beside a model, in words.
        image, data: whether it takes an image, and a data set.
        selections: which of layer, unit and class it takes.
        settings: JSON Schema of an object with its own settings; a default of null is the
            visual's own choice.
    """

    name: str
    group: str
    summary: str
    needs: str
    image: Use
    data: Use
    selections: tuple[Selection, ...]
    settings: dict[str, Any]
