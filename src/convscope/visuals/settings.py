"""Visuals described for forms: the inputs that they take, and their settings as JSON Schema.

Types, bounds and defaults are those of the signature of `compute`; the sentences stand here.
"""

import inspect
from functools import cache
from typing import Any, get_type_hints

from pydantic import Field, create_model

from convscope.visuals import GROUPS, VISUALS, full_name, in_reading_order, load_visual, summary
from convscope.visuals.call import VOCABULARY
from convscope.visuals.described import SELECTIONS, Described, Use
from convscope.visuals.entries import needs

HELP = {
    "action": "Change of the channel: set to 0, multiply, or swap with another channel.",
    "baseline": "Value of the image that the path begins at, after preprocessing.",
    "batch_size": "Images that go through the network together. It changes the memory only.",
    "epsilon": "Number that is added to the denominators.",
    "factor": "Factor for the action scale.",
    "fill": "Value of the square, after preprocessing.",
    "gamma": "Extra weight of contributions with the sign of the output, in convolutions.",
    "kinds": "Perturbations to try.",
    "max_channels": "Largest number of channels to try.",
    "max_kernels": "Largest number of kernels to show.",
    "max_maps": "Largest number of feature maps to show.",
    "noise": "Standard deviation of the noise, as a fraction of the range of the image.",
    "num_each": "Largest number of images for each pair.",
    "num_images": "Number of images.",
    "num_pairs": "Largest number of pairs.",
    "num_thumbnails": "Number of images to show in the plot.",
    "num_units": "Number of units to choose.",
    "other": "Channel to swap with, for the action swap.",
    "perplexity": "Number of neighbours of each image, about; for t-SNE.",
    "pixels": "Rule for the layers that read the image: bounded pixels, or the rule of the others.",
    "place": "Row and column in the channel, from 0. Default: the strongest activation.",
    "projection": "Projection to the plane: principal components, or t-SNE.",
    "samples": "Number of noisy copies.",
    "seed": "Seed of the random numbers.",
    "size": "Side of the square, in pixels of the prepared image.",
    "steps": "Number of steps.",
    "stride": "Pixels from one position of the square to the next.",
    "units": "Channels to show, from 0.",
}
"""Sentence for each setting, by its name."""


def all_described() -> tuple[Described, ...]:
    """Return all visuals in the order of a page. Imports all of them."""
    return tuple(map(described, in_reading_order()))


@cache
def described(method: str) -> Described:
    """Return the description of a visual.

    Raises:
        InputError: no such visual.
    """
    name = full_name(method)
    parameters = inspect.signature(load_visual(name).compute).parameters
    return Described(
        name=name,
        group=GROUPS[VISUALS[name]],
        summary=summary(name),
        needs=needs(name),
        image=_use(parameters.get("image_NCHW")),
        data=_use(parameters.get("split")),
        selections=tuple(each for each in SELECTIONS if each in parameters),
        settings=_schema(name),
    )


def _use(parameter: inspect.Parameter | None) -> Use:
    if parameter is None:
        return "none"
    return "required" if parameter.default is inspect.Parameter.empty else "optional"


def _schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of the settings, in the order of the signature."""
    compute = load_visual(name).compute
    defaults = inspect.signature(compute).parameters
    types = get_type_hints(compute, include_extras=True)
    fields: dict[str, Any] = {
        each: (types[each], Field(defaults[each].default, description=HELP[each]))
        for each in defaults
        if each not in VOCABULARY
    }
    schema: dict[str, Any] = create_model(name, **fields).model_json_schema()
    return schema
