"""Ways to look inside a network. One file per visual, whose `compute` returns a payload."""

import ast
import importlib
import importlib.util
from types import ModuleType
from typing import TYPE_CHECKING

from convscope.errors import unknown_name
from convscope.lazy import lazy

if TYPE_CHECKING:
    from convscope.payload import (
        Box,
        Curves,
        Heatmap,
        ImageGrid,
        Payload,
        Scale,
        Scatter,
        Series,
        Sheet,
        Table,
        from_json,
    )
else:
    __getattr__, __dir__ = lazy(
        __name__,
        {
            "convscope.payload": (
                "Box",
                "Curves",
                "Heatmap",
                "ImageGrid",
                "Payload",
                "Scale",
                "Scatter",
                "Series",
                "Sheet",
                "Table",
                "from_json",
            ),
        },
    )

VISUALS: dict[str, str] = {
    "activation_stats": "convscope.visuals.methods.activation_stats",
    "confusion_gallery": "convscope.visuals.methods.confusion_gallery",
    "deconvnet": "convscope.visuals.methods.deconvnet",
    "embedding": "convscope.visuals.methods.embedding",
    "feature_maps": "convscope.visuals.methods.feature_maps",
    "filters": "convscope.visuals.methods.filters",
    "grad_cam": "convscope.visuals.methods.grad_cam",
    "grad_cam_pp": "convscope.visuals.methods.grad_cam_pp",
    "gradient_flow": "convscope.visuals.methods.gradient_flow",
    "guided_backprop": "convscope.visuals.methods.guided_backprop",
    "guided_grad_cam": "convscope.visuals.methods.guided_grad_cam",
    "integrated_gradients": "convscope.visuals.methods.integrated_gradients",
    "layer_cam": "convscope.visuals.methods.layer_cam",
    "maximise": "convscope.visuals.methods.maximise",
    "occlusion": "convscope.visuals.methods.occlusion",
    "receptive_field": "convscope.visuals.methods.receptive_field",
    "saliency": "convscope.visuals.methods.saliency",
    "smooth_grad": "convscope.visuals.methods.smooth_grad",
    "top_patches": "convscope.visuals.methods.top_patches",
}
"""Name -> module."""


def list_visuals() -> list[str]:
    """Return the names of all visuals, in the order of the list."""
    return list(VISUALS)


def full_name(method: str) -> str:
    """Return the name as the list has it: `grad-cam` and `Grad_CAM` are `grad_cam`.

    Raises:
        InputError: no such visual; the nearest ones are named.
    """
    name = method.replace("-", "_").lower()
    if name not in VISUALS:
        raise unknown_name("visual", method, VISUALS, see="convscope list visuals")
    return name


def load_visual(method: str) -> ModuleType:
    """Import the module of a visual.

    Raises:
        InputError: no such visual; the nearest ones are named.
    """
    return importlib.import_module(VISUALS[full_name(method)])


def summary(method: str) -> str:
    """Return the first line of a visual's docstring, without importing the visual."""
    module = VISUALS[full_name(method)]
    spec = importlib.util.find_spec(module)
    source = spec.loader.get_source(module) if spec and spec.loader else ""  # type: ignore[attr-defined]
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]


__all__ = [
    "VISUALS",
    "Box",
    "Curves",
    "Heatmap",
    "ImageGrid",
    "Payload",
    "Scale",
    "Scatter",
    "Series",
    "Sheet",
    "Table",
    "from_json",
    "full_name",
    "list_visuals",
    "load_visual",
    "summary",
]
