"""Ways to look inside a network. One file per visual, whose `compute` returns a payload."""

import importlib
from types import ModuleType
from typing import Literal

from convscope.errors import unknown_name

METHODS = "convscope.visuals.methods"
Group = Literal["prediction", "units", "network"]

GROUPS: dict[Group, str] = {
    "prediction": "Where a prediction comes from",
    "units": "What layers and channels respond to",
    "network": "How the whole network behaves",
}
"""Groups of the visuals with their headings, in the order of lists and pages."""

VISUALS: dict[str, Group] = {
    "activation_stats": "network",
    "confusion_gallery": "network",
    "deconvnet": "units",
    "eigen_cam": "prediction",
    "embedding": "network",
    "feature_maps": "units",
    "filters": "units",
    "grad_cam": "prediction",
    "grad_cam_pp": "prediction",
    "gradient_flow": "network",
    "guided_backprop": "prediction",
    "guided_grad_cam": "prediction",
    "integrated_gradients": "prediction",
    "intervene": "units",
    "layer_cam": "prediction",
    "lrp": "prediction",
    "maximise": "units",
    "occlusion": "prediction",
    "receptive_field": "units",
    "robustness": "network",
    "saliency": "prediction",
    "score_cam": "prediction",
    "smooth_grad": "prediction",
    "top_patches": "units",
}
"""Name -> group. Each is the module of that name, in the folder of its group in `METHODS`."""

READING_ORDER = (
    *("grad_cam", "grad_cam_pp", "layer_cam", "score_cam", "eigen_cam"),
    *("guided_grad_cam", "guided_backprop"),
    *("saliency", "smooth_grad", "integrated_gradients", "lrp", "occlusion"),
    *("filters", "feature_maps", "top_patches", "deconvnet", "maximise", "receptive_field"),
    *("intervene",),
    *("activation_stats", "gradient_flow", "embedding", "confusion_gallery"),
    *("robustness",),
)
"""Order of a page: related visuals one after the other; a name that is missing here comes last."""


def list_visuals() -> list[str]:
    """Return the names of all visuals, in the order of the list."""
    return list(VISUALS)


def in_reading_order() -> list[str]:
    """Return the names of all visuals as a page shows them: by group, then by relation."""
    groups = list(GROUPS)
    last = len(READING_ORDER)
    place = {name: number for number, name in enumerate(READING_ORDER)}
    return sorted(VISUALS, key=lambda n: (groups.index(VISUALS[n]), place.get(n, last), n))


def full_name(method: str) -> str:
    """Return the name as the list has it: `grad-cam` and `Grad_CAM` are `grad_cam`.

    Raises:
        InputError: no such visual; the nearest ones are named.
    """
    name = method.replace("-", "_").lower()
    if name not in VISUALS:
        raise unknown_name("visual", method, VISUALS, see="convscope list visuals")
    return name


def module_name(name: str) -> str:
    """Return the module of a visual of the list."""
    return f"{METHODS}.{VISUALS[name]}.{name}"


def load_visual(method: str) -> ModuleType:
    """Import the module of a visual.

    Raises:
        InputError: no such visual; the nearest ones are named.
    """
    return importlib.import_module(module_name(full_name(method)))


def summary(method: str) -> str:
    """Return the first line of a visual's docstring, without importing the visual."""
    from convscope.listing import first_sentence, source_of

    return first_sentence(source_of(module_name(full_name(method))))
