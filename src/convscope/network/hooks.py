"""The only hooks: what passes through a network, forward and back, without changing it.

Outputs and gradients are taken by path. A layer's output is handed on as a copy, so that a
network of somebody else that works in place does not write over what was taken.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from convscope.errors import InputError
from convscope.network.build import module_at


@contextmanager
def still(network: nn.Module) -> Iterator[None]:
    """Evaluation mode, gradients for what is asked and none for the parameters.

    The mode of every module and `requires_grad` of every parameter are as before afterwards,
    whatever happens, and gradients flow even where the caller has switched them off.

    Raises:
        InputError: parameters that were made in inference mode, which have no gradients.
    """
    modes = [(part, part.training) for part in network.modules()]
    wanted = [(parameter, parameter.requires_grad) for parameter in network.parameters()]
    if any(parameter.is_inference() for parameter, _ in wanted):
        raise InputError(
            "the network was built in torch.inference_mode(), where nothing has a gradient",
            fix="build it outside of that mode",
        )
    try:
        with torch.inference_mode(False), torch.enable_grad():
            network.eval()
            for parameter, _ in wanted:
                parameter.requires_grad_(False)
            yield
    finally:
        for part, mode in modes:
            part.training = mode
        for parameter, grad in wanted:
            parameter.requires_grad_(grad)


@contextmanager
def activations(network: nn.Module, paths: Sequence[str]) -> Iterator[dict[str, Tensor]]:
    """Collect the outputs of the named layers while the network runs.

        with activations(network, ["conv1", "tanh1"]) as seen:
            network(images_NCHW)
        seen["conv1"]  # (N, C, H, W)

    The hooks are gone afterwards, whatever happens. The tensors are the network's own, with
    their gradients; a layer that runs twice keeps its last output.

    Raises:
        InputError: no such path; the nearest ones are named. Or an output that is no tensor.
    """
    seen: dict[str, Tensor] = {}

    def keep(path: str, output: Tensor) -> Tensor:
        seen[path] = output
        return output.clone()

    with _on_output(network, paths, keep):
        yield seen


@contextmanager
def activations_once(network: nn.Module, paths: Sequence[str]) -> Iterator[dict[str, Tensor]]:
    """As `activations`, for layers of which "the output" must mean one tensor.

    Raises:
        InputError: besides those of `activations`, a layer that runs more than once.
    """
    seen: dict[str, Tensor] = {}

    def keep(path: str, output: Tensor) -> Tensor:
        if path in seen:
            raise InputError(
                f"{path} runs more than once in one pass, so its output is not one tensor",
                expected="a layer that runs once",
                where="layer",
            )
        seen[path] = output
        return output.clone()

    with _on_output(network, paths, keep):
        yield seen


@contextmanager
def gradients(network: nn.Module, paths: Sequence[str]) -> Iterator[dict[str, Tensor]]:
    """Collect the gradients with respect to the named layers' outputs, as they pass back.

        with gradients(network, ["conv1"]) as passed:
            torch.autograd.grad(loss(network(images_NCHW)), list(network.parameters()))
        passed["conv1"]  # (N, C, H, W)

    A layer that runs twice keeps the sum, as a parameter would; one that nothing passes back
    through is not there. The hooks are gone afterwards.

    Raises:
        InputError: no such path; the nearest ones are named. Or an output that is no tensor.
    """
    passed: dict[str, Tensor] = {}
    handles: list[Any] = []

    def keep(path: str, gradient: Tensor) -> None:
        passed[path] = passed[path] + gradient if path in passed else gradient

    def watch(path: str, output: Tensor) -> Tensor:
        if output.requires_grad:
            watcher: Any = output.register_hook  # torch leaves it without types
            handles.append(watcher(lambda gradient: keep(path, gradient)))
        return output.clone()

    try:
        with _on_output(network, paths, watch):
            yield passed
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def _on_output(
    network: nn.Module, paths: Sequence[str], action: Callable[[str, Tensor], Tensor]
) -> Iterator[None]:
    """`action(path, output)` after each run of the named layers; its answer is handed on."""
    modules = {path: module_at(network, path) for path in paths}
    handles = []

    def run(path: str, output: Any) -> Tensor:
        if not isinstance(output, Tensor):
            raise InputError(
                f"{path} answers with a {type(output).__name__}",
                expected="a layer whose output is one tensor",
                where="layer",
            )
        return action(path, output)

    try:
        for path, module in modules.items():
            handles.append(
                module.register_forward_hook(lambda _, __, output, path=path: run(path, output))
            )
        yield
    finally:
        for handle in handles:
            handle.remove()


class Passage(NamedTuple):
    """One tensor that modules gave, and its shape.

    Attributes:
        paths: the module that made it, then the compositions that only handed it on.
    """

    paths: tuple[str, ...]
    shape: tuple[int, ...]


@contextmanager
def passages(network: nn.Module) -> Iterator[list[Passage]]:
    """Collect what the modules below the network itself give, in the order they finish."""
    runs: list[Passage] = []
    last: list[Tensor] = []
    handles = []

    def note(path: str, output: Any) -> None:
        if not isinstance(output, Tensor):
            return
        if last and output is last[0]:
            runs[-1] = runs[-1]._replace(paths=(*runs[-1].paths, path))
            return
        runs.append(Passage((path,), tuple(output.shape)))
        last[:] = [output]

    try:
        for path, module in network.named_modules():
            if path:
                handles.append(
                    module.register_forward_hook(
                        lambda _, __, output, path=path: note(path, output)
                    )
                )
        yield runs
    finally:
        for handle in handles:
            handle.remove()
        last.clear()
