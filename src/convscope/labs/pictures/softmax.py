"""Drawing of the softmax lab: scores, probabilities, gradient, and the steps."""

from collections.abc import Sequence

from convscope.labs.pictures.bars import bars
from convscope.labs.pictures.marks import stacked
from convscope.labs.softmax import Softmax, State
from convscope.lang import label
from convscope.payload import Curves, Series
from convscope.render import payloads
from convscope.render.frame import without_margin
from convscope.render.marks import Drawing


def drawing(lab: Softmax) -> Drawing:
    """Draw the first state, and how loss and probabilities change."""
    states = lab.states()
    first = states[0]
    names = class_names(lab)
    parts = [
        bars(label("scores s"), list(zip(names, first.scores, strict=True))),
        bars(
            label("probabilities p = exp(s) / sum of exp(s)"),
            list(zip(names, first.probabilities, strict=True)),
            largest=1.0,
        ),
        bars(label("gradient dL/ds = p - y"), list(zip(names, first.gradient, strict=True))),
    ]
    return stacked([*parts, _curves(lab, states)] if len(states) > 1 else parts)


def class_names(lab: Softmax) -> list[str]:
    """Return class 0, class 1 (label) ..."""
    words = [f"{label('class')} {k}" for k in range(len(lab.scores))]
    words[lab.label] += f" ({label('label')})"
    return words


def _curves(lab: Softmax, states: Sequence[State]) -> Drawing:
    steps = tuple(float(state.step) for state in states)
    series = [
        Series(name=name, x=steps, y=tuple(state.probabilities[k] for state in states))
        for k, name in enumerate(class_names(lab))
    ]
    series.append(Series(name="loss", x=steps, y=tuple(state.loss for state in states)))
    curves = Curves(
        title="Gradient descent on the scores",
        x_label="step",
        y_label="probability and loss",
        series=tuple(series),
    )
    return without_margin(payloads.drawing(curves))
