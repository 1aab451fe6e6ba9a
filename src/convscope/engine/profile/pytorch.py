"""Profile of PyTorch: the time between the start and the end of each module."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from torch import Tensor, nn

from convscope.arch import Architecture
from convscope.engine.profile.attribution import Node, Pass
from convscope.engine.rates import wait


def profiled(
    run: Callable[[Tensor], Any], module: nn.Module, architecture: Architecture, inputs: Tensor
) -> Pass:
    """Return one pass of `run`, which calls the module.

    The time of joined branches is that of the sum or the concatenation alone.
    """
    device = str(inputs.device)
    paths = {step.path for step in architecture.trace.steps if not step.auxiliary}
    open_: list[list[float]] = []  # start of each running module, and seconds inside of it
    nodes: list[Node] = []

    def enter(_module: nn.Module, _inputs: Any) -> None:
        wait(device)
        open_.append([time.perf_counter(), 0.0])

    def leave(path: str, _module: nn.Module, _inputs: Any, _output: Any) -> None:
        wait(device)
        start, inside = open_.pop()
        seconds = time.perf_counter() - start
        if open_:
            open_[-1][1] += seconds
        nodes.append(Node((path,), max(0.0, seconds - inside) * 1000))

    hooks = []
    for path, part in module.named_modules():
        if path in paths:
            hooks.append(part.register_forward_pre_hook(enter))
            hooks.append(part.register_forward_hook(partial(leave, path)))
    try:
        start = time.perf_counter()
        run(inputs)
        wait(device)
        total = time.perf_counter() - start
    finally:
        for hook in hooks:
            hook.remove()
    return Pass(tuple(nodes), total * 1000)


def without_folded(one: Pass, network: nn.Module, twin: nn.Module) -> Pass:
    """Return the pass without the normalisations that were folded into convolutions."""
    kept = {path for path, part in twin.named_modules() if "running_mean" in part._buffers}
    statistics = {p for p, part in network.named_modules() if "running_mean" in part._buffers}
    gone = statistics - kept
    nodes = tuple(node for node in one.nodes if node.names[0] not in gone)
    return Pass(nodes, one.total_ms)
