"""Verifications of ONNX files in notebooks."""

from convscope.export.verify import Verification
from convscope.lang import label
from convscope.notebook.parts import facts, table


def html(verification: Verification) -> str:
    """Return the quantities, and the verdict below them."""
    rows = [(label(quantity), value) for quantity, value in verification.rows()]
    return table(("", ""), rows) + facts(*verification.sentences())
