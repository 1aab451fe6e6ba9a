"""Ways to look inside a network. One file per visual, whose `compute` returns a payload."""

import ast
import importlib
import importlib.util
from types import ModuleType

from convscope.errors import unknown_name

METHODS = "convscope.visuals.methods"
VISUALS = (
    "activation_stats",
    "confusion_gallery",
    "deconvnet",
    "embedding",
    "feature_maps",
    "filters",
    "grad_cam",
    "grad_cam_pp",
    "gradient_flow",
    "guided_backprop",
    "guided_grad_cam",
    "integrated_gradients",
    "layer_cam",
    "maximise",
    "occlusion",
    "receptive_field",
    "saliency",
    "smooth_grad",
    "top_patches",
)
"""Names of the visuals; each is the module of that name in `METHODS`."""


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
    return importlib.import_module(f"{METHODS}.{full_name(method)}")


def summary(method: str) -> str:
    """Return the first line of a visual's docstring, without importing the visual."""
    module = f"{METHODS}.{full_name(method)}"
    spec = importlib.util.find_spec(module)
    source = spec.loader.get_source(module) if spec and spec.loader else ""  # type: ignore[attr-defined]
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]
