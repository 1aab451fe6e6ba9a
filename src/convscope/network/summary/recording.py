"""Recorder of a module that runs, by hooks and operators: calls, MACs, memory and receptive fields.

Hooks are torch's global ones, so that the module itself is not changed.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from convscope.network.summary.fields import Fields
from convscope.network.summary.products import LAYERS_OF_WEIGHTS, is_counted, is_uncounted, macs_of


@dataclass
class Recorded:
    """One call of a module.

    Attributes:
        macs, products: of operators of this module itself: of layers, and of other products.
        saved_bytes: tensors that its operators keep for the backward pass.
    """

    module: nn.Module
    depth: int
    input_shapes: list[tuple[int, ...]]
    has_inner: bool = False
    output_shapes: list[tuple[int, ...]] = field(default_factory=list)
    output_bytes: int = 0
    macs: int = 0
    products: int = 0
    saved_bytes: int = 0
    field_size: tuple[int, int] | None = None


class Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Records the calls in order. Use as a context, around the forward pass.

    Attributes:
        calls: in the order in which they begin.
        stack: the calls that run; after an error that of the module that failed is last.
        uncounted: operators that multiply and whose MACs are not known.
    """

    def __init__(self, weights: Sequence[Tensor], inputs: Sequence[Tensor]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.calls: list[Recorded] = []
        self.stack: list[Recorded] = []
        self.uncounted: dict[str, None] = {}
        self._weights = {_storage(tensor) for tensor in weights}
        self._saved: set[int] = set()
        self._fields = Fields()
        self._fields.begin(inputs)
        self._kept: list[Any] = []  # storages are told apart by their place

    @contextmanager
    def watching(self, *, backward: bool) -> Iterator[None]:
        """Install the hooks, and remove them."""
        with ExitStack() as open_:
            for hook in (
                register_module_forward_pre_hook(self._begin),
                register_module_forward_hook(self._end),
            ):
                open_.callback(hook.remove)
            if backward:
                hooks = torch.autograd.graph.saved_tensors_hooks(self._keep, lambda x: x)
                open_.enter_context(hooks)
            open_.enter_context(torch.set_grad_enabled(backward))
            open_.enter_context(self)
            yield

    def _begin(self, module: nn.Module, inputs: Any) -> None:
        if self.stack:
            self.stack[-1].has_inner = True
        shapes = [tuple(x.shape) for x in tree_leaves(inputs) if isinstance(x, Tensor)]
        call = Recorded(module, len(self.stack), shapes)
        self.calls.append(call)
        self.stack.append(call)
        self._kept.append(inputs)

    def _end(self, module: nn.Module, inputs: Any, output: Any) -> None:
        call = self.stack.pop()
        before = {_storage(x) for x in tree_leaves(inputs) if isinstance(x, Tensor)}
        tensors = [x for x in tree_leaves(output) if isinstance(x, Tensor)]
        call.output_shapes = [tuple(x.shape) for x in tensors]
        new = [x for x in tensors if _storage(x) not in before]  # not those changed in place
        call.output_bytes = sum(x.numel() * x.element_size() for x in new)
        if len(tensors) == 1:
            call.field_size = self._fields.size(tensors[0])
        self._kept.append(output)

    def _keep(self, tensor: Tensor) -> Tensor:
        place = _storage(tensor)
        if self.stack and place not in self._weights and place not in self._saved:
            self._saved.add(place)
            self._kept.append(tensor)
            self.stack[-1].saved_bytes += tensor.untyped_storage().nbytes()
        return tensor

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        named = kwargs or {}
        packet = func._overloadpacket
        if not is_counted(packet) and func is not torch.ops.prim.device.default:
            with self:
                result = func.decompose(*args, **named)
            if result is not NotImplemented:
                return result
        result = func(*args, **named)
        if is_uncounted(func):
            self.uncounted[func._schema.name] = None
        elif is_counted(packet) and self.stack:
            macs = macs_of(packet, args, named, result)
            if packet in LAYERS_OF_WEIGHTS:
                self.stack[-1].macs += macs
            else:
                self.stack[-1].products += macs
        outputs = [x for x in tree_leaves(result) if isinstance(x, Tensor)]
        self._fields.step(func, args, outputs)
        self._kept.append(outputs)
        return result


def _storage(tensor: Tensor) -> int:
    try:
        return int(tensor.untyped_storage()._cdata)
    except (NotImplementedError, RuntimeError):  # sparse tensors and others without storage
        return id(tensor)
