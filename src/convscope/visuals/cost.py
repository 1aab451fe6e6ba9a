"""Cost of a visual in passes of the network, and the number of steps that a budget allows.

A visual declares its cost with a function beside `compute`, whose parameters are some of those
of `compute`:

    def cost(network: nn.Module, image_NCHW: Tensor, *, samples: int | None = None) -> Cost:
        num = _num_samples(network, image_NCHW, samples).value
        return Cost(forward=1 + num, backward=num)

Without one it costs `ONE_PASS`. A slow visual takes its default number of steps from
`within_budget`, which depends on the network's size alone. The clock has no part in it: the same
command gives the same picture on every machine.

Axes: N batch, C channels, H height, W width.
"""

import inspect
import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from types import ModuleType
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from convscope.engine.nominal import MACS_PER_S, VALUES_PER_S, size
from convscope.errors import ConvscopeError, InputError, shortened
from convscope.network import Network
from convscope.network.hooks import frozen
from convscope.shapes import Shape
from convscope.visuals.arguments import checked_positive
from convscope.visuals.forward import device_of, forward, layer_runs
from convscope.visuals.module import one_tensor
from convscope.visuals.progress import Estimate, begin, is_watched

BUDGET_S = 15.0
"""Nominal seconds of a visual with its default settings, on 2 processor cores."""

BUDGET_OF_ALL_S = 60.0
"""The same of all visuals together, and the number of slow ones that share it."""
NUM_SLOW = 8

ENGINE_VALUES_PER_S = 9e9  # activations written by an engine that fuses layers
BACKWARD = 1.0  # time of a backward pass to the pixels, relative to a forward pass
MEASURED_TIMES = 3
SHORT_S = 0.2  # nominal; below, no pass is measured

Key = tuple[int, ...]
_budget_s: ContextVar[float | None] = ContextVar("budget_s", default=BUDGET_S)


class Cost(NamedTuple):
    """Images that go through the network, and images whose gradient is computed."""

    forward: int = 0
    backward: int = 0


ONE_PASS = Cost(1, 1)


class Number(NamedTuple):
    """A number of steps: the one that is done, and the one without a budget.

    Attributes:
        noun: what they are, as a plural: steps.
        fix: the option that does all of them: --set steps=256.
    """

    value: int
    full: int
    noun: str
    fix: str

    @property
    def sentence(self) -> str:
        """For the caption, with a space before it; empty where nothing was left out."""
        seconds = _budget_s.get()
        if self.value >= self.full or seconds is None:
            return ""
        return (
            f" Reduced to {self.value} of {self.full} {self.noun} to stay within "
            f"{seconds:g} s; {self.fix} for all."
        )


class Setting(NamedTuple):
    """A number of steps that a user can set, and that the budget reduces.

    Attributes:
        name: of the setting: max_channels.
        full: without a limit of time.
        least: that a budget leaves.
        noun: what they are, as a plural; the name if empty.
    """

    name: str
    full: int
    least: int
    noun: str = ""


@contextmanager
def in_budget(seconds: float | None) -> Iterator[None]:
    """Set the nominal seconds of each visual that is computed meanwhile; None for no limit.

    Raises:
        InputError: not a positive number.
    """
    if seconds is not None and not (math.isfinite(seconds) and seconds > 0):
        raise InputError(f"budget={seconds:g}", expected="seconds above 0, or none", where="budget")
    token = _budget_s.set(seconds)
    try:
        yield
    finally:
        _budget_s.reset(token)


def parse_budget(text: str | None, default: float) -> float | None:
    """Return the seconds of `--budget`: a number, `none` for no limit, or the default.

    Raises:
        InputError: something else.
    """
    if text is None:
        return default
    if text.strip().lower() == "none":
        return None
    with suppress(ValueError):
        seconds = float(text)
        if math.isfinite(seconds) and seconds > 0:
            return seconds
    raise InputError(
        f"budget={shortened(text)}", expected="seconds above 0, or none", where="budget"
    )


