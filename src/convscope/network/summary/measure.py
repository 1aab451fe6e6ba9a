"""Run a module once, without changing it, and make the table of what was recorded."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal, Protocol

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from convscope.arch import Architecture
from convscope.errors import InputError, shortened
from convscope.network.build import Network, build_empty
from convscope.network.summary.inputs import Call, arguments
from convscope.network.summary.recording import Recorded, Recorder
from convscope.network.summary.table import ModuleRow, ModuleTable, ModuleTotals
from convscope.text import listed

META = torch.device("meta")
BATCH_ADDED = (
    "three sizes are one image, which gets a batch of 1; pass a tensor where they are the whole "
    "shape"
)


class HasNetwork(Protocol):
    """A model of convscope, as `convscope.open` returns it."""

    network: nn.Module


def summary(
    module: nn.Module | Architecture | HasNetwork,
    input: Any = None,
    *,
    mode: Literal["eval", "train"] = "eval",
) -> ModuleTable:
    """Return the table of any torch module: shapes, parameters, MACs, memory, receptive field.

        print(convscope.summary(torchvision.models.resnet50(), (3, 224, 224)))

    The module runs once on torch's meta device, which computes shapes only; where that is not
    possible, it runs on its own device, and a note says so. The module, its buffers, its mode
    and the states of random generators are as before.

    Args:
        module: a torch module, or a model or an architecture of convscope.
        input: a shape, (C, H, W) for one image or with the batch; a tensor; a list of them for
            several arguments; or a dict from names of arguments. Models and architectures of
            convscope have one, which is used without it.
        mode: "train" runs the branches that only training has, as auxiliary heads.

    Raises:
        InputError: not a module, an input of another form, a lazy module without its sizes, or a
            forward pass that fails: the message names the layer.
    """
    module, input = _opened(module, input)
    if mode not in ("eval", "train"):
        raise InputError(f"mode {shortened(mode)}", expected="eval or train")
    _check_initialised(module)
    call = arguments(input, module)
    recorder, notes = _run(module, call, mode)
    return _table(module, call, recorder, notes)


def _opened(module: Any, input: Any) -> tuple[nn.Module, Any]:
    """Return the torch module of a network of convscope, and its own input if none is passed."""
    network = build_empty(module) if isinstance(module, Architecture) else module
    inner = getattr(module, "network", None)  # a convscope.Model is above this package
    network = inner if isinstance(inner, Network) else network
    if not isinstance(network, nn.Module):
        raise InputError(
            f"{shortened(module)} is no torch.nn.Module",
            expected="a torch module, or a model or an architecture of convscope",
        )
    if input is None and isinstance(network, Network):
        input = tuple(network.architecture.input)
    return network, input


def _check_initialised(module: nn.Module) -> None:
    for name, tensor in (*module.named_parameters(), *module.named_buffers()):
        if is_lazy(tensor):
            raise InputError(
                f"{name} has no shape yet: its module is lazy",
                expected="a module whose weights exist",
                fix="run the module on one input first",
            )


def _run(module: nn.Module, call: Call, mode: str) -> tuple[Recorder, list[str]]:
    """Run on the meta device, or on the module's own; return what was recorded, and notes."""
    if isinstance(module, torch.jit.ScriptModule):
        note = "a ScriptModule: modules inside compiled code are not seen"
        return _run_itself(module, call, mode), [note]
    try:
        return _run_on_meta(module, call, mode), []
    except Exception as error:
        if any(tensor.device == META for tensor in module.parameters()):
            raise _failure(module, error, call) from None
    recorder = _run_itself(module, call, mode)
    return recorder, ["the meta device cannot run this module: it ran on its own device"]


def _run_on_meta(module: nn.Module, call: Call, mode: str) -> Recorder:
    inputs = call.on(META)
    with _on_meta(module) as empty, _unchanged(module, mode):
        recorder = Recorder(empty, inputs.tensors)
        with recorder.watching(backward=True):
            module(*inputs.positional, **inputs.named)
    return recorder


@contextmanager
def _on_meta(module: nn.Module) -> Iterator[list[Tensor]]:
    """Replace all tensors by empty ones on the meta device; shared ones stay shared.

    `torch.func.functional_call` cannot reach a submodule whose name is a method, as "double".
    """
    same: dict[int, Tensor] = {}
    replaced = []
    try:
        for inner in module.modules():
            stores: list[dict[str, Any]] = [inner._parameters, inner._buffers]
            for tensors in stores:
                for name, tensor in tensors.items():
                    if tensor is None:
                        continue
                    empty = torch.empty_like(tensor, device=META)
                    empty.requires_grad_(tensor.requires_grad)
                    replaced.append((tensors, name, tensor))
                    tensors[name] = same.setdefault(id(tensor), empty)
        yield list(same.values())
    finally:
        for tensors, name, tensor in replaced:
            tensors[name] = tensor


def _run_itself(module: nn.Module, call: Call, mode: str) -> Recorder:
    weights = [*module.parameters(), *module.buffers()]
    device = next((tensor.device for tensor in weights), torch.device("cpu"))
    recorder = Recorder(weights, [])
    kept = [(buffer, buffer.detach().clone()) for buffer in module.buffers()]
    try:
        inputs = call.on(device)
        recorder = Recorder(weights, inputs.tensors)
        with _unchanged(module, mode), recorder.watching(backward=True):
            module(*inputs.positional, **inputs.named)
    except Exception as error:
        raise _failure(module, error, call, recorder) from None
    finally:
        with torch.no_grad():
            for buffer, before in kept:
                buffer.copy_(before)
    return recorder


