"""Numbers of the chapters on images, filters and the learned kernel."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from convscope.lessons.quantities.classic import network
from convscope.lessons.quantities.formats import Value
from convscope.lessons.quantities.inputs import INPUTS
from convscope.lessons.quantities.measured import measured

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from convscope.arch.compare import Measured
    from convscope.arch.table import Row

    Array = NDArray[np.float64]

UNITS = 100
"""Hidden units of the MLP of the lecture."""

DIGIT, PHONE, PATCH = (28, 28), (4000, 3000), 20


def case(name: str, entry: int) -> "Measured":
    """Return one network of a comparison of `convscope compare --cases`."""
    from convscope.arch.compare_cases import compare_case
    from convscope.zoo import load

    return compare_case(name, load=load).entries[entry]


def _dense(inputs: Value) -> int:
    """Return the parameters of a fully connected layer of 100 units."""
    from convscope.layers import Linear
    from convscope.shapes import Features

    assert isinstance(inputs, int)
    return Linear(UNITS).parameters(Features(inputs))


def _values(name: str) -> int:
    value = INPUTS[name]()
    assert isinstance(value, int)
    return value


def _photo_memory() -> str:
    from convscope.text import byte_size

    weights = _dense(_values("photo.values")) - UNITS
    return byte_size(4 * weights)


def _macs_ratio() -> float:
    mlp, cnn = case("mlp_or_cnn", 0), case("mlp_or_cnn", 1)
    return round(cnn.macs / mlp.macs, 2)


def _cnn_layer() -> "Row":
    """Return the convolution of the CNN on a photo."""
    from convscope.arch.compare_cases import MLP_OR_CNN, Sample
    from convscope.arch.table import table
    from convscope.arch.trace import trace

    cnn = MLP_OR_CNN.subjects[1]
    assert isinstance(cnn, Sample)
    steps = trace(cnn.block, cnn.input_shape)
    return table(cnn.block, steps, depth=None, batch_size=1).rows[0]


def _cnn_kernel() -> tuple[int, int]:
    window = _cnn_layer().window
    assert window is not None
    return window.kernel


def kernel(name: str) -> "Array":
    """Return a kernel of `convscope.filters`."""
    from convscope.filters.kernels import KERNELS

    return KERNELS[name].matrix


def whole(name: str) -> "Array":
    """Return the numbers of a kernel before its divisor."""
    from convscope.filters.kernels import KERNELS

    return KERNELS[name].matrix * KERNELS[name].divisor


def _sum(name: str) -> int:
    return round(float(whole(name).sum()))


def _squares(name: str) -> int:
    """Return the sum of squared weights: the factor of the variance of independent noise."""
    return round(float((kernel(name) ** 2).sum()))


def _on_parabola(name: str) -> int:
    """Return the kernel with the lecture's sign, minus the Laplacian's, on f = x^2."""
    import numpy as np

    x = np.arange(-1, 2) ** 2
    return round(float(-(kernel(name) * x).sum()))


def _median_breakdown() -> int:
    """Return the least number of white pixels among nine whose median is white."""
    import numpy as np

    return next(n for n in range(10) if np.median([1] * n + [0] * (9 - n)) == 1)


@cache
def _curvatures() -> tuple[float, float]:
    """Return the largest and the smallest curvature of the loss on the sample photo, 3 x 3."""
    from importlib.resources import as_file, files

    import numpy as np

    from convscope.io.conversion import to_grey
    from convscope.io.images import read_image
    from convscope.labs.learnable_filter import cropped, windows_of

    with as_file(files("convscope.samples").joinpath("files", "photo.jpg")) as path:
        grey = to_grey(read_image(path))[..., 0] / 255
    windows = windows_of(cropped(grey), (3, 3))
    values = np.linalg.eigvalsh(windows.T @ windows / len(windows))
    return float(values[-1]), float(values[0])


IMAGES: dict[str, Callable[[], Value]] = {
    "pixel.black": lambda: 0,
    "pixel.white": lambda: 2**8 - 1,
    "patch.side": lambda: PATCH,
    "patch.numbers": lambda: PATCH**2,
    "hidden.units": lambda: UNITS,
    "digit.size": lambda: " × ".join(map(str, DIGIT)),
    "digit.inputs": lambda: DIGIT[0] * DIGIT[1],
    "digit.parameters": lambda: _dense(DIGIT[0] * DIGIT[1]),
    "photo.size": lambda: f"{_values('photo.width')} × {_values('photo.height')}",
    "phone.width": lambda: PHONE[0],
    "phone.height": lambda: PHONE[1],
    "phone.pixels": lambda: PHONE[0] * PHONE[1],
    "phone.values": lambda: 3 * PHONE[0] * PHONE[1],
    "photo.grey_parameters": lambda: _dense(_values("photo.pixels")),
    "photo.colour_parameters": lambda: _dense(_values("photo.values")),
    "photo.memory": _photo_memory,
    "mlp.parameters": lambda: case("mlp_or_cnn", 0).parameters,
    "mlp.classes": lambda: network("lenet5").num_classes,
    "cnn.parameters": lambda: case("mlp_or_cnn", 1).parameters,
    "cnn.kernels": lambda: _cnn_layer().output_shape[0],
    "cnn.layer_parameters": lambda: _cnn_layer().parameters,
    "cnn.kernel": _cnn_kernel,
    "cnn.macs_ratio": _macs_ratio,
    "gaussian3.sum": lambda: _sum("gaussian3"),
    "gaussian5.sum": lambda: _sum("gaussian5"),
    "gaussian5.corner": lambda: round(float(whole("gaussian5")[1, 1])),
    "gaussian5.side": lambda: round(float(whole("gaussian5")[1, 2])),
    "gaussian5.middle": lambda: round(float(whole("gaussian5")[2, 2])),
    "gaussian5.printed": lambda: f"1/{_divisor('gaussian5_as_printed')}",
    "gaussian5.row_sums": lambda: ", ".join(f"{row:g}" for row in whole("gaussian5").sum(1)),
    "gaussian5.gain": lambda: float(kernel("gaussian5_as_printed").sum()),
    "scharr.weights": lambda: ", ".join(f"{row[2]:g}" for row in kernel("scharr_x")),
    "laplacian4.squares": lambda: _squares("laplacian4"),
    "sobel_x.squares": lambda: _squares("sobel_x"),
    "laplacian4.on_parabola": lambda: _minus(_on_parabola("laplacian4")),
    "laplacian8.on_parabola": lambda: _minus(_on_parabola("laplacian8")),
    "median.breakdown": _median_breakdown,
    "noise.amount": lambda: measured("noise.amount"),
    "noise.psnr": lambda: measured("noise.psnr"),
    "noise.mean": lambda: measured("noise.mean"),
    "noise.gaussian": lambda: measured("noise.gaussian"),
    "noise.median": lambda: measured("noise.median"),
    "learn.condition": lambda: _curvatures()[0] / _curvatures()[1],
    "learn.limit": lambda: 2 / _curvatures()[0],
}


def _divisor(name: str) -> str:
    from convscope.filters.kernels import KERNELS

    return f"{KERNELS[name].divisor:g}"


def _minus(value: int) -> str:
    return f"{value}".replace("-", "−")
