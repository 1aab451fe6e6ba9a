"""Predictions of several images in notebooks: a card for each, with a thumbnail."""

from collections import Counter

from convscope.notebook import prediction
from convscope.notebook.parts import folded, image
from convscope.predict import Predictions

SHOWN = 8
MOST = 50


def html(predictions: Predictions) -> str:
    """Return a card for each prediction; those after the first 8 are folded.

    Images of the same name, as arrays are, have their number before it.
    """
    counts = Counter(each.source for each in predictions)
    cards = []
    for number, each in enumerate(predictions[:MOST]):
        title = f"{number}: {each.source}" if counts[each.source] > 1 else each.source
        cards.append(prediction.html(each, _thumbnail(predictions, number), title))
    text = "".join(cards[:SHOWN])
    if len(predictions) > SHOWN:
        shown = len(cards) - SHOWN
        more = len(predictions) - SHOWN
        summary = f"{more:,} more" if more == shown else f"{more:,} more; the first {shown} of them"
        text += folded(summary, "".join(cards[SHOWN:]))
    return text


def _thumbnail(predictions: Predictions, number: int) -> str:
    pixels = predictions.pixels(number)
    return "" if pixels is None else image(pixels, alt=predictions[number].source)