def within_budget(
    network: nn.Module,
    image_NCHW: Tensor | None,
    requested: int | None,
    setting: Setting,
    *,
    each: Cost = ONE_PASS,
    share: float = 1.0,
) -> Number:
    """The requested number of steps, or as many of the full one as the budget allows.

    A power of two times the least one, so that networks of similar sizes have equal numbers.

    Args:
        image_NCHW: gives the size of the images where the network has no architecture.
        each: the passes of one step.
        share: of the network, where a step runs only its last layers.

    Raises:
        InputError: the requested number is not an integer of at least 1.
    """
    noun, fix = setting.noun or setting.name, set_option(setting.name, setting.full)
    if requested is not None:
        number = checked_positive(requested, name=setting.name)
        return Number(number, number, noun, fix)
    allowed = affordable(network, image_NCHW, each) / max(share, 1e-9)
    num = setting.full
    while num > allowed and num // 2 >= setting.least:
        num //= 2
    return Number(num, setting.full, noun, fix)


def set_option(setting: str, value: int) -> str:
    """Return the option of the command line that sets a number."""
    return f"--set {setting}={value}"


def affordable(network: nn.Module, image_NCHW: Tensor | None, each: Cost) -> float:
    """The number of steps of that cost within the budget; infinite without one."""
    seconds = _budget_s.get()
    if seconds is None:
        return math.inf
    needed = nominal_seconds(network, image_NCHW, each)
    return seconds / needed if needed > 0 else math.inf


def nominal_seconds(network: nn.Module, image_NCHW: Tensor | None, cost: Cost) -> float:
    """The time of passes on 2 cores, from the network's size; the same on every machine.

    Multiply-accumulates and values written, each by a measured rate. Passes without a gradient
    run in the fastest engine where the network has an architecture.
    """
    macs, values = _size(network, image_NCHW)
    traced_s = traced_seconds(network, image_NCHW)
    has_engine = isinstance(network, Network)
    alone_s = macs / MACS_PER_S + values / ENGINE_VALUES_PER_S if has_engine else traced_s
    alone = max(0, cost.forward - cost.backward)
    return alone * alone_s + cost.backward * traced_s * (1 + BACKWARD)


def traced_seconds(network: nn.Module, image_NCHW: Tensor | None) -> float:
    """The nominal time of a forward pass of one image that autograd records."""
    macs, values = _size(network, image_NCHW)
    return macs / MACS_PER_S + values / VALUES_PER_S


def share_after(network: nn.Module, path: str) -> float:
    """The share of a forward pass that runs after a layer.

    Multiply-accumulates and values written, as `nominal_seconds` weighs them. 1 where it is not
    known, and for a layer in a branch: the layers that run beside it are needed again.
    """
    if not isinstance(network, Network):
        return 1.0
    steps = [step for step in network.architecture.trace.steps if not step.auxiliary]
    inside = [i for i, s in enumerate(steps) if s.path == path or s.path.startswith(f"{path}.")]
    if not inside:
        return 1.0
    last = inside[-1]
    before = {0, *(step.output for step in steps[:last])}
    if any(before.intersection(step.inputs) for step in steps[last + 1 :]):
        return 1.0
    times = [s.macs / MACS_PER_S + _numel(s.output_shape) / VALUES_PER_S for s in steps]
    return sum(times[last + 1 :]) / sum(times)


_sizes: WeakKeyDictionary[nn.Module, dict[Key, tuple[int, int]]] = WeakKeyDictionary()


def _size(network: nn.Module, image_NCHW: Tensor | None) -> tuple[int, int]:
    """Multiply-accumulates and values written by one forward pass of one image."""
    if isinstance(network, Network):
        return size(network)
    if image_NCHW is None or image_NCHW.ndim != 4:
        return 0, 0
    key = tuple(image_NCHW.shape[1:])
    known = _sizes.setdefault(network, {})
    if key not in known:
        known[key] = _size_of_module(network, image_NCHW[:1])
    return known[key]


def _numel(shape: Shape) -> int:
    return math.prod(shape)


def _size_of_module(network: nn.Module, image_NCHW: Tensor) -> tuple[int, int]:
    """The same of a module of others, whose layers have a weight of (outputs, ...)."""
    macs = values = 0
    with suppress(ConvscopeError):
        for run, output in layer_runs(network, image_NCHW).items():
            numel = math.prod(output.shape)
            values += numel
            weight = getattr(network.get_submodule(run.path), "weight", None)
            if isinstance(weight, Tensor) and weight.ndim > 1:
                macs += weight.numel() * numel // max(1, weight.shape[0])
    return macs, values


