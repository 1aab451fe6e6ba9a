"""Tables of torch modules in notebooks."""

from convscope.network.summary.table import HEAD, ModuleTable
from convscope.notebook.parts import facts, table


def html(modules: ModuleTable) -> str:
    """Return the rows, the totals and the notes."""
    cells, total = modules.cells(), modules.total()
    shown = table(HEAD, cells, numeric=range(3, 7), total=total, num_rows=len(cells))
    return shown + facts(*modules.facts())
