"""Fine-tuning: first the new classifier alone, then all layers, early stages at lower rates."""

from collections.abc import Mapping
from itertools import groupby
from typing import Annotated, Literal

from pydantic import Field

from convscope.arch.classifier import classifiers
from convscope.layers import Layer
from convscope.network import Network, module_at
from convscope.record import Record
from convscope.training.recipe.optim import undecayed


class FineTune(Record):
    """Fine-tuning settings: frozen epochs, and the learning rate of each stage.

    While the body is frozen only the classifier learns: gradients of its random initial weights
    would otherwise damage the body. Then each stage of the body learns with lr * lr_decay^depth,
    depth 1 for the last stage before the classifier, more towards the input.
    Paper: Howard and Ruder 2018, section 3.2 (there: 1 / 2.6 from layer to layer).

    Attributes:
        frozen_epochs: epochs at the start in which only the classifier learns.
        lr_decay: from one stage to the one before it; 1 gives all the same learning rate.
        norms: "kept": batch normalisations of the body keep the running averages of the model.
            "measured": they update them once the body is unfrozen; small batches give poor ones.
    """

    frozen_epochs: Annotated[int, Field(ge=0, lt=2**31)] = 1
    lr_decay: Annotated[float, Field(gt=0, le=1)] = 0.7
    norms: Literal["kept", "measured"] = "kept"

    def is_frozen(self, epoch: int) -> bool:
        """Return whether the body is frozen in an epoch, counted from 0."""
        return epoch < self.frozen_epochs

    def apply(self, network: Network, *, frozen: bool) -> None:
        """Freeze or unfreeze the parameters and batch normalisations of the body."""
        tops = classifiers(network.architecture)
        for name, parameter in network.named_parameters():
            if not _inside(name, tops):
                parameter.requires_grad_(not frozen)
        updating = self.norms == "measured" and not frozen
        for step in network.architecture.trace.steps:
            layer = step.operation
            if isinstance(layer, Layer) and layer.batch_statistics and not _inside(step.path, tops):
                module_at(network, step.path).train(updating)

    def lr_scales(self, network: Network) -> Mapping[str, float]:
        """Return the factor of each parameter's learning rate."""
        body = stages(network)
        scales = {name: 1.0 for name, _ in network.named_parameters()}
        for depth, names in enumerate(reversed(body), start=1):
            scales |= dict.fromkeys(names, self.lr_decay**depth)
        return scales


def stages(network: Network) -> list[list[str]]:
    """Return the body's parameter names, stage by stage from the input, without classifiers.

    A stage is a named part of the network that has weights; a normalisation by itself belongs to
    the stage before it. If everything is in one part, that part's own parts are the stages.
    """
    tops = classifiers(network.architecture)
    names = [name for name, _ in network.named_parameters() if not _inside(name, tops)]
    without_decay = undecayed(network.architecture)
    level = next((n for n in range(1, 64) if len({_cut(name, n) for name in names}) > 1), 1)
    body: list[list[str]] = []
    for _, group in groupby(names, key=lambda name: _cut(name, level)):
        stage = list(group)
        if body and without_decay.issuperset(stage):
            body[-1] += stage
        else:
            body.append(stage)
    return body


def _cut(name: str, level: int) -> str:
    """Return the first parts of a path, without the parameter's own name."""
    return ".".join(name.split(".")[:-1][:level])


def _inside(name: str, paths: tuple[str, ...]) -> bool:
    return any(name == path or name.startswith(f"{path}.") for path in paths)
