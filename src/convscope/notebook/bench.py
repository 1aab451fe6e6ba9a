"""Results of benchmarks in notebooks."""

from convscope.bench.records import LAYER_HEADS, ROW_HEADS, Bench, layer_cells, row_cells
from convscope.notebook.parts import facts, folded, heading, table


def html(bench: Bench) -> str:
    """Return the table of engines, those that were left out, and the table of layers."""
    rows = [row_cells(row) for row in bench.rows]
    shown = heading(bench.architecture, bench.machine) + table(
        ROW_HEADS, rows, numeric=range(2, len(ROW_HEADS))
    )
    shown += facts(*(f"{absent.name}, {absent.level}: {absent.reason}" for absent in bench.absent))
    if bench.profile is not None:
        cells = layer_cells(bench.profile)
        layers = table(LAYER_HEADS, cells, numeric=range(1, len(LAYER_HEADS)))
        shown += folded("layers", layers)
    return shown
