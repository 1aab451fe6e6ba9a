"""Labs: one idea per file, as exact and small computations on data.

A lab returns plain data and knows no terminal. `labs/pictures/` turns its data into drawings;
`convscope lab NAME` (in `cli/lab/`) prints it. Belongs here: ideas that need no trained network
of the user's. Training of real networks and visuals of models do not.
"""

LABS: dict[str, str] = {
    "mlp_size": "parameters of an MLP and of a convolution on one image",
    "pixels": "a photo as numbers: one matrix for each channel",
    "surface": "a kernel as heights over the plane: the hump of a Gaussian",
    "laplacian": "the Laplacian from second differences, along rows and columns",
    "convolution": "each window with its products and their sum; gradients; the matrix form",
    "connectivity": "fully connected, locally connected, convolution; receptive field by depth",
    "receptive_field": "what one unit of stacked layers reads, and what the stack costs",
    "separable": "a convolution beside a depthwise and a pointwise one: weights and MACs",
    "squeeze_excitation": "a factor for each channel: squeeze, excite, scale",
    "learnable_filter": "gradient descent recovers a filter from a photo and its filtered image",
    "pooling": "what a shift of 1 pixel changes before and after pooling",
    "pooling_windows": "pooling window by window: maxima, means, the size formula, the gradient",
    "depth_concat": "concatenation along channels: equal sides, or zeros around the smaller",
    "activations": "activation functions, their slopes, and what a gradient keeps of them",
    "descent": "gradient descent on a parabola: learning rates that are small, good, too large",
    "softmax": "scores, probabilities, likelihood, loss and their gradient, by hand",
    "object_sizes": "one object at three sizes through three kernel sizes",
    "gradients": "vanishing and exploding gradients in 16 deep networks",
}
"""Every lab, and what it shows."""


def list_labs() -> list[str]:
    """Return the names of all labs."""
    return list(LABS)


__all__ = ["LABS", "list_labs"]
