"""Published errors by year for the figure `history`, one list for each protocol."""

from typing import Any

from convscope.lang import Translate

WORDS = ("name", "detail", "source")
OF_TRAINING = ("machine", "time", "epochs", "source")


def data(write: Translate) -> dict[str, Any]:
    """Return the errors of each protocol, and how the networks were trained."""
    from convscope.zoo.history import PROTOCOLS, TRAINING, history

    return {
        "protocols": [
            _protocol(history(name).model_dump(mode="json"), write) for name in PROTOCOLS
        ],
        "training": [_translated(row.model_dump(), OF_TRAINING, write) for row in TRAINING],
    }


def _protocol(record: dict[str, Any], write: Translate) -> dict[str, Any]:
    points = [_translated(point, WORDS, write) for point in record["points"]]
    description, source = write(record["description"]), write(record["human_source"])
    return {**record, "description": description, "human_source": source, "points": points}


def _translated(row: dict[str, Any], names: tuple[str, ...], write: Translate) -> dict[str, Any]:
    return {**row, **{name: write(row[name]) for name in names}}
