"""The times that a choice of an engine rests on."""

import time

import torch
from torch import Tensor

from convscope import zoo
from convscope.engine import measure
from convscope.engine.candidates import Candidate
from convscope.engine.folded import PyTorch
from convscope.engine.graph import graph_of
from convscope.engine.openvino import OpenVino
from convscope.network import build


class Sleeping:
    """Engine that is quick, but whose first passes are slow, as on a machine that is busy then."""

    name = "sleeping"

    def __init__(self, engine: PyTorch, slow: int, seconds: float) -> None:
        self._engine, self._slow, self._seconds = engine, slow, seconds
        self.passes = 0

    def __call__(self, inputs_NCHW: Tensor) -> tuple[Tensor, ...]:
        self.passes += 1
        time.sleep(self._seconds if self.passes <= self._slow else 0.0)
        return self._engine(inputs_NCHW)


def test_a_busy_moment_does_not_decide() -> None:
    network = build(zoo.load("lenet5"), seed=0).eval()
    batch_NCHW = torch.randn(2, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    hindered = Sleeping(PyTorch(network), 2, 0.05)  # its comparison and its first turn
    slow = Sleeping(PyTorch(network), 1000, 0.01)
    candidates = [
        Candidate("hindered", "float32", lambda: hindered),
        Candidate("slow", "float32", lambda: slow),
    ]
    results = measure.measure(network, batch_NCHW, candidates, level="exact")
    assert results.measured["hindered, float32"].seconds < 0.005
    assert results.measured["slow, float32"].seconds >= 0.005
    assert slow.passes < 1 + 2 * 3  # far behind after two turns: no third one


def test_openvino_of_one_size_takes_every_size() -> None:
    network = build(zoo.load("lenet5"), seed=0).eval()
    engine = OpenVino(graph_of(network), images=4)
    generator = torch.Generator().manual_seed(0)
    for count in (4, 1, 7, 4):
        batch_NCHW = torch.randn(count, 1, 32, 32, generator=generator)
        with torch.no_grad():
            expected_NK = network(batch_NCHW)
        torch.testing.assert_close(engine(batch_NCHW)[0], expected_NK, rtol=1e-4, atol=1e-5)
