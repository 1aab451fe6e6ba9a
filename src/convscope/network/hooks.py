"""Forward hooks: outputs and gradients of layers, taken by path, without changing the network.

A layer's output is passed on as a copy, so that a network that works in place does not
overwrite what was taken.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from convscope.errors import InputError
from convscope.network.build import module_at


@contextmanager
def frozen(network: nn.Module) -> Iterator[None]:
    """Evaluation mode with gradients enabled, but none for the parameters.

    The mode of every module and `requires_grad` of every parameter are restored on exit, also
    after an exception. Gradients are enabled even where the caller has switched them off.

    Raises:
        InputError: parameters created in inference mode, which cannot have gradients.
    """
    modes = [(module, module.training) for module in network.modules()]
    parameters = [(parameter, parameter.requires_grad) for parameter in network.parameters()]
    if any(parameter.is_inference() for parameter, _ in parameters):
        raise InputError(
            "the network was built in torch.inference_mode(), so it cannot compute gradients",
            fix="build it outside of inference mode",
        )
    try:
        with torch.inference_mode(False), torch.enable_grad():
            network.eval()
            for parameter, _ in parameters:
                parameter.requires_grad_(False)
            yield
    finally:
        for module, training in modes:
            module.training = training
        for parameter, requires_grad in parameters:
            parameter.requires_grad_(requires_grad)


@contextmanager
def activations(
    network: nn.Module, paths: Sequence[str], *, once: bool = False
) -> Iterator[dict[str, Tensor]]:
    """Collect the outputs of the named layers while the network runs.

        with activations(network, ["conv1", "tanh1"]) as outputs:
            network(images_NCHW)
        outputs["conv1"]  # (N, C, H, W)

    The hooks are removed on exit, also after an exception. The tensors are the network's own,
    with their gradients; for a layer that runs twice the last output is kept.

    Raises:
        InputError: an unknown path (the nearest ones are named), an output that is not a
            tensor, or, with `once`, a layer that runs more than once.
    """
    outputs: dict[str, Tensor] = {}

    def keep(path: str, output: Tensor) -> None:
        if once and path in outputs:
            raise InputError(
                f"{path} runs more than once in a forward pass, so it has several outputs",
                expected="a layer that runs once",
                where="layer",
            )
        outputs[path] = output

    with _output_hooks(network, paths, keep):
        yield outputs


@contextmanager
def output_gradients(network: nn.Module, paths: Sequence[str]) -> Iterator[dict[str, Tensor]]:
    """Collect the gradients with respect to the named layers' outputs in the backward pass.

        with output_gradients(network, ["conv1"]) as gradients:
            torch.autograd.grad(loss(network(images_NCHW)), list(network.parameters()))
        gradients["conv1"]  # (N, C, H, W)

    For a layer that runs twice the gradients are added, as for a parameter. A layer that the
    backward pass does not reach is missing. The hooks are removed on exit.

    Raises:
        InputError: an unknown path (the nearest ones are named), or an output that is not a
            tensor.
    """
    gradients: dict[str, Tensor] = {}

    def add(path: str, gradient: Tensor) -> None:
        gradients[path] = gradients[path] + gradient if path in gradients else gradient

    def register(path: str, output: Tensor) -> None:
        if output.requires_grad:
            register_hook: Any = output.register_hook  # not typed in torch
            hooks.enter_context(register_hook(partial(add, path)))

    with ExitStack() as hooks, _output_hooks(network, paths, register):
        yield gradients


@contextmanager
def _output_hooks(
    network: nn.Module, paths: Sequence[str], action: Callable[[str, Tensor], None]
) -> Iterator[None]:
    """Call `action(path, output)` after each run of the named layers."""

    def hook(path: str, _: nn.Module, __: Any, output: Any) -> Tensor:
        if not isinstance(output, Tensor):
            raise InputError(
                f"the output of {path} is a {type(output).__name__}",
                expected="a layer whose output is one tensor",
                where="layer",
            )
        action(path, output)
        return output.clone()

    modules = {path: module_at(network, path) for path in paths}
    with ExitStack() as hooks:
        for path, module in modules.items():
            hooks.enter_context(module.register_forward_hook(partial(hook, path)))
        yield


class ModuleOutput(NamedTuple):
    """One output tensor.

    Attributes:
        paths: the module that computed it, then the compositions that returned it unchanged.
        shape: its shape, with the batch.
    """

    paths: tuple[str, ...]
    shape: tuple[int, ...]


@contextmanager
def module_outputs(network: nn.Module) -> Iterator[list[ModuleOutput]]:
    """Collect the outputs of all modules below the network itself, in the order they finish."""
    outputs: list[ModuleOutput] = []
    last: list[Tensor] = []

    def record(path: str, _: nn.Module, __: Any, output: Any) -> None:
        if not isinstance(output, Tensor):
            return
        if last and output is last[0]:
            outputs[-1] = outputs[-1]._replace(paths=(*outputs[-1].paths, path))
            return
        outputs.append(ModuleOutput((path,), tuple(output.shape)))
        last[:] = [output]

    with ExitStack() as hooks:
        for path, module in network.named_modules():
            if path:
                hooks.enter_context(module.register_forward_hook(partial(record, path)))
        yield outputs
