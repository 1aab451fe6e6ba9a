"""Drawing of the gradients lab: norm of the gradient by layer, plain and residual networks."""

from collections.abc import Sequence

from convscope.labs.gradients import STYLES, Flow, Gradients, Style
from convscope.labs.pictures.marks import stacked
from convscope.payload import Curves, Series
from convscope.render import payloads
from convscope.render.marks import Drawing


def drawing(lab: Gradients, flows: Sequence[Flow]) -> Drawing:
    """Draw one chart per style."""
    charts = []
    for style in STYLES:
        chosen = [flow for flow in flows if flow.case.style == style]
        if chosen:
            charts.append(payloads.drawing(curves(lab, style, chosen)))
    return stacked(charts)


def curves(lab: Gradients, style: Style, flows: Sequence[Flow]) -> Curves:
    """Return the norms of networks of one style; what is not finite or 0 is a gap."""
    return Curves(
        title=f"{style}, {lab.depth} convolutions: norm of the gradient",
        x_label="layer, from the image to the loss",
        y_label="|dL/dweight|",
        y_scale="log",
        series=tuple(
            Series(
                name=f"{flow.case.name.removeprefix(style + ' ')}: {flow.verdict}",
                x=tuple(float(layer) for layer in range(1, len(flow.norms) + 1)),
                y=tuple(norm if 0 < norm < float("inf") else None for norm in flow.norms),
            )
            for flow in flows
        ),
    )
