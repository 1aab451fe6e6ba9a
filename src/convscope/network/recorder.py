"""Recorder of the last operations of a forward pass, to follow an output back to its origin.

Kept are the operations that pass a tensor on: changes of shape, copies, scalings, and those that
make probabilities of scores. They are seen where the network calls torch, as a module, a
function or a method, in place or not.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from torch import Tensor
from torch.overrides import TorchFunctionMode

Kind = Literal[
    "softmax", "sigmoid", "shape", "copy", "scale", "broadcast", "negative", "inverse", "tanh"
]
"""How an operation passes its tensor on.

- softmax, sigmoid: to probabilities, or to their logarithms.
- shape: the same numbers in another shape, or some of them.
- copy: the same numbers.
- scale: increasing with each number: times 2, plus 1, exp, log, clamp.
- broadcast: times, divided by or minus a smaller tensor, as in x / x.sum(1, keepdim=True), or
  divided by one of the same size, as in x / (1 + x).
- negative: -x or 1 - x.
- inverse: 1 / x.
- tanh: of which a sigmoid can be made.
"""

_NAMES: dict[Kind, str] = {
    "softmax": "softmax log_softmax special_softmax special_log_softmax softmin",
    "sigmoid": "sigmoid special_expit log_sigmoid logsigmoid hardsigmoid",
    "shape": "view reshape flatten unflatten squeeze unsqueeze permute transpose swapaxes swapdims "
    "movedim moveaxis t T mT __getitem__ select narrow view_as reshape_as ravel index_select flip "
    "roll expand expand_as",
    "copy": "clone contiguous to float double half bfloat16 type type_as cpu cuda dropout "
    "nan_to_num round",
    "scale": "mul div true_divide add sub clamp clip clamp_min clamp_max exp log",
    "broadcast": "normalize",
    "negative": "neg negative __rsub__ rsub",
    "inverse": "reciprocal __rdiv__ __rtruediv__",
    "tanh": "tanh",
}
KINDS: dict[str, Kind] = {name: kind for kind, names in _NAMES.items() for name in names.split()}
MAX_STEPS = 64

Key = tuple[int, int]
"""Identity and version of a tensor: an operation in place changes the version."""


class Step(NamedTuple):
    """One recorded operation.

    Attributes:
        before: the tensor that it passes on; a copy where the operation works in place.
        after: its output, kept so that its identity stays unique.
        replay: the same operation on another tensor.
    """

    name: str
    kind: Kind
    before: Tensor
    before_key: Key
    after: Tensor
    after_key: Key
    replay: Callable[[Tensor], Tensor]


class Recorder(TorchFunctionMode):
    """Context that records the last operations."""

    def __init__(self) -> None:
        super().__init__()
        self._steps: deque[Step] = deque(maxlen=MAX_STEPS)

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        options = dict(kwargs or {})
        if not args and "input" in options:
            args = (options.pop("input"),)
        name = _name(func)
        plain = name if name.startswith("__") else name.removesuffix("_")
        position, kind = _passed_on(plain, args)
        if kind is None:
            return func(*args, **options)
        before: Tensor = args[position]
        before_key = tensor_key(before)
        if plain != name and kind not in ("shape", "copy"):
            before = before.clone()  # the operation overwrites it
        output = func(*args, **options)
        if isinstance(output, Tensor):

            def replay(other: Tensor) -> Tensor:
                if plain != name:
                    other = other.clone()
                again: Tensor = func(*args[:position], other, *args[position + 1 :], **options)
                return again

            self._steps.append(
                Step(plain, kind, before, before_key, output, tensor_key(output), replay)
            )
        return output

    def chain(self, output: Tensor) -> list[Step]:
        """The operations from an output back to the first one that is not recorded."""
        chain: list[Step] = []
        key = tensor_key(output)
        for step in reversed(self._steps):
            if step.after_key == key:
                chain.append(step)
                key = step.before_key
        return chain


def tensor_key(tensor: Tensor) -> Key:
    """The identity of a tensor's numbers: the object, and how often it was changed in place."""
    return id(tensor), 0 if tensor.is_inference() else tensor._version


def _name(func: Callable[..., Any]) -> str:
    name: str = getattr(func, "__name__", "")
    if name == "__get__":  # an attribute, as x.T
        name = getattr(getattr(func, "__self__", None), "__name__", "")
    return name


def _passed_on(name: str, args: tuple[Any, ...]) -> tuple[int, Kind | None]:
    """The position of the tensor that an operation passes on, and how; None for all others."""
    kind = KINDS.get(name)
    if kind is None or not args or not isinstance(args[0], Tensor):
        return 0, None
    other = args[1] if len(args) > 1 else None
    if name in ("__rsub__", "rsub", "__rdiv__", "__rtruediv__"):
        return 0, kind if isinstance(other, int | float) and other == 1 else None
    if kind != "scale" or other is None:
        return 0, kind
    if name == "sub" and isinstance(other, Tensor) and other.numel() == 1:
        return 0, "broadcast"  # the maximum of one image
    if isinstance(other, Tensor) and other.numel() > 1:
        if other.numel() < args[0].numel():
            return 0, "broadcast"
        if name in ("div", "true_divide") and other.shape == args[0].shape:
            return 0, "broadcast"
        is_smaller = name == "mul" and args[0].numel() < other.numel()
        return 1, "broadcast" if is_smaller else None
    if not isinstance(other, int | float | Tensor):
        return 0, None
    rises = name not in ("mul", "div", "true_divide") or bool(other > 0)
    return 0, kind if rises else None
