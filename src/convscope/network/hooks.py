"""Forward hooks: outputs and gradients of layers, taken by path, without changing the network.

A layer's output is passed on as a copy, so that a network that works in place does not
overwrite what was taken.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from convscope.errors import InputError
from convscope.network.build import module_at
from convscope.network.recorder import Key, tensor_key
from convscope.text import printable

RUN = ", run "  # between a path and the number of one of several runs
PARAMETRIZED = "parametrizations"  # the child that computes a weight: torch.nn.utils.parametrize


@contextmanager
def frozen(network: nn.Module) -> Iterator[None]:
    """Evaluation mode with gradients enabled, but none for the parameters.

    The mode of every module and `requires_grad` of every parameter are restored on exit, also
    after an exception. Gradients are enabled even where the caller has switched them off.

    Compiled parts run without compilation, so that hooks in them are called.

    Raises:
        InputError: parameters created in inference mode, which cannot have gradients, or lazy
            ones, which have no values yet.
    """
    check_initialised(network)
    modes = [(module, module.training) for module in network.modules()]
    parameters = [(parameter, parameter.requires_grad) for parameter in network.parameters()]
    if any(parameter.is_inference() for parameter, _ in parameters):
        raise InputError(
            "the network was built in torch.inference_mode(), so it cannot compute gradients",
            fix="build it outside of inference mode",
        )
    try:
        with (
            torch.inference_mode(False),
            torch.enable_grad(),
            _uncompiled(network),
            _without_fused_attention(),
        ):
            _evaluate(network)
            for parameter, _ in parameters:
                parameter.requires_grad_(False)
            yield
    finally:
        for module, training in modes:
            module.training = training
        for parameter, requires_grad in parameters:
            parameter.requires_grad_(requires_grad)


def _evaluate(network: nn.Module) -> None:
    try:
        network.eval()
    except Exception as error:  # an exported module, or an override of `train`
        reason = printable(str(error), 200)
        raise InputError(
            f"the network cannot be put into evaluation mode: {type(error).__name__}: {reason}",
            expected="a torch.nn.Module whose eval() works",
        ) from error


def check_initialised(network: nn.Module) -> None:
    """Raise InputError if a layer has no weights yet: it is lazy, or on the meta device."""
    meta = [name for name, parameter in network.named_parameters() if parameter.is_meta]
    if meta:
        raise InputError(
            f"{len(meta)} parameters are on the meta device and have no values: {meta[0]}",
            expected="a network with weights",
            fix="load its weights: module.load_state_dict(state, assign=True)",
        )
    lazy = [name for name, parameter in network.named_parameters() if is_lazy(parameter)]
    if lazy:
        raise InputError(
            f"{len(lazy)} parameters of lazy layers have no values yet: {', '.join(lazy[:4])}",
            expected="a network with weights",
            fix="run it once on an image: module(image_NCHW)",
        )


@contextmanager
def _without_fused_attention() -> Iterator[None]:
    """Transformer layers in evaluation mode would not call their parts."""
    enabled = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(enabled)


def _uncompiled(network: nn.Module) -> AbstractContextManager[Any]:
    parts = dict(network.named_modules())
    names = [path.rpartition(".")[2] for path in parts]
    if "_orig_mod" in names or any(vars(p).get("_compiled_call_impl") for p in parts.values()):
        stance: AbstractContextManager[Any] = torch.compiler.set_stance("force_eager")
        return stance
    return nullcontext()


class Run(NamedTuple):
    """One run of a module in a forward pass: its path, and 1 for its first run."""

    path: str
    number: int

    def name(self, times: int) -> str:
        """The path, with the number of the run where the module runs several times."""
        return self.path if times == 1 else f"{self.path}{RUN}{self.number}"


@contextmanager
def run_outputs(network: nn.Module, paths: Iterable[str]) -> Iterator[dict[Run, Tensor]]:
    """Collect the outputs of the named layers while the network runs, each run by itself.

        with run_outputs(network, ["conv1", "relu"]) as outputs:
            network(images_NCHW)
        outputs[Run("relu", 2)]  # (N, C, H, W)

    The hooks are removed on exit, also after an exception. The tensors are the network's own,
    with their gradients.

    Raises:
        InputError: an unknown path (the nearest ones are named), or an output that is not a
            tensor.
    """
    outputs: dict[Run, Tensor] = {}
    with _output_hooks(network, paths, outputs.__setitem__):
        yield outputs


@contextmanager
def activations(network: nn.Module, paths: Sequence[str]) -> Iterator[dict[str, Tensor]]:
    """Collect the outputs of the named layers while the network runs.

        with activations(network, ["conv1", "tanh1"]) as outputs:
            network(images_NCHW)
        outputs["conv1"]  # (N, C, H, W)

    As `run_outputs`, by path: of a layer that runs twice the last output is kept.
    """
    outputs: dict[str, Tensor] = {}

    def keep(run: Run, output: Tensor) -> None:
        outputs[run.path] = output

    with _output_hooks(network, paths, keep):
        yield outputs


@contextmanager
def output_gradients(network: nn.Module, paths: Iterable[str]) -> Iterator[dict[Run, Tensor]]:
    """Collect the gradients with respect to the named layers' outputs in the backward pass.

        with output_gradients(network, ["conv1"]) as gradients:
            torch.autograd.grad(loss(network(images_NCHW)), list(network.parameters()))
        gradients[Run("conv1", 1)]  # (N, C, H, W)

    A run that the backward pass does not reach is missing. The hooks are removed on exit.

    Raises:
        InputError: an unknown path (the nearest ones are named), or an output that is not a
            tensor.
    """
    gradients: dict[Run, Tensor] = {}

    def keep(run: Run, gradient: Tensor | None) -> None:
        if gradient is not None:  # as below an operation without a derivative
            gradients[run] = gradient

    def register(run: Run, output: Tensor) -> None:
        if output.requires_grad:
            register_hook: Any = output.register_hook  # not typed in torch
            hooks.enter_context(register_hook(partial(keep, run)))

    with ExitStack() as hooks, _output_hooks(network, paths, register):
        yield gradients


@contextmanager
def _output_hooks(
    network: nn.Module, paths: Iterable[str], action: Callable[[Run, Tensor], None]
) -> Iterator[None]:
    """Call `action(run, output)` after each run of the named layers."""
    times: Counter[str] = Counter()

    def hook(path: str, _: nn.Module, __: Any, output: Any) -> Tensor:
        if not isinstance(output, Tensor):
            raise InputError(
                f"the output of {path} is a {type(output).__name__}",
                expected="a layer whose output is one tensor",
                where="layer",
            )
        times[path] += 1
        action(Run(path, times[path]), output)
        return output.clone()

    modules = {path: module_at(network, path) for path in paths}
    scripted = [path for path, module in modules.items() if is_scripted(module)]
    if scripted:
        raise InputError(
            f"{scripted[0]} is scripted or traced, so its outputs cannot be seen",
            expected="the torch.nn.Module that it was made from",
            where="layer",
        )
    with ExitStack() as hooks:
        for path, module in modules.items():
            hooks.enter_context(module.register_forward_hook(partial(hook, path)))
        yield


class ModuleOutput(NamedTuple):
    """One output tensor.

    Attributes:
        runs: the module that computed it, then the compositions that returned it unchanged.
        shape: its shape, with the batch.
        has_gradient: whether it depends on a tensor with gradients.
        source: the run whose output is the module's input; None where that is of another kind,
            as the result of a function.
    """

    runs: tuple[Run, ...]
    shape: tuple[int, ...]
    has_gradient: bool
    source: Run | None

    @property
    def run(self) -> Run:
        """The run of the module that computed it."""
        return self.runs[0]


@contextmanager
def module_outputs(network: nn.Module) -> Iterator[list[ModuleOutput]]:
    """Collect the outputs of all modules below the network itself, in the order they finish.

    A tensor that was changed in place is another output: `y += x` or a ReLU in place.
    """
    outputs: list[ModuleOutput] = []
    last: list[tuple[Tensor, Key]] = []
    sources: dict[str, Run | None] = {}
    times: Counter[str] = Counter()

    def is_last(value: Any) -> bool:
        return bool(last) and value is last[0][0] and tensor_key(value) == last[0][1]

    def start(path: str, _: nn.Module, args: tuple[Any, ...], named: dict[str, Any]) -> None:
        value = next(iter((*args, *named.values())), None)
        sources[path] = outputs[-1].run if is_last(value) else None

    def record(path: str, _: nn.Module, __: Any, output: Any) -> None:
        if not isinstance(output, Tensor):
            return
        times[path] += 1
        run = Run(path, times[path])
        if is_last(output):
            outputs[-1] = outputs[-1]._replace(runs=(*outputs[-1].runs, run))
            return
        shape = tuple(output.shape)
        outputs.append(ModuleOutput((run,), shape, output.requires_grad, sources.get(path)))
        last[:] = [(output, tensor_key(output))]

    with ExitStack() as hooks:
        for path, module in _modules(network):
            before = module.register_forward_pre_hook(partial(start, path), with_kwargs=True)
            hooks.enter_context(before)
            hooks.enter_context(module.register_forward_hook(partial(record, path)))
        yield outputs


@contextmanager
def layer_input(network: nn.Module, path: str) -> Iterator[list[Tensor]]:
    """Collect the first input of each run of a layer."""
    inputs: list[Tensor] = []

    def keep(_: nn.Module, args: tuple[Any, ...], named: dict[str, Any]) -> None:
        inputs.extend(x for x in [*args, *named.values()][:1] if isinstance(x, Tensor))

    hook: Any = module_at(network, path).register_forward_pre_hook(keep, with_kwargs=True)
    with hook:
        yield inputs


class Calls(NamedTuple):
    """Paths of modules in the order in which their runs start, and in which they end."""

    started: list[str]
    finished: list[str]


@contextmanager
def called_modules(network: nn.Module) -> Iterator[Calls]:
    """Collect the modules that run, also if the pass fails."""
    calls = Calls([], [])

    def start(path: str, *_: Any) -> None:
        calls.started.append(path)

    def finish(path: str, *_: Any) -> None:
        calls.finished.append(path)

    with ExitStack() as hooks:
        for path, module in _modules(network):
            hooks.enter_context(module.register_forward_pre_hook(partial(start, path)))
            hooks.enter_context(module.register_forward_hook(partial(finish, path)))
        yield calls


def _modules(network: nn.Module) -> list[tuple[str, nn.Module]]:
    """The modules below a network that report their runs.

    Those that compute a parametrised weight belong to its layer; scripted ones take no hooks.
    """
    return [
        (path, part)
        for path, part in network.named_modules()
        if path and PARAMETRIZED not in path.split(".") and not is_scripted(part)
    ]


def is_scripted(module: nn.Module) -> bool:
    """Return whether a module was scripted or traced, so that its parts cannot be seen."""
    return isinstance(module, torch.jit.ScriptModule)


def is_layer(network: nn.Module, path: str) -> bool:
    """Return whether a module is a layer: no composition of other modules."""
    children = network.get_submodule(path).named_children()
    return all(name == PARAMETRIZED for name, _ in children)
