"""Static quantisation of networks to 8-bit integers, and its comparison with float32.

`quantised` calibrates a network with real images and returns an ONNX model for the engines;
`compare` measures accuracy and speed beside those of the exact engine, and `Int8Report.check`
refuses what loses too much or is not faster. Engines themselves are in `convscope.engine`.
"""

from convscope.engine.int8.quantise import CALIBRATION_IMAGES, FEWEST_IMAGES, quantised
from convscope.engine.int8.report import MAX_LOSS, Int8Report, compare

__all__ = [
    "CALIBRATION_IMAGES",
    "FEWEST_IMAGES",
    "MAX_LOSS",
    "Int8Report",
    "compare",
    "quantised",
]
