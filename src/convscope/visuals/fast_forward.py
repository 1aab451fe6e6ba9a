"""Many forward passes without gradients through the fastest exact engine, or with them folded.

    passes = forward_passes(network, image_NCHW, num_images=225)
    for inputs_NCHW in batches:
        scores, _ = passes(inputs_NCHW)

Axes: N batch, C channels, H height, W width.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from weakref import WeakKeyDictionary

from torch import Tensor, nn

from convscope.engine.choice import Choice, fastest, gradient_network
from convscope.engine.levels import Level
from convscope.network import Network
from convscope.network.hooks import Run, run_outputs
from convscope.visuals.cost import Cost, nominal_seconds
from convscope.visuals.forward import compute_scores_in_place, finite
from convscope.visuals.progress import note
from convscope.visuals.scores import Scores

BUILD_S, BYTES_PER_S = 0.5, 1e9  # nominal time to build and measure engines
Passes = Callable[[Tensor], tuple[Scores, Mapping[Run, Tensor]]]
"""Takes inputs, which may be overwritten; returns finite scores and the outputs of layers."""

_level: ContextVar[Level] = ContextVar("level", default="exact")
_used: ContextVar[list[str]] = ContextVar("used")  # names of engines, inside `at_level`
_reported: WeakKeyDictionary[Network, set[str]] = WeakKeyDictionary()


@contextmanager
def at_level(level: Level) -> Iterator[None]:
    """Set the level of the engine of visuals that are computed meanwhile.

    It counts for passes without gradients only; those with gradients are exact. A note says so
    where no engine was used.
    """
    token, used = _level.set(level), _used.set([])
    try:
        yield
        if level != "exact" and not _used.get():
            note(
                f"engine: PyTorch, float32 in place of {level}: no passes without gradients, or "
                "too few of them"
            )
    finally:
        _level.reset(token)
        _used.reset(used)


def forward_passes(
    network: nn.Module, image_NCHW: Tensor, num_images: int, *, paths: Sequence[str] = ()
) -> Passes:
    """Return the function for forward passes of many images, inside `frozen(network)`.

    A network of convscope runs in the engine that was measured as the fastest, if there are
    enough images; its outputs agree with PyTorch's as the level says, by default to 1e-4. Modules
    of others run as they are.

    Args:
        image_NCHW: one prepared image, to verify the engine with.
        num_images: that will be passed in all.
        paths: layers whose outputs are returned too.
    """
    if isinstance(network, Network) and _is_worth_it(network, Cost(num_images, num_images)):
        batch_NCHW = image_NCHW[:1].repeat(min(4, num_images), 1, 1, 1)
        choice = fastest(network, batch_NCHW, level=_level.get(), paths=paths, note=note)
        _report(network, choice)
        _used.get([]).append(choice.engine.name)
        engine = choice.engine

        def in_engine(inputs_NCHW: Tensor) -> tuple[Scores, Mapping[Run, Tensor]]:
            logits_NK, *outputs = engine(inputs_NCHW)
            finite(logits_NK, "the network's scores")
            by_run = {Run(path, 1): value for path, value in zip(paths, outputs, strict=True)}
            return Scores(logits_NK, "softmax"), by_run

        return in_engine

    def in_pytorch(inputs_NCHW: Tensor) -> tuple[Scores, Mapping[Run, Tensor]]:
        with run_outputs(network, paths) as outputs:
            scores = compute_scores_in_place(network, inputs_NCHW)
        return scores, outputs

    return in_pytorch


def for_gradients(
    network: nn.Module, image_NCHW: Tensor, num_images: int, *, paths: Sequence[str] = ()
) -> nn.Module:
    """Return a network for many passes with gradients at the pixels, inside `frozen(network)`.

    A network of convscope is returned with its batch normalisation folded, if there are enough
    images. Gradients with respect to its weights are not those of the network.

    Args:
        paths: layers whose outputs are read.
    """
    if isinstance(network, Network) and _is_worth_it(network, Cost(num_images, num_images)):
        return gradient_network(network, image_NCHW[:1], kept=paths)
    return network


def _report(network: Network, choice: Choice) -> None:
    """Say once which engine is used."""
    reported = _reported.setdefault(network, set())
    for sentence in choice.sentences:
        if sentence not in reported:
            reported.add(sentence)
            note(sentence)


def _is_worth_it(network: Network, cost: Cost) -> bool:
    num_bytes = sum(p.numel() * p.element_size() for p in network.parameters())
    return nominal_seconds(network, None, cost) > BUILD_S + num_bytes / BYTES_PER_S
