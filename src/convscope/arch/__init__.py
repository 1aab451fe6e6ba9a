"""Architectures as data: blocks, and what is computed from them without torch."""

from convscope.arch.architecture import Architecture, Fact, Paper, Result
from convscope.arch.block import AnyBlock, AuxiliaryHead, Chain, Composition, Concat, Gate, Residual
from convscope.arch.fold import block_at, children
from convscope.arch.limits import Limits
from convscope.arch.receptive_field import Field, receptive_fields
from convscope.arch.table import LayerTable, Row, Totals
from convscope.arch.trace import Head, Step, Trace, trace

__all__ = [
    "AnyBlock",
    "Architecture",
    "AuxiliaryHead",
    "Chain",
    "Composition",
    "Concat",
    "Fact",
    "Field",
    "Gate",
    "Head",
    "LayerTable",
    "Limits",
    "Paper",
    "Residual",
    "Result",
    "Row",
    "Step",
    "Totals",
    "Trace",
    "block_at",
    "children",
    "receptive_fields",
    "trace",
]
