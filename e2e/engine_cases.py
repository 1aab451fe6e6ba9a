"""Cases for training in the tab: what PyTorch computes in float64 of networks and their steps.

Written to a folder as `cases.json` and `numbers.bin`, as in `explain_cases`.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convscope.arch import Architecture
from convscope.network.build import Network, build
from convscope.training.recipe.optim import undecayed
from e2e.explain_cases import Cases, randomise

Outputs = dict[str, Tensor]


def _draw(architecture: Architecture, count: int, seed: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    images = torch.randn((count, *architecture.input), generator=generator)
    labels = torch.randint(0, architecture.num_classes, (count,), generator=generator)
    return images, labels


def _state(cases: Cases, tensors: Mapping[str, Tensor]) -> dict[str, Any]:
    return {name: cases.tensor(tensor) for name, tensor in tensors.items()}


def _loss(network: Network, images: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    heads: list[Tensor] = []
    loss = F.cross_entropy(network(images, heads), labels, label_smoothing=smoothing)
    for weight, logits in zip(network.head_weights, heads, strict=True):
        loss = loss + weight * F.cross_entropy(logits, labels, label_smoothing=smoothing)
    return loss


def _watch(network: Network) -> Outputs:
    """Keep the output of every operation, by path; their gradients too."""
    outputs: Outputs = {}
    modules = dict(network.named_modules())

    def keep(path: str) -> Any:
        def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
            if isinstance(output, Tensor):
                outputs[path] = output
                if output.requires_grad:
                    output.retain_grad()

        return hook

    for step in network.architecture.trace.steps:
        if step.path in modules:
            modules[step.path].register_forward_hook(keep(step.path))
    return outputs


def network_of(architecture: Architecture, seed: int) -> Network:
    """Return a network with random values in every tensor, in float64."""
    network = build(architecture, seed=seed)
    randomise(network, seed)
    return network.double()


def add_step(
    cases: Cases, architecture: Architecture, *, count: int, seed: int, smoothing: float = 0.0
) -> None:
    """Add outputs and gradients of a training step, and the outputs in evaluation mode."""
    network = network_of(architecture, seed)
    images, labels = _draw(architecture, count, seed)
    random = any(step.layer and step.layer.role == "dropout" for step in architecture.trace.steps)
    case: dict[str, Any] = {
        "kind": "step",
        "name": f"{architecture.name} {seed}",
        "architecture": architecture.model_dump(mode="json"),
        "weights": _state(cases, network.state_dict()),
        "images": cases.tensor(images),
        "labels": labels.tolist(),
        "smoothing": smoothing,
        "random": random,
    }
    outputs = _watch(network)
    network.eval()
    case["predicted"] = cases.tensor(network(images.double()).softmax(1))
    case["evaluated"] = _state(cases, outputs)
    network.train()
    outputs.clear()
    loss = _loss(network, images.double(), labels, smoothing)
    loss.backward()
    case["loss"] = loss.item()
    case["outputs"] = _state(cases, outputs)
    # an identity returns its input, which has the gradients of its other readers too
    passed = {
        step.path
        for step in architecture.trace.steps
        if step.layer and step.layer.is_identity(step.input_shapes[0])
    }
    kept = {
        path: output.grad
        for path, output in outputs.items()
        if output.grad is not None and path not in passed
    }
    case["outputGradients"] = _state(cases, kept)
    case["gradients"] = _state(
        cases, {name: p.grad for name, p in network.named_parameters() if p.grad is not None}
    )
    saved = network.state_dict()
    case["buffers"] = _state(
        cases, {name: saved[name] for name, _ in network.named_buffers() if name in saved}
    )
    cases.cases.append(case)


def _groups(network: Network, decay: float) -> list[dict[str, Any]]:
    without = undecayed(network.architecture)
    return [
        {
            "params": [p for name, p in network.named_parameters() if (name in without) == none],
            "weight_decay": 0.0 if none else decay,
        }
        for none in (False, True)
    ]


def add_steps(
    cases: Cases, architecture: Architecture, optimiser: Mapping[str, Any], lr: float, seed: int
) -> None:
    """Add the weights after 20 steps of an optimiser."""
    network = network_of(architecture, seed).train()
    options = dict(optimiser)
    kind = getattr(torch.optim, options.pop("type"))
    steps = kind(_groups(network, options.pop("weight_decay")), lr=lr, **options)
    case: dict[str, Any] = {
        "kind": "steps",
        "name": f"{optimiser['type']} {seed}",
        "architecture": architecture.model_dump(mode="json"),
        "weights": _state(cases, network.state_dict()),
        "optimiser": dict(optimiser),
        "lr": lr,
        "batches": [],
        "losses": [],
    }
    for step in range(20):
        images, labels = _draw(architecture, 12, 100 * seed + step)
        steps.zero_grad()
        loss = _loss(network, images.double(), labels, 0.0)
        loss.backward()
        steps.step()
        case["batches"].append({"images": cases.tensor(images), "labels": labels.tolist()})
        case["losses"].append(loss.item())
    case["after"] = _state(cases, network.state_dict())
    cases.cases.append(case)
