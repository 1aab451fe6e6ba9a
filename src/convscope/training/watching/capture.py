"""Figures of one training step, taken by hooks that change nothing of it.

The hooks only read: they return None, so that outputs and gradients are passed on as they are.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from convscope.layers.base import Role
from convscope.network import Network, module_at
from convscope.training.watching.records import WatchedLayer
from convscope.training.watching.sampling import OutputSample, WeightSample
from convscope.training.watching.statistics import parameter, summary


@dataclass(frozen=True)
class Place:
    """A layer of the network, or the composition that joins branches.

    Attributes:
        role: of the layer; None where branches are joined.
        ends: of its range, if it saturates.
        parameters: by their names in the state dict.
    """

    about: WatchedLayer
    module: nn.Module
    role: Role | None
    ends: tuple[float, float] | None
    parameters: dict[str, nn.Parameter]
    sample: OutputSample = field(default_factory=OutputSample)


def places_of(network: Network) -> list[Place]:
    """Return the layers of a network, in its order."""
    places = []
    for step in network.architecture.trace.steps:
        module = module_at(network, step.path)
        layer = step.layer
        own = dict(module.named_parameters(recurse=False)) if layer else {}
        own = {f"{step.path}.{name}": value for name, value in own.items()}
        kind = step.operation.type
        about = WatchedLayer(
            path=step.path,
            type=kind,
            label=layer.label(step.input_shapes[0]) if layer else kind,
            role=layer.role if layer else "join",
            shape=tuple(step.output_shape),
            parameters=tuple(own),
        )
        role, ends = (layer.role, layer.ends()) if layer else (None, None)
        places.append(Place(about, module, role, ends, own))
    return places


class Capture:
    """Figures of one step, collected while it runs.

    Args:
        share: of the loss's gradient that this rank computes: 1 / number of ranks.

    Attributes:
        seconds: that the capture took so far, within the step.
        failure: an error of the capture, which does not end the step.
    """

    def __init__(self, places: list[Place], samples: dict[str, WeightSample], share: float) -> None:
        self._places, self._samples, self._share = places, samples, share
        self._outputs: dict[str, Tensor] = {}
        self._gradients: dict[str, Tensor] = {}
        self._before: dict[str, tuple[Tensor, Tensor]] = {}
        self._norms: dict[str, Tensor] = {}
        self._hooks = ExitStack()
        self.seconds = 0.0
        self.failure: Exception | None = None

    def open(self) -> None:
        """Register the hooks."""
        begin = time.perf_counter()
        for place in self._places:
            hook: Any = place.module.register_forward_hook(partial(self._forward, place))
            self._hooks.enter_context(hook)
        self.seconds += time.perf_counter() - begin

    def close(self) -> None:
        """Remove the hooks."""
        begin = time.perf_counter()
        self._hooks.close()
        self.seconds += time.perf_counter() - begin

    def _timed(self, work: Callable[[], None]) -> None:
        """Call a function and count its time; an error is kept, since training must go on."""
        if self.failure is not None:
            return
        begin = time.perf_counter()
        try:
            work()
        except (RuntimeError, MemoryError, ValueError, IndexError) as error:
            self.failure = error
        self.seconds += time.perf_counter() - begin

    def _forward(self, place: Place, _: nn.Module, __: Any, output: Any) -> None:
        self._timed(lambda: self._keep_output(place, output))

    def _keep_output(self, place: Place, output: Any) -> None:
        if not isinstance(output, Tensor) or output.numel() == 0:
            return
        self._outputs[place.about.path] = place.sample.take(output)
        if output.requires_grad:
            register: Any = output.register_hook  # not typed in torch
            register(partial(self._backward, place))

    def _backward(self, place: Place, gradient: Tensor) -> None:
        def keep() -> None:
            self._gradients[place.about.path] = place.sample.take(gradient) * self._share

        self._timed(keep)

    def before_update(self) -> None:
        """Keep gradients and weights; called after the backward pass, before clipping."""
        self._timed(self._keep_weights)

    def _keep_weights(self) -> None:
        learning = {
            name: value
            for place in self._places
            for name, value in place.parameters.items()
            if value.grad is not None
        }
        gradients = [value.grad for value in learning.values() if value.grad is not None]
        norms = torch._foreach_norm(gradients) if gradients else ()
        self._norms = dict(zip(learning, norms, strict=True))
        for name, value in learning.items():
            assert value.grad is not None
            sample = self._samples.setdefault(name, WeightSample(value))
            self._before[name] = sample.take(value), sample.take(value.grad)

    def figures(self) -> list[Any]:
        """Return the figures of every layer; called after the step."""
        with torch.no_grad():
            named = {
                name: value for place in self._places for name, value in place.parameters.items()
            }
            learning = {name: named[name].detach() for name in self._before}
            norms = torch._foreach_norm(list(learning.values())) if learning else ()
            after = {name: self._samples[name].take(value) for name, value in learning.items()}
        outputs, gradients = to_numpy(self._outputs), to_numpy(self._gradients)
        weights, slopes = to_numpy(after), to_numpy({n: g for n, (_, g) in self._before.items()})
        before = to_numpy({n: w for n, (w, _) in self._before.items()})
        sizes = dict(zip(learning, (float(norm) for norm in norms), strict=True))
        empty = np.zeros((1, 1), np.float32)
        rows = []
        for place in self._places:
            path = place.about.path
            row = summary(outputs.get(path, empty), gradients.get(path), place.ends)
            own = [
                parameter(
                    (sizes[name], float(self._norms[name])),
                    before[name],
                    weights[name],
                    slopes[name],
                )
                if name in sizes
                else None
                for name in place.about.parameters
            ]
            rows.append([*row, own])
        return rows


def to_numpy(tensors: dict[str, Tensor]) -> dict[str, np.ndarray[Any, np.dtype[np.float32]]]:
    """Return tensors as arrays, in one transfer where they are on a GPU."""
    if not tensors:
        return {}
    if all(tensor.device.type == "cpu" for tensor in tensors.values()):
        return {name: tensor.numpy() for name, tensor in tensors.items()}
    flat = torch.cat([tensor.reshape(-1) for tensor in tensors.values()]).cpu()
    parts = torch.split(flat, [tensor.numel() for tensor in tensors.values()])
    return {
        name: part.reshape(tensor.shape).numpy()
        for (name, tensor), part in zip(tensors.items(), parts, strict=True)
    }
