"""Ways to look inside. One file each; every one has a `compute` that returns a payload."""

from types import ModuleType

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
from convscope.visuals.methods import (
    activation_stats,
    confusion_gallery,
    deconvnet,
    embedding,
    feature_maps,
    filters,
    grad_cam,
    grad_cam_pp,
    gradient_flow,
    guided_backprop,
    guided_grad_cam,
    integrated_gradients,
    layer_cam,
    maximise,
    occlusion,
    receptive_field,
    saliency,
    smooth_grad,
    top_patches,
)

VISUALS: dict[str, ModuleType] = {
    "activation_stats": activation_stats,
    "confusion_gallery": confusion_gallery,
    "deconvnet": deconvnet,
    "embedding": embedding,
    "feature_maps": feature_maps,
    "filters": filters,
    "grad_cam": grad_cam,
    "grad_cam_pp": grad_cam_pp,
    "gradient_flow": gradient_flow,
    "guided_backprop": guided_backprop,
    "guided_grad_cam": guided_grad_cam,
    "integrated_gradients": integrated_gradients,
    "layer_cam": layer_cam,
    "maximise": maximise,
    "occlusion": occlusion,
    "receptive_field": receptive_field,
    "saliency": saliency,
    "smooth_grad": smooth_grad,
    "top_patches": top_patches,
}


def list_visuals() -> list[str]:
    """The names, in the order of the list."""
    return list(VISUALS)


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
    "list_visuals",
]