@contextmanager
def _unchanged(module: nn.Module, mode: str) -> Iterator[None]:
    """Set the mode; put attributes and random generators back. Attention takes no shortcut."""
    modes = [(inner, inner.training) for inner in module.modules()]
    attributes = [(vars(inner), dict(vars(inner))) for inner in module.modules()]
    fast = torch.backends.mha.get_fastpath_enabled()
    devices = sorted({p.device.index or 0 for p in module.parameters() if p.is_cuda})
    try:
        torch.backends.mha.set_fastpath_enabled(False)
        for inner, _ in modes:
            inner.training = mode == "train"
        with torch.random.fork_rng(devices):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
        for inner, training in modes:
            inner.training = training
        for now, before in attributes:  # as weights that are computed before each pass
            for name in now.keys() - before.keys():
                del now[name]
            now.update(before)


def _failure(
    module: nn.Module, error: Exception, call: Call, recorder: Recorder | None = None
) -> InputError:
    """Return a failed forward pass as an error that names the innermost layer."""
    fix = BATCH_ADDED if call.has_added_batch else ""
    lines = str(error).strip().splitlines()
    reason = lines[0] if lines else type(error).__name__
    if recorder is None or not recorder.stack:
        return InputError(
            f"the forward pass fails: {reason}", expected="an input that fits", fix=fix
        )
    inner = recorder.stack[-1]
    path = _paths(module).get(id(inner.module), "")
    shapes = ", ".join(map(str, inner.input_shapes)) or "no tensor"
    return InputError(
        f"the forward pass fails: {reason}",
        expected=f"an input that fits; {type(inner.module).__name__} got {shapes}",
        fix=fix,
        where=path,
    )


def _paths(module: nn.Module) -> dict[int, str]:
    return {id(inner): path for path, inner in module.named_modules()}


def _table(module: nn.Module, call: Call, recorder: Recorder, notes: list[str]) -> ModuleTable:
    paths = _paths(module)
    own = _own_parameters(module)
    times: Counter[int] = Counter()
    rows = []
    for recorded in recorder.calls:
        key = id(recorded.module)
        times[key] += 1
        parameters, frozen = own.get(key, (0, 0)) if times[key] == 1 else (0, 0)
        if recorded.has_inner and not (parameters or recorded.macs or recorded.products):
            continue
        rows.append(_row(recorded, paths, times[key], parameters, frozen))
    notes = [*notes, *_notes(module, recorder, times, own)]
    first = call.tensors[0] if call.tensors else None
    batch = first.shape[0] if first is not None and first.dim() else 1
    return ModuleTable(tuple(rows), _totals(module, recorder), batch, tuple(notes))


def _row(
    recorded: Recorded, paths: dict[int, str], time: int, parameters: int, frozen: int
) -> ModuleRow:
    kind = type(recorded.module).__name__
    return ModuleRow(
        path=paths.get(id(recorded.module), f"({kind})") or kind,
        type=kind,
        call=time,
        input_shapes=tuple(recorded.input_shapes),
        output_shapes=tuple(recorded.output_shapes),
        parameters=parameters,
        frozen=frozen,
        macs=recorded.macs,
        products=recorded.products,
        activation_bytes=recorded.output_bytes,
        saved_bytes=recorded.saved_bytes,
        field_size=recorded.field_size,
    )


def _own_parameters(module: nn.Module) -> dict[int, tuple[int, int]]:
    """Return parameters and frozen ones by module; shared ones at their first module."""
    seen: set[int] = set()
    own = {}
    for inner in module.modules():
        new = [p for p in inner.parameters(recurse=False) if id(p) not in seen]
        seen |= {id(p) for p in new}
        frozen = sum(p.numel() for p in new if not p.requires_grad)
        own[id(inner)] = (sum(p.numel() for p in new), frozen)
    return own


def _notes(
    module: nn.Module,
    recorder: Recorder,
    times: Counter[int],
    own: dict[int, tuple[int, int]],
) -> list[str]:
    notes = []
    unused = {p: own[i][0] for i, p in _paths(module).items() if not times[i] and own[i][0]}
    if unused:
        notes.append(
            f"not called, so without a row: {listed(unused, 8)} ({sum(unused.values()):,} "
            "parameters); another module may use their weights"
        )
    again = [path for i, path in _paths(module).items() if times[i] > 1]
    if again:
        notes.append(f"called more than once: {listed(again, 8)}; parameters count once")
    beside = [r.module for r in recorder.calls if r.has_inner and (r.macs or r.products)]
    if beside:
        names = dict.fromkeys(type(inner).__name__ for inner in beside)
        notes.append(f"products outside of layers are counted at: {listed(names, 8)}")
    if recorder.uncounted:
        notes.append(f"products that are not counted: {listed(recorder.uncounted, 8)}")
    packed = [p for p, m in module.named_modules() if "quantized" in type(m).__module__]
    if packed:
        notes.append(f"quantised, so weights and MACs are not seen: {listed(packed, 8)}")
    custom = {type(p).__name__ for p in module.parameters()} - {"Parameter"}
    if custom:
        notes.append(f"weights of other types, which may hide operators: {listed(custom, 8)}")
    return notes


def _totals(module: nn.Module, recorder: Recorder) -> ModuleTotals:
    parameters = list(module.parameters())
    leaves = [call for call in recorder.calls if not call.has_inner]
    return ModuleTotals(
        parameters=sum(p.numel() for p in parameters),
        frozen=sum(p.numel() for p in parameters if not p.requires_grad),
        weight_bytes=sum(p.numel() * p.element_size() for p in parameters),
        buffer_bytes=sum(b.numel() * b.element_size() for b in module.buffers()),
        macs=sum(call.macs for call in recorder.calls),
        products=sum(call.products for call in recorder.calls),
        activation_bytes=sum(call.output_bytes for call in leaves),
        saved_bytes=sum(call.saved_bytes for call in recorder.calls),
    )
