"""Forward passes of many batches through the engine that is chosen at the first one.

Axes: N batch, C channels, H height, W width, K classes.
"""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, final

from torch import Tensor, nn

from convscope.engine.levels import VARIABLE, Level, find_level
from convscope.engine.nominal import SHORT_S, seconds_per_image
from convscope.network import Network

if TYPE_CHECKING:
    from convscope.engine.choice import Choice
    from convscope.engine.graph import Graph

MANY = 1000  # images, where their number is not known
Note = Callable[[str], None]


class EngineOptions(NamedTuple):
    """The level of an engine, with what goes with it.

    Attributes:
        level: exact (float32), fast (bfloat16 where the processor has it) or int8.
        calibration: a data set, a folder or a list of images, for int8.
        max_loss: points of accuracy that int8 may lose.
        say: takes sentences on the choice, and on engines that are not used.
    """

    level: str = "exact"
    calibration: Any = None
    max_loss: float = 0.5
    say: Note = lambda _note: None


def engine_options(engine: str | EngineOptions) -> tuple[Level, EngineOptions]:
    """Return the level and the options of an argument `engine=`.

    Raises:
        InputError: no such level.
    """
    options = engine if isinstance(engine, EngineOptions) else EngineOptions(engine)
    return find_level(options.level), options


@final
class Passes(nn.Module):
    """The logits of a network, (N, C, H, W) -> (N, K), by one engine for all batches.

    Attributes:
        choice: the engine; None before the first batch, and where PyTorch is used as it is.
    """

    network: Network
    choice: "Choice | None"

    def __init__(
        self,
        network: Network,
        level: Level = "exact",
        *,
        num_images: int | None = None,
        batch_size: int = 16,
        quantised: "Graph | None" = None,
        only_pytorch: str = "",
        say: Note = lambda _note: None,
    ) -> None:
        """Return the passes; nothing is measured yet.

        Args:
            num_images: how many will follow, if that is known.
            batch_size: of all batches but the last one.
            only_pytorch: the reason why no engine is chosen; empty without one.
        """
        super().__init__()
        self.network, self.choice = network, None
        self._level, self._quantised, self._say = level, quantised, say
        self._num_images, self._batch_size = num_images, batch_size
        self._only_pytorch, self._has_begun = only_pytorch, False

    def forward(self, inputs_NCHW: Tensor) -> Tensor:
        if not self._has_begun:
            self._has_begun = True
            self._begin(inputs_NCHW)
        size = self.network.architecture.input
        if self.choice is None or tuple(inputs_NCHW.shape[1:]) != tuple(size):
            logits_NK: Tensor = self.network(inputs_NCHW)
            return logits_NK
        return self.choice.engine(inputs_NCHW)[0]

    @property
    def engine(self) -> str:
        """The engine and its numbers, as OpenVINO, bfloat16; empty for PyTorch in float32."""
        choice = self.choice
        if choice is None or (choice.engine.name, choice.numbers) == ("PyTorch", "float32"):
            return ""
        return f"{choice.engine.name}, {choice.numbers}"

    def say_other(self, reason: str) -> None:
        """Say that PyTorch computes in float32 in place of a level that was chosen."""
        if self._level != "exact":
            self._say(f"engine: PyTorch, float32 in place of {self._level}: {reason}")

    def _begin(self, inputs_NCHW: Tensor) -> None:
        if self._only_pytorch:
            self.say_other(self._only_pytorch)
            return
        number = self._num_images
        if number is None:
            number = len(inputs_NCHW) if len(inputs_NCHW) < self._batch_size else MANY
        is_short = number * seconds_per_image(self.network) < SHORT_S
        if is_short and self._level == "exact" and VARIABLE not in os.environ:
            return
        from convscope.engine.choice import fastest

        self.choice = fastest(
            self.network,
            inputs_NCHW,
            level=self._level,
            num_images=number,
            quantised=self._quantised,
            note=self._say,
        )
        for sentence in self.choice.sentences:
            self._say(sentence)
