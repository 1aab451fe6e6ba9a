"""Objects in notebooks: one file for each kind of object, which returns its HTML.

The HTML stands alone (no script, nothing loaded), is limited in size, and escapes every text that
comes from others. Drawings are those of `convscope.render`. `live.py` shows a run while it trains.
"""

from importlib import import_module
from typing import Any

WRITERS = {
    "convscope.arch.architecture.Architecture": "architecture",
    "convscope.arch.compare.Comparison": "comparison",
    "convscope.arch.table.LayerTable": "layer_table",
    "convscope.bench.records.Bench": "bench",
    "convscope.data.dataset.PathDataSet": "data_set",
    "convscope.data.formats.published.PublishedDataSet": "data_set",
    "convscope.evaluate.metrics.Evaluation": "evaluation",
    "convscope.export.verify.compare.Verification": "verification",
    "convscope.model.Model": "model",
    "convscope.network.summary.table.ModuleTable": "module_table",
    "convscope.payload.base.BasePayload": "payload",
    "convscope.predict.Prediction": "prediction",
    "convscope.predict.Predictions": "predictions",
    "convscope.runs.listing.RunList": "run_list",
    "convscope.runs.record.RunRecord": "run",
    "convscope.training.run.events._Event": "event",
}
"""Class -> module of this package whose `html` writes it."""


def html(value: Any) -> str:
    """Return an object as a piece of HTML for a notebook."""
    from convscope.render.pages.notebook import piece

    return piece(writer_of(type(value)).html(value))


def writer_of(kind: type) -> Any:
    """Return the module that writes objects of a class.

    Raises:
        TypeError: no module does.
    """
    for base in kind.__mro__:
        if name := WRITERS.get(f"{base.__module__}.{base.__qualname__}"):
            return import_module(f"{__name__}.{name}")
    raise TypeError(f"no module of {__name__} writes {kind.__qualname__}")


def picture(svg: str) -> str:
    """Return an SVG file as a piece of HTML for a notebook."""
    from convscope.render.pages.notebook import piece

    return piece(f'<div class="drawing">{svg}</div>')
