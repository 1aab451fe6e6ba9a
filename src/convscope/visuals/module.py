"""Torch modules of others as networks: further inputs, one output of several, tokens as maps.

Axes: N images, C channels, H height, W width, K classes, L tokens, D features of a token.
"""

import dataclasses
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from convscope.errors import InputError, unknown_name
from convscope.text import printable

MAX_LINE = 300  # of a message of somebody else's code
FurtherInputs = tuple[Any, ...] | Mapping[str, Any] | Callable[[Tensor], Any]
Output = str | int | Callable[[Any], Any]
Reshape = Callable[[Tensor], Tensor]


class Module(nn.Module):
    """A module of others with its further inputs, the output to use, and the shape of its tokens.

    It has the paths, parameters and modes of the module itself.
    """

    subject: nn.Module
    inputs: FurtherInputs | None
    output: Output | None
    reshape: Reshape | None

    def __init__(
        self,
        subject: nn.Module,
        *,
        inputs: FurtherInputs | None,
        output: Output | None,
        reshape: Reshape | None,
    ) -> None:
        super().__init__()
        shared = vars(subject)
        if all(type(shared.get(name)) is dict for name in SHARED):
            vars(self).update({name: shared[name] for name in SHARED}, subject=subject)
        else:  # a scripted module keeps its parts in C++
            self._modules["scripted"] = subject
            vars(self).update(subject=subject)
        vars(self).update(inputs=inputs, output=output, reshape=reshape)

    def forward(self, x_NCHW: Tensor) -> Any:
        positional, named = _arguments(self.inputs, x_NCHW)
        return selected(self.subject(*positional, **named), self.output)

    @property
    def training(self) -> bool:
        """The mode of the module itself, so that it is restored with the others."""
        subject: nn.Module | None = vars(self).get("subject")
        return subject is None or subject.training

    @training.setter
    def training(self, mode: bool) -> None:
        if "subject" in vars(self):
            self.subject.training = mode

    def train(self, mode: bool = True) -> "Module":
        self.subject.train(mode)
        return self


SHARED = ("_modules", "_parameters", "_buffers")


def _arguments(
    inputs: FurtherInputs | None, x_NCHW: Tensor
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of the module: the images, and its further inputs for as many images."""
    if callable(inputs):
        values = inputs(x_NCHW)
        if isinstance(values, Mapping):
            return (), dict(values)
        return tuple(values) if isinstance(values, tuple | list) else (values,), {}
    if isinstance(inputs, Mapping):
        return (x_NCHW,), {name: _repeated(value, x_NCHW) for name, value in inputs.items()}
    return (x_NCHW, *(_repeated(value, x_NCHW) for value in inputs or ())), {}


def _repeated(value: Any, x_NCHW: Tensor) -> Any:
    """A tensor for one image, for each image of a batch; with the images' device."""
    if not isinstance(value, Tensor):
        return value
    value = value.to(x_NCHW.device)
    if value.is_floating_point():
        value = value.to(x_NCHW.dtype)
    is_one = value.ndim > 0 and len(value) == 1
    return value.expand(len(x_NCHW), *value.shape[1:]) if is_one else value


def selected(value: Any, output: Output | None) -> Any:
    """A part of a module's output: by key, attribute, position, or a function.

    Raises:
        InputError: there is no such part, or the function raised an error.
    """
    if output is None:
        return value
    if callable(output):
        try:
            return output(value)
        except Exception as error:
            raise InputError(
                f"the function output= failed on {kind_text(value)}: {described(error)}",
                where="output",
            ) from error
    parts = _parts(value)
    names = [str(name) for name in parts]
    if output in parts or str(output) in names:
        return parts[output] if output in parts else list(parts.values())[names.index(str(output))]
    if isinstance(output, int) and -len(parts) <= output < len(parts):
        return list(parts.values())[output]
    if not parts:
        raise InputError(
            f"output={output!r}, but the network's output is {kind_text(value)}",
            expected="a function of the output, as output=lambda y: y.mean((2, 3))",
            where="output",
        )
    raise unknown_name("output", str(output), names).at("output")


def one_tensor(value: Any) -> Tensor:
    """The only tensor in a module's output.

    Raises:
        InputError: several tensors, or none; the message names them.
    """
    if isinstance(value, Tensor):
        return value
    parts = _parts(value)
    tensors = [part for part in parts.values() if part is not None]
    if len(tensors) == 1:
        return one_tensor(tensors[0])
    shown = ", ".join(f"{name!r}: {kind_text(part)}" for name, part in list(parts.items())[:8])
    raise InputError(
        f"the network's output is a {type(value).__name__}" + (f" of {shown}" if shown else ""),
        expected="one tensor of scores, (N, classes)",
        fix=f"select one: output={next(iter(parts))!r}" if parts else "select one with output=",
        where="output",
    )


def reshape_of(network: nn.Module) -> Reshape | None:
    """The function that makes maps of a layer's output, if one was given."""
    reshape = network.reshape if isinstance(network, Module) else None
    return None if reshape is None else partial(_reshaped, reshape)


def _reshaped(reshape: Reshape, output: Tensor) -> Tensor:
    """Maps of a layer's output.

    Raises:
        InputError: the function raised an error, or its result is not (N, C, H, W).
    """
    try:
        maps = reshape(output)
    except Exception as error:
        raise InputError(
            f"the function reshape= failed on an output of {kind_text(output)}: {described(error)}",
            where="reshape",
        ) from error
    if isinstance(maps, Tensor) and maps.ndim == 4 and len(maps) == len(output):
        return maps
    raise InputError(
        f"the function reshape= made {kind_text(maps)} of {kind_text(output)}",
        expected="(N, C, H, W)",
        where="reshape",
    )


def _parts(value: Any) -> dict[Any, Any]:
    """The parts of a container, by key, field or position."""
    if isinstance(value, Mapping):
        return dict(value)
    fields: Sequence[str] = getattr(value, "_fields", ())
    if isinstance(value, tuple) and len(fields) == len(value):
        return dict(zip(fields, value, strict=True)) or dict(enumerate(value))
    if isinstance(value, tuple | list):
        return dict(enumerate(value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    attributes = getattr(value, "__dict__", {})
    return {name: part for name, part in attributes.items() if isinstance(part, Tensor)}


def kind_text(value: Any) -> str:
    """`(1, 10)` for a tensor, otherwise the type."""
    return str(tuple(value.shape)) if isinstance(value, Tensor) else type(value).__name__


def described(error: BaseException) -> str:
    """An error of a module's own code in one line: type, message and place."""
    lines = str(error).strip().splitlines()
    name = type(error).__name__
    text = printable(f"{name}: {lines[0]}" if lines else name, MAX_LINE)
    torch_folder = str(Path(torch.__file__).parent)
    frames = traceback.extract_tb(error.__traceback__)
    own = [
        frame
        for frame in frames
        if not frame.filename.startswith((torch_folder, "<", str(Path(__file__).parents[1])))
    ]
    place = f" ({Path(own[-1].filename).name}, line {own[-1].lineno})" if own else ""
    return text + place


def original(module: nn.Module) -> nn.Module:
    """The module inside torch.compile or DataParallel, whose layers have the usual paths."""
    while True:
        inner = dict(module.named_children()).get("_orig_mod")
        if inner is None and isinstance(
            module, nn.DataParallel | nn.parallel.DistributedDataParallel
        ):
            inner = module.module
        if not isinstance(inner, nn.Module):
            return module
        module = inner
