"""Output-size formulas with the numbers filled in, and the inputs that no window covers."""

from typing import Any, NamedTuple

from convscope.errors import ArchitectureError, InputError
from convscope.shapes import Window, window_output


class SizeFormula(NamedTuple):
    """Output size of one axis, with its formula.

    Attributes:
        formula: in symbols.
        substituted: with numbers, and the result.
        output: the size, rounded down (the default of PyTorch).
        ceil: the size rounded up.
        unseen: inputs at the end that no window covers (padding not counted).
        skipped: inputs between two windows that no window covers.
        overhang: positions of the extra window, with ceil, beyond input and padding.
        note: the consequence in one sentence.
    """

    axis: str
    formula: str
    substituted: str
    output: int
    ceil: int
    unseen: int
    skipped: int
    overhang: int
    note: str

    def to_dict(self) -> dict[str, Any]:
        return self._asdict()


def _extent(window: Window) -> str:
    if window.dilation == 1:
        return str(window.kernel)
    return f"({window.dilation}*({window.kernel} - 1) + 1)"


def _check_window(window: Window) -> None:
    if min(window.kernel, window.stride, window.dilation) < 1 or window.padding < 0:
        raise InputError(
            f"kernel {window.kernel}, stride {window.stride}, padding {window.padding}, "
            f"dilation {window.dilation}",
            expected="kernel, stride and dilation of at least 1, padding of at least 0",
        )


def size_formula(size: int, window: Window, axis: str = "size") -> SizeFormula:
    """Return O = floor((I - (D*(K - 1) + 1) + 2P) / S) + 1 for one axis.

    Raises:
        ArchitectureError: the window is larger than the padded input.
        InputError: a stride, dilation or kernel below 1, or negative padding.
    """
    _check_window(window)
    output = window_output(size, window, axis=axis)
    room = size + 2 * window.padding - window.extent
    left = room % window.stride
    ceil = -(-room // window.stride) + 1
    unseen = min(size, max(0, left - window.padding))
    seen = {
        i * window.stride - window.padding + t * window.dilation
        for i in range(output)
        for t in range(window.kernel)
    }
    skipped = sum(place not in seen for place in range(size - unseen))
    exact = f"{room}/{window.stride} + 1"
    rounded = f"floor({room / window.stride:g}) + 1 = {output}" if left else f"{output}"
    return SizeFormula(
        axis=axis,
        formula="(I - K + 2P)/S + 1"
        if window.dilation == 1
        else "(I - (D*(K - 1) + 1) + 2P)/S + 1",
        substituted=f"({size} - {_extent(window)} + 2*{window.padding})/{window.stride} + 1 "
        f"= {exact} = {rounded}",
        output=output,
        ceil=ceil,
        unseen=unseen,
        skipped=skipped,
        overhang=window.stride - left if left else 0,
        note=_note(window, left, unseen, skipped, ceil),
    )


def _note(window: Window, left: int, unseen: int, skipped: int, ceil: int) -> str:
    parts = []
    if left:
        lost = f"{unseen} input values" if unseen else "only padding, no input value,"
        parts.append(
            f"the stride does not divide evenly: {left} positions remain at the end, {lost} are "
            f"not used; rounding up gives {ceil}, with {window.stride - left} positions of the "
            "last window beyond the edge"
        )
    if skipped:
        parts.append(f"{skipped} input values between the windows are not used")
    return "; ".join(parts) or "the stride divides evenly: every input value is used"


def transposed_formula(
    size: int, window: Window, output_padding: int = 0, axis: str = "size"
) -> SizeFormula:
    """Return O = (I - 1)*S - 2P + D*(K - 1) + 1 + output_padding for one axis.

    Raises:
        InputError: an output_padding that no stride or dilation produces.
        ArchitectureError: an output size below 1.
    """
    _check_window(window)
    if not 0 <= output_padding < max(window.stride, window.dilation):
        raise InputError(
            f"output_padding {output_padding} with stride {window.stride}",
            expected="at least 0 and less than the stride or the dilation",
        )
    output = (size - 1) * window.stride - 2 * window.padding + window.extent + output_padding
    if output < 1:
        raise ArchitectureError(f"the {axis} would be {output}", fix="less padding")
    return SizeFormula(
        axis=axis,
        formula="(I - 1)*S - 2P + D*(K - 1) + 1 + output_padding",
        substituted=f"({size} - 1)*{window.stride} - 2*{window.padding} + "
        f"{window.dilation}*({window.kernel} - 1) + 1 + {output_padding} = {output}",
        output=output,
        ceil=output,
        unseen=0,
        skipped=0,
        overhang=0,
        note=f"a convolution with stride {window.stride} maps the output back to {size}",
    )
