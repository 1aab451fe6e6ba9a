"""Table: rows of text and numbers under named columns."""

from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from convscope.payload.base import Arrays, BasePayload, Finite, Text, unused
from convscope.text import counted

MOST_ROWS = 10_000
Cell = Text | int | Finite | None


class Table(BasePayload):
    """Rows of text and numbers under named columns; None is an undefined value."""

    kind: Literal["table"] = "table"
    columns: tuple[Text, ...] = Field(min_length=1, max_length=256)
    rows: tuple[tuple[Cell, ...], ...] = Field(max_length=MOST_ROWS)

    @model_validator(mode="after")
    def _check(self) -> Self:
        for number, row in enumerate(self.rows):
            if len(row) != len(self.columns):
                raise ValueError(
                    f"row {number} has {len(row)} cells for {len(self.columns)} columns"
                )
        return self

    def is_numeric(self, column: int) -> bool:
        """Return whether a column holds only numbers and None."""
        cells = [row[column] for row in self.rows if row[column] is not None]
        return bool(cells) and all(isinstance(cell, int | float) for cell in cells)

    def __repr__(self) -> str:
        rows, columns = counted(len(self.rows), "row"), counted(len(self.columns), "column")
        return self._brief(f"{rows}, {columns}")

    def arrays(self) -> Arrays:
        """Return one array per column: numbers (None becomes NaN) or text."""
        arrays: Arrays = {}
        for i, name in enumerate(self.columns):
            cells, key = [row[i] for row in self.rows], unused(name, arrays)
            if self.is_numeric(i):
                arrays[key] = np.array([np.nan if c is None else c for c in cells], np.float64)
            else:
                arrays[key] = np.array([cell_text(c) for c in cells], np.str_)
        return arrays


def cell_text(cell: Cell) -> str:
    """Return the text of a cell: thousands separated, four decimals."""
    match cell:
        case None:
            return "-"
        case int():
            return f"{cell:,}"
        case float() if cell and abs(cell) < 0.001:
            return f"{cell:.3g}"
        case float():
            return f"{cell:.4f}"
        case _:
            return cell
