"""The formula of the output size, with its numbers filled in, and what does not divide."""

from typing import Any, NamedTuple

from convscope.errors import ArchitectureError, InputError
from convscope.shapes import Window, window_output


class SizeFormula(NamedTuple):
    """How one axis of the output comes about.

    Attributes:
        formula: with letters.
        substituted: with numbers, up to the result.
        output: the size, rounded down as PyTorch does by default.
        ceil: what rounding up would give.
        unseen: inputs at the end that no window reaches (padding not counted).
        skipped: inputs between the windows that none looks at.
        overhang: places of the extra window, under ceil, that hang over input and padding.
        note: what this means, in words.
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


def size_formula(size: int, window: Window, axis: str = "size") -> SizeFormula:
    """O = floor((I - (D*(K - 1) + 1) + 2P) / S) + 1, for one axis.

    Raises:
        ArchitectureError: the window is larger than the padded input.
        InputError: a stride, dilation or kernel below 1, or negative padding.
    """
    if min(window.kernel, window.stride, window.dilation) < 1 or window.padding < 0:
        raise InputError(
            f"kernel {window.kernel}, stride {window.stride}, padding {window.padding}, "
            f"dilation {window.dilation}",
            expected="kernel, stride and dilation of at least 1, padding of at least 0",
        )
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
        lost = f"{unseen} of the input" if unseen else "only padding, nothing of the input"
        parts.append(
            f"it does not divide: {left} left over at the end, {lost} never seen; rounding up "
            f"gives {ceil}, and the last window hangs {window.stride - left} over the edge"
        )
    if skipped:
        parts.append(f"{skipped} of the input between the windows never seen")
    return "; ".join(parts) or "it divides, and every number of the input is seen"


def transposed_formula(
    size: int, window: Window, output_padding: int = 0, axis: str = "size"
) -> SizeFormula:
    """O = (I - 1)*S - 2P + D*(K - 1) + 1 + output_padding, for one axis.

    Raises:
        InputError: output_padding that no convolution could have left over.
        ArchitectureError: nothing remains.
    """
    if min(window.kernel, window.stride, window.dilation) < 1 or window.padding < 0:
        raise InputError(
            f"kernel {window.kernel}, stride {window.stride}, padding {window.padding}, "
            f"dilation {window.dilation}",
            expected="kernel, stride and dilation of at least 1, padding of at least 0",
        )
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
        note=f"a convolution with stride {window.stride} makes {size} of it again",
    )
