"""Labs: one idea each, made touchable. Data first, pictures second.

Each is a file that runs as `python -m convscope.labs.NAME` and as `convscope lab NAME`.
"""

LABS: dict[str, str] = {
    "convolution": "every window, its products and its sum; gradients; the matrix",
    "connectivity": "fully connected, locally connected, convolution; the receptive field",
    "learnable_filter": "gradient descent finds the filter from a photo and its twin",
    "pooling": "what a shift of one pixel changes, before and after pooling",
    "gradients": "vanishing and exploding, for sixteen deep networks",
}
"""Every lab, and what it shows."""


def list_labs() -> list[str]:
    """The names of all labs."""
    return list(LABS)


__all__ = ["LABS", "list_labs"]