def announce(
    method: str,
    visual: ModuleType,
    network: nn.Module,
    image_NCHW: Tensor | None,
    arguments: Mapping[str, Any],
) -> None:
    """Report the cost of a visual before it starts, if somebody shows it."""
    if not is_watched():
        return
    cost = estimated(method, visual, network, image_NCHW, arguments)
    if cost is not None:
        begin(cost)


def estimated(
    method: str,
    visual: ModuleType,
    network: nn.Module,
    image_NCHW: Tensor | None,
    arguments: Mapping[str, Any],
) -> Estimate | None:
    """The cost of a visual; None for arguments that it will reject."""
    cost = _declared(visual, network, image_NCHW, arguments)
    if cost is None:
        return None
    example = image_NCHW if image_NCHW is not None else _example(network, arguments)
    return Estimate(method, *cost, _seconds(network, example, cost))


def announce_passes(method: str, network: nn.Module, image_NCHW: Tensor | None, cost: Cost) -> None:
    """Report a number of passes before they start."""
    if is_watched():
        begin(Estimate(method, *cost, _seconds(network, image_NCHW, cost)))


def _declared(
    visual: ModuleType,
    network: nn.Module,
    image_NCHW: Tensor | None,
    arguments: Mapping[str, Any],
) -> Cost | None:
    """The cost that a visual declares; None for arguments that it will reject."""
    function: Callable[..., Cost] | None = getattr(visual, "cost", None)
    if function is None:
        return ONE_PASS
    names = inspect.signature(function).parameters
    values = {**arguments, "network": network, "image_NCHW": image_NCHW}
    try:
        return function(**{name: values[name] for name in names if name in values})
    except ConvscopeError:
        return None


def _example(network: nn.Module, arguments: Mapping[str, Any]) -> Tensor | None:
    """A blank input of the network; None where its size is not known."""
    if isinstance(network, Network):
        return torch.zeros(1, *network.architecture.input)
    split, preprocessing = arguments.get("split"), arguments.get("preprocessing")
    if split is None or preprocessing is None or len(split) == 0:
        return None
    with torch.no_grad(), suppress(ConvscopeError):
        example: Tensor = preprocessing(split.image(0)[None].to(device_of(network)))
        return example
    return None


def _seconds(network: nn.Module, image_NCHW: Tensor | None, cost: Cost) -> float | None:
    """The time of passes from one measured pass of this network; None if they are short."""
    if image_NCHW is None or nominal_seconds(network, image_NCHW, cost) < SHORT_S:
        return None
    try:
        forward_s, backward_s = _measured(network, image_NCHW)
    except (ConvscopeError, RuntimeError):
        return None
    alone = max(0, cost.forward - cost.backward)
    # the engine is not measured yet
    fast = nominal_seconds(network, image_NCHW, Cost(1)) / traced_seconds(network, image_NCHW)
    return alone * forward_s * fast + cost.backward * backward_s


_passes: WeakKeyDictionary[nn.Module, dict[Key, tuple[float, float]]] = WeakKeyDictionary()


def _measured(network: nn.Module, image_NCHW: Tensor) -> tuple[float, float]:
    """Seconds of a forward pass, and of a forward and backward pass, of one image."""
    key = tuple(image_NCHW.shape[1:])
    known = _passes.setdefault(network, {})
    if key not in known:
        image = image_NCHW[:1].detach().to(device_of(network))
        forward_s = backward_s = math.inf
        with frozen(network):
            # the first pass allocates; on a busy machine single passes take long
            for _ in range(MEASURED_TIMES):
                with torch.no_grad():
                    forward_s = min(forward_s, _timed(network, image))
                backward_s = min(backward_s, _timed(network, image.clone().requires_grad_()))
        known[key] = forward_s, max(forward_s, backward_s)
    return known[key]


def _timed(network: nn.Module, image_NCHW: Tensor) -> float:
    start = time.perf_counter()
    score = one_tensor(forward(network, image_NCHW.clone())).sum()
    if score.requires_grad:
        (score,) = torch.autograd.grad(score, image_NCHW)
    float(score.sum())  # waits for a GPU
    return time.perf_counter() - start
