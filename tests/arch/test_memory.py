"""Memory: training against what autograd keeps, inference against another simulation."""

import pytest
import torch

from convscope.arch import Architecture, AuxiliaryHead, Chain, Concat, Gate, Residual, trace
from convscope.arch.memory import inference_bytes
from convscope.layers import (
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    GlobalAvgPool2d,
    Identity,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    ReLU,
    Sigmoid,
    Tanh,
)
from convscope.network import build
from convscope.shapes import CHW
from convscope.zoo import load


def _conv(channels, kernel, stride=1):
    return Chain(
        conv=Conv2d(channels, kernel, stride, kernel // 2), norm=BatchNorm2d(), relu=ReLU()
    )


TAIL = {"pool": GlobalAvgPool2d(), "flatten": Flatten(), "fc": Linear(10)}
NETWORKS = {
    "plain": Chain(
        conv1=Conv2d(8, 3),
        relu1=ReLU(),
        lrn=LocalResponseNorm(),
        pool1=MaxPool2d(2),
        conv2=Conv2d(16, 3),
        tanh=Tanh(),
        pool2=AvgPool2d(2),
        drop=Dropout(),
        **TAIL,
    ),
    "residual": Chain(
        stem=_conv(8, 3),
        one=Residual(Chain(a=_conv(8, 3), b=Conv2d(8, 3, padding=1), n=BatchNorm2d())),
        act=ReLU(),
        two=Residual(Chain(a=_conv(16, 3, 2), b=Conv2d(16, 3, padding=1)), Conv2d(16, 1, 2)),
        act2=ReLU(),
        **TAIL,
    ),
    "inception": Chain(
        stem=_conv(8, 3),
        both=Concat(
            one=_conv(4, 1),
            three=Chain(a=_conv(4, 1), b=_conv(6, 3)),
            same=Identity(),
            pool=MaxPool2d(3, 1, 1),
        ),
        aux=AuxiliaryHead(Chain(pool=AvgPool2d(4), flatten=Flatten(), fc=Linear(10))),
        last=_conv(8, 3, 2),
        **TAIL,
    ),
    "gates": Chain(
        stem=_conv(8, 3),
        se=Gate(
            Identity(),
            Chain(
                pool=GlobalAvgPool2d(),
                reduce=Conv2d(2, 1),
                relu=ReLU(),
                expand=Conv2d(8, 1),
                sigmoid=Sigmoid(),
            ),
        ),
        full=Gate(Conv2d(4, 3, padding=1), Chain(conv=Conv2d(4, 1), sigmoid=Sigmoid())),
        **TAIL,
    ),
}
SHAPE = CHW(3, 20, 18)


def _architecture(name):
    if name in NETWORKS:
        return Architecture(name="net", input=SHAPE, num_classes=10, block=NETWORKS[name])
    return load(name)


def _kept_by_torch(network, x):
    """Bytes of the distinct storages that autograd holds, without parameters and buffers."""
    own = {t.untyped_storage().data_ptr() for t in [*network.parameters(), *network.buffers()]}
    seen = {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            seen[storage.data_ptr()] = (storage.nbytes(), tensor)  # kept, so no address is reused
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        heads = []
        outputs = [network(x, heads), *heads]
    assert all(y.requires_grad for y in outputs)
    return sum(size for size, _ in seen.values())


@pytest.mark.parametrize("name", [*NETWORKS, "lenet5"])
@pytest.mark.parametrize("batch", [1, 4])
def test_training_bytes_are_what_autograd_keeps(name, batch):
    architecture = _architecture(name)
    network = build(architecture).train()
    x = torch.randn(batch, *architecture.input)
    promised = architecture.table(batch_size=batch).totals.training_bytes
    measured = _kept_by_torch(network, x)
    statistics = (
        8 * sum(b.numel() for b in network.buffers()) + 64
    )  # batch means, whatever the batch
    assert promised - 64 <= measured <= promised + statistics


def test_rows_add_up_to_the_total():
    for name in [*NETWORKS, "lenet5", "lenet5_1998"]:
        table = _architecture(name).table(batch_size=3)
        assert sum(row.training_bytes for row in table.rows) == table.totals.training_bytes


def _peak(block, x, held, *, keep, shapes, path=""):
    """(bytes of the output, peak), going down the tree instead of along the trace.

    `held` is alive besides the input x; `keep`: x itself is still needed afterwards. Only for
    blocks whose layers do not share memory.
    """

    def inside(name):
        return f"{path}.{name}" if path else name

    match block:
        case Chain():
            peak, start = held + x, x
            for number, (name, part) in enumerate(block.blocks.items()):
                first = number == 0
                below = held + (start if keep and not first else 0)
                x, most = _peak(
                    part, x, below, keep=keep and first, shapes=shapes, path=inside(name)
                )
                peak = max(peak, most)
            return x, peak
        case Concat() | Residual() | Gate():
            outputs, peak = 0, 0
            for number, (name, part) in enumerate(block.parts.items()):
                last = number == len(block.parts) - 1
                y, most = _peak(
                    part, x, held + outputs, keep=keep or not last, shapes=shapes, path=inside(name)
                )
                outputs, peak = outputs + y, max(peak, most)
            total = shapes[path]
            return total, max(peak, held + outputs + total + (x if keep else 0))
        case _:
            return shapes[path], held + x + shapes[path]


PURE = {
    "chain": Chain(a=Conv2d(9, 3), b=Conv2d(2, 1), c=Conv2d(30, 5, stride=2)),
    "concat": Chain(
        a=Conv2d(4, 1),
        c=Concat(
            x=Chain(a=Conv2d(30, 1), b=Conv2d(2, 1)),
            y=Conv2d(5, 1),
            z=Chain(a=Conv2d(1, 1), b=ReLU()),
        ),
        d=Conv2d(2, 3),
    ),
    "residual": Chain(
        a=Conv2d(4, 1),
        r=Residual(Chain(a=Conv2d(16, 1), b=Conv2d(4, 3, padding=1)), Conv2d(4, 1)),
        d=ReLU(),
    ),
    "gate": Chain(
        a=Conv2d(4, 1),
        g=Gate(
            Chain(a=Conv2d(16, 1), b=Conv2d(4, 3, padding=1)),
            Chain(p=GlobalAvgPool2d(), c=Conv2d(4, 1)),
        ),
        d=Conv2d(2, 3),
    ),
    "nested": Chain(
        r=Residual(
            Chain(c=Concat(a=Conv2d(7, 1), b=Residual(Conv2d(3, 1), Conv2d(3, 1))), d=Conv2d(3, 1)),
            Chain(s=Conv2d(11, 1), t=Conv2d(3, 1)),
        )
    ),
}


@pytest.mark.parametrize("name", PURE)
def test_inference_peak_against_another_simulation(name):
    found = trace(PURE[name], SHAPE)
    shapes = {step.path: 4 * step.output_shape.numel for step in found.steps}
    _, peak = _peak(PURE[name], 4 * SHAPE.numel, 0, keep=False, shapes=shapes)
    assert inference_bytes(found) == peak


def test_inference_by_hand():
    """A shortcut keeps its input alive; a view costs nothing; heads do not run."""
    n = 4 * 8 * 8
    block = Chain(c=Conv2d(2, 1), r=Residual(Conv2d(2, 1)), f=Flatten(), d=Dropout(), l=Linear(1))
    found = trace(block, CHW(1, 8, 8))
    assert inference_bytes(found) == 6 * n  # input of the block, its body, their sum: 2 maps each
    with_head = Chain(
        a=AuxiliaryHead(Chain(big=Conv2d(100, 1), f=Flatten(), l=Linear(1))), **block.blocks
    )
    assert inference_bytes(trace(with_head, CHW(1, 8, 8))) == 6 * n


def test_many_branches_are_alive_together():
    found = trace(Chain(c=Concat(**{f"b{n}": Conv2d(1, 1) for n in range(5000)})), CHW(1, 2, 2))
    assert inference_bytes(found) == 16 * (5000 + 5000)
