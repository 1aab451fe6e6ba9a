"""The table of any torch module, measured while it runs: shapes, parameters, MACs and memory.

Architectures of convscope have `table()`, which needs no run. What hooks and operators see is in
`recording.py`, receptive fields are in `fields.py`, the printed table is in `table.py`.
"""

from convscope.network.summary.measure import summary
from convscope.network.summary.table import ModuleRow, ModuleTable, ModuleTotals

__all__ = ["ModuleRow", "ModuleTable", "ModuleTotals", "summary"]
