"""Fine-tuning: the new classifier first, then everything, the early stages slowest."""

from collections.abc import Mapping
from itertools import groupby
from typing import Annotated, Literal

from pydantic import Field
from torch.nn.modules.batchnorm import _BatchNorm

from convscope.arch.classifier import classifiers
from convscope.network import Network
from convscope.record import Record


class FineTune(Record):
    """Which weights move when, and how fast, where a run starts from a trained model.

    While the body is frozen only the classifier learns: its gradients would otherwise be those
    of random weights, and undo what the body knows. Then each stage of the body learns with
    lr * lr_decay^depth, depth 1 for the last stage before the classifier, more towards the
    input. Paper: Howard and Ruder 2018, section 3.2 (there: 1 / 2.6 from layer to layer).

    Attributes:
        frozen_epochs: epochs at the start in which only the classifier learns.
        lr_decay: from one stage to the one before it; 1 gives all the same learning rate.
        norms: whether the body's batch normalisations go on with the averages that the model
            brought ("kept"), or measure again once the body learns ("measured"). A small batch
            measures badly.
    """

    frozen_epochs: Annotated[int, Field(ge=0, lt=2**31)] = 1
    lr_decay: Annotated[float, Field(gt=0, le=1)] = 0.7
    norms: Literal["kept", "measured"] = "kept"

    def is_frozen(self, epoch: int) -> bool:
        """In an epoch, counted from 0."""
        return epoch < self.frozen_epochs

    def apply(self, network: Network, *, frozen: bool) -> None:
        """Put parameters and normalisations of the body into one of the two phases."""
        tops = classifiers(network.architecture)
        for name, parameter in network.named_parameters():
            if not _inside(name, tops):
                parameter.requires_grad_(not frozen)
        measuring = self.norms == "measured" and not frozen
        for name, module in network.named_modules():
            if isinstance(module, _BatchNorm) and not _inside(name, tops):
                module.train(measuring)

    def lr_scales(self, network: Network) -> Mapping[str, float]:
        """What each parameter's learning rate is multiplied by."""
        body = stages(network)
        scales = {name: 1.0 for name, _ in network.named_parameters()}
        for depth, names in enumerate(reversed(body), start=1):
            scales |= dict.fromkeys(names, self.lr_decay**depth)
        return scales


def stages(network: Network) -> list[list[str]]:
    """Names of the body's parameters, stage by stage from the input on, without classifiers.

    A stage is a named part of the network that has weights; a normalisation that stands by
    itself belongs to what is before it. Where everything is in one part, its parts count.
    """
    tops = classifiers(network.architecture)
    shapes = {n: p.ndim for n, p in network.named_parameters() if not _inside(n, tops)}
    level = next((n for n in range(1, 64) if len({_cut(name, n) for name in shapes}) > 1), 1)
    found: list[list[str]] = []
    for _, group in groupby(shapes, key=lambda name: _cut(name, level)):
        names = list(group)
        if found and all(shapes[name] <= 1 for name in names):
            found[-1] += names
        else:
            found.append(names)
    return found


def _cut(name: str, level: int) -> str:
    """The first parts of a path; never the parameter's own name."""
    return ".".join(name.split(".")[:-1][:level])


def _inside(name: str, paths: tuple[str, ...]) -> bool:
    return any(name == path or name.startswith(f"{path}.") for path in paths)
