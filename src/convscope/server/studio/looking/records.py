"""Bodies and answers of the routes of `look`."""

from typing import Annotated, Any

from pydantic import Field

from convscope.record import Record
from convscope.visuals.described import Described

Name = Annotated[str, Field(min_length=1, max_length=500)]
Index = Annotated[int, Field(ge=0, le=1 << 40)]
Numbers = dict[str, Annotated[float, Field(allow_inf_nan=False)]]


class Changes(Record):
    """Changes of a network: numbers of parameters by their place, and channels set to 0.

    Attributes:
        values: parameter -> place, as text, -> number.
        off: path of a layer -> channels.
    """

    values: dict[Name, Numbers] = {}
    off: dict[Name, tuple[Index, ...]] = {}


class VisualRequest(Record):
    """A visual to compute, as the options of `convscope look` name it.

    Attributes:
        model: a run folder or a model file of the workspace, `name@weights`, or a zoo name.
        image: id of a stored image.
        data: name of a data set, or its path in the workspace.
        settings: of the visual, as its JSON Schema describes them.
        budget: seconds; null for no limit.
    """

    visual: Name
    model: Name
    image: str | None = None
    layer: Name | None = None
    unit: Index | None = None
    target: Name | None = None
    data: Name | None = None
    split: Name | None = None
    settings: dict[str, Any] = {}
    budget: Annotated[float, Field(gt=0, le=86_400)] | None = 15.0


class ForwardRequest(Record):
    """A forward pass of the server, for networks that are too large for a tab.

    Attributes:
        layers: paths of the layers whose outputs are returned; "" is the prepared image.
    """

    model: Name
    image: str
    layers: tuple[Annotated[str, Field(max_length=500)], ...] = ()
    changes: Changes = Changes()


class Visuals(Record):
    """All visuals, in the order of a page."""

    visuals: tuple[Described, ...]


class StoredImage(Record):
    """An image that was stored; `path` is relative to the workspace."""

    id: str
    path: str


class Cost(Record):
    """Cost of a visual before it starts.

    Attributes:
        forward, backward: images that pass through the network, and back.
        seconds: an estimate; null if it is short.
    """

    forward: int
    backward: int
    seconds: float | None


class Estimated(Record):
    """Cost of a visual; null if it cannot be known before.

    Attributes:
        command: the command line that computes the same.
    """

    cost: Cost | None
    command: str


class Seen(Record):
    """A computed visual.

    Attributes:
        payload: as `convscope look --json` prints it.
        command: the command line that computes the same.
        seconds: that it took.
        notes: sentences about how the inputs were read.
    """

    payload: dict[str, Any]
    command: str
    seconds: float
    notes: tuple[str, ...] = ()


class PictureRequest(Record):
    """A payload that is to be drawn."""

    payload: dict[str, Any]
