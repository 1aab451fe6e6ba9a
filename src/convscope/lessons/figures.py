"""Labs that chapters embed as figures: their keys, and the command line of the same lab.

A figure's state is a mapping of keys to texts; a key that is absent or "" has its default. To add
a key: a line here, and the page's figure reads it (web/src/figures/NAME/).
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from convscope.lessons.commands import Line

State = Mapping[str, str]
Command = Callable[[State], str | None]


class Lab(NamedTuple):
    """A lab of the page.

    Attributes:
        title: one line for the terminal.
        keys: each key of the state with its default.
        command: the command line of the same lab, or None if the terminal has none.
    """

    title: str
    keys: dict[str, str]
    command: Command | None = None


CONVOLUTION = {
    "size": "3x5x5",
    "outputs": "2",
    "kernel": "3",
    "stride": "1",
    "padding": "0",
    "dilation": "1",
    "groups": "1",
    "operation": "correlation",
    "outputPadding": "0",
    "seed": "0",
    **dict.fromkeys(("x", "w", "b", "example", "unit", "step", "show", "g"), ""),
}
CONVOLUTION_LINE = Line(
    "convscope lab convolution",
    {
        "example": "--example",
        "size": "--input",
        "outputs": "--kernels",
        "kernel": "--kernel",
        "stride": "--stride",
        "padding": "--padding",
        "dilation": "--dilation",
        "groups": "--groups",
        "operation": "--operation",
        "outputPadding": "--output-padding",
        "step": "--step",
    },
    flags={("operation", "transposed"): "--transposed"},
    alone="example",
    named={  # those of web/src/figures/convolution/setup.ts that the terminal has not
        "start": {},
        "same": {"size": "1x6x6", "outputs": "1", "padding": "1"},
        "stride": {"size": "1x7x7", "outputs": "1", "stride": "2"},
        "unread": {"size": "1x6x6", "outputs": "1", "stride": "2"},
        "dilated": {"size": "1x9x9", "outputs": "1", "dilation": "2"},
        "pointwise": {"size": "4x4x4", "kernel": "1"},
        "grouped": {"size": "4x5x5", "outputs": "4", "groups": "2"},
        "depthwise": {"size": "3x5x5", "outputs": "3", "groups": "3"},
        "transposed": {
            "size": "1x3x3",
            "outputs": "1",
            "stride": "2",
            "operation": "transposed",
        },
        "rotated": {"size": "1x5x5", "outputs": "1", "operation": "convolution"},
    },
)

WEIGHTS = "squeezenet_weights.pkl"
"""The file of weights that the documentation names."""


def _predict(state: State) -> str:
    topk = state.get("k") or "5"
    return f"convscope predict squeezenet1_1 photo.jpg --weights {WEIGHTS} --topk {topk}"


def _project(state: State) -> str:
    layer, unit = state.get("layer") or "fire5", state.get("unit", "")
    words = f"--layer {layer}.expand" + (f" --unit {unit}" if unit else "")
    return (
        f"convscope look deconvnet squeezenet1_1 photo.jpg --weights {WEIGHTS} {words} -o unit.png"
    )


FIGURES: dict[str, Lab] = {
    # images and filters
    "pixels": Lab(
        "A photo as numbers",
        {"photo": "", "x": "", "y": "", "size": "8", "channel": "all"},
        Line("convscope lab pixels", {"size": "--size", "y": "--top", "x": "--left"}),
    ),
    "filters": Lab(
        "A filter on a photo",
        dict.fromkeys(
            ("photo", "filter", "size", "sigma", "noise", "amount", "kernel", "operation"), ""
        ),
        Line(
            "convscope filter photo.jpg",
            {"size": "--size", "sigma": "--sigma", "noise": "--noise", "amount": "--amount"},
            words={"filter": "sobel_x"},
            end=("-o", "filtered.png"),
        ),
    ),
    "surface": Lab(
        "A kernel as a surface",
        {"kernel": "gaussian", "size": "", "sigma": "1.5"},
        Line(
            "convscope lab surface",
            {"sigma": "--sigma", "size": "--size"},
            words={"kernel": "gaussian"},
        ),
    ),
    "laplacian": Lab(
        "The Laplacian from second differences",
        {"row": "1 1 1 2 3 4 4 4 0 0", "at": "7", "neighbours": "4"},
        Line("convscope lab laplacian", {"row": "--row"}),
    ),
    "learnable_filter": Lab(
        "A filter that is learned",
        {"photo": "", "filter": "sobel_x", "lr": "1", "momentum": "yes", "step": ""},
        Line(
            "convscope lab learnable_filter",
            {"filter": "--filter", "lr": "--lr", "momentum": ""},
            flags={("momentum", "no"): "--plain"},
        ),
    ),
    # convolution
    "convolution": Lab("A convolution, window by window", CONVOLUTION, CONVOLUTION_LINE),
    "convolution_gradients": Lab(
        "Gradients of a convolution", {**CONVOLUTION, "of": "kernel"}, CONVOLUTION_LINE
    ),
    "mlp_size": Lab(
        "Parameters of an MLP and of a convolution on one image",
        {
            "width": "1920",
            "height": "1080",
            "channels": "3",
            "hidden": "100",
            "kernel": "3",
            "kernels": "100",
        },
        Line(
            "convscope lab mlp_size",
            {
                "width": "--width",
                "height": "--height",
                "channels": "--channels",
                "hidden": "--hidden",
                "kernel": "--kernel",
                "kernels": "--kernels",
            },
        ),
    ),
    "connectivity": Lab(
        "Connections of a layer",
        {
            "kind": "convolution",
            "kernel": "3",
            "stride": "1",
            "width": "9",
            "from": "output",
            "unit": "",
        },
        Line("convscope lab connectivity", {"kernel": "--kernel", "stride": "--stride"}),
    ),
    "receptive_field": Lab(
        "The receptive field of stacked layers",
        {"layers": " ".join(["conv3"] * 3), "unit": "", "compare": "", "channels": "64"},
        Line(
            "convscope lab receptive_field",
            {"layers": "--layers", "compare": "--compare", "channels": "--channels"},
        ),
    ),
    "separable": Lab(
        "A convolution, or a depthwise and a pointwise one",
        {"channels": "64", "outputs": "128", "kernel": "3", "size": "56", "output": ""},
        Line(
            "convscope lab separable",
            {
                "channels": "--channels",
                "outputs": "--outputs",
                "kernel": "--kernel",
                "size": "--size",
            },
        ),
    ),
    "squeeze_excitation": Lab(
        "Squeeze-and-excitation",
        {"channels": "8", "reduction": "4", "example": "vertical", "channel": ""},
        Line(
            "convscope lab squeeze_excitation",
            {"channels": "--channels", "reduction": "--reduction", "example": "--example"},
        ),
    ),
    # pooling, classifier, training
    "pooling_windows": Lab(
        "Pooling, window by window",
        {
            "kind": "max",
            "side": "4",
            "size": "2",
            "stride": "",
            "padding": "0",
            "step": "1",
            "seed": "",
            "show": "window",
        },
        Line(
            "convscope lab pooling_windows",
            {
                "kind": "--kind",
                "side": "--side",
                "size": "--size",
                "stride": "--stride",
                "padding": "--padding",
                "seed": "--seed",
            },
        ),
    ),
    "pooling_shift": Lab(
        "Pooling and a shift",
        {"shift": "1", "size": "3"},
        Line("convscope lab pooling --example-only", {"shift": "--shift", "size": "--size"}),
    ),
    "softmax": Lab(
        "Scores, probabilities, loss and gradient",
        {"scores": "2 1 0.1", "label": "1", "lr": "1", "step": "0"},
        Line(
            "convscope lab softmax",
            {"scores": "--scores", "label": "--label", "lr": "--lr", "step": "--steps"},
        ),
    ),
    "activations": Lab(
        "Activation functions and their slopes",
        {"function": "tanh", "x": "2", "layers": "5"},
        Line("convscope lab activations", {"x": "--x", "layers": "--layers"}),
    ),
    "descent": Lab(
        "Gradient descent and the learning rate",
        {"lr": "0.3", "steps": "8", "start": "5"},
        Line("convscope lab descent", {"lr": "--lr", "steps": "--steps", "start": "--start"}),
    ),
    "gradient_flow": Lab(
        "Gradients of a deep network",
        {
            "depth": "30",
            "activation": "relu",
            "shortcut": "no",
            "normalisation": "none",
            "init": "he",
            "show": "gradients",
        },
        Line(
            "convscope lab gradients",
            {"depth": "--depth", "activation": "--activation", "shortcut": ""},
            flags={("shortcut", "no"): "--style=plain", ("shortcut", "yes"): "--style=residual"},
        ),
    ),
    # networks
    "architecture": Lab(
        "The layers of a network",
        {"network": "lenet5", "show": "diagram", "layer": ""},
        Line("convscope show", {}, words={"network": "lenet5"}),
    ),
    "paper_table": Lab(
        "The table of the paper, checked",
        {"network": "googlenet", "cell": ""},
        Line("convscope show", {}, words={"network": "googlenet"}, end=("--paper",)),
    ),
    "comparison": Lab(
        "Networks side by side",
        {"case": "two_3x3_or_5x5"},
        lambda state: f"convscope compare --case {state.get('case') or 'two_3x3_or_5x5'}",
    ),
    "object_sizes": Lab(
        "Objects of three sizes, kernels of three sizes",
        {"object": "7", "kernel": "7"},
        Line("convscope lab object_sizes", {"object": "--objects"}),
    ),
    "depth_concat": Lab(
        "Joining feature maps along the channels",
        {"a": "14x14x2", "b": "16x16x3", "mode": "pad"},
        Line(
            "convscope lab depth_concat",
            {"mode": "--mode"},
            words={"a": "14x14x2", "b": "16x16x3"},
        ),
    ),
    "history": Lab(
        "Errors of ImageNet by year",
        {"year": "", "protocol": ""},
        lambda _: "convscope list results",
    ),
    "network": Lab(
        "Every unit of a network", dict.fromkeys(("layer", "map", "pixel", "space"), "")
    ),
    "train": Lab(
        "Train in this tab",
        {"network": "lenet5", "lr": "", "batch": "", "optimiser": ""},
        Line("convscope train", {"lr": "--lr"}, words={"network": "lenet5"}, end=("mnist",)),
    ),
    "classify": Lab("Classify a photo", {"photo": "", "k": "5"}, _predict),
    "top5": Lab("Top-1 and top-5", {"photo": "", "k": "5"}, _predict),
    "projections": Lab("Projections of units back to pixels", {"layer": "", "unit": ""}, _project),
    "first_kernels": Lab(
        "Kernels of the first layer",
        {"source": "", "kernel": ""},
        lambda _: "convscope look filters alexnet -o kernels.png",
    ),
}
"""Labs by name; a name is that of the page's registry (web/src/figures/registry.ts)."""


def command_of(lab: str, state: State) -> str | None:
    """Return the command line of a lab in a state, or None."""
    write = FIGURES[lab].command
    return write(state) if write else None
