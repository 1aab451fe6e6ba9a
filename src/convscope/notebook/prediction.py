"""Predictions in notebooks: the classes with bars."""

from convscope.evaluate.metrics import percent
from convscope.notebook.parts import bar, name, sentence
from convscope.predict import Prediction


def html(prediction: Prediction, picture: str = "", title: str = "") -> str:
    """Return one prediction.

    Args:
        picture: a thumbnail as HTML; empty for none.
        title: by default the source of the image.
    """
    lines = [f"<b>{name(title or prediction.source)}</b>"]
    if prediction.error:
        lines.append(f'<p class="wrong">{sentence(prediction.error)}</p>')
    if prediction.top:
        scores = "".join(
            f"<span>{name(score.label)}</span>{bar(score.probability)}"
            f"<span>{percent(score.probability)}</span>"
            for score in prediction.top
        )
        lines.append(f'<div class="scores">{scores}</div>')
    if prediction.note:
        lines.append(f'<p class="muted">{sentence(prediction.note)}</p>')
    return f'<div class="card">{picture}<div>{"".join(lines)}</div></div>'
