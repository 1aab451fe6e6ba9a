"""As many classes as shards allow: exact metrics, in memory that is not their number squared."""

import tracemalloc

import numpy as np
import pytest
import torch

import convscope
from convscope.arch import Architecture, Chain
from convscope.data import Split
from convscope.evaluate.accumulator import MetricAccumulator
from convscope.evaluate.metrics import ConfusedPair, Evaluation
from convscope.evaluate.summary import MATRIX_CLASSES, NUM_PAIRS
from convscope.layers import Flatten, GlobalAvgPool2d, Linear
from convscope.report.tables import classes as class_table
from convscope.report.tables import confusion as confusion_table
from convscope.shapes import CHW
from convscope.training.run.events import Finished

MOST_SHARD_CLASSES = 100_000


def names(k):
    return tuple(f"class {i}" for i in range(k))


def skewed(k, n, seed=0):
    """Labels and predictions of which some pairs are frequent; and the logits."""
    random = np.random.default_rng(seed)
    labels = random.zipf(1.5, n) % k
    predicted = np.where(random.random(n) < 0.3, labels, random.zipf(1.7, n) % k)
    logits = random.normal(size=(n, k))
    logits[np.arange(n), predicted] += 12
    return logits, labels


def accumulated(logits, labels, batch=32, **options):
    accumulator = MetricAccumulator(names(logits.shape[1]), **options)
    for start in range(0, len(labels), batch):
        rows = slice(start, start + batch)
        accumulator.add_logits(torch.tensor(logits[rows]), torch.tensor(labels[rows]))
    return accumulator.result()


def softmax(logits):
    shifted = np.exp(logits - logits.max(1, keepdims=True))
    return shifted / shifted.sum(1, keepdims=True)


@pytest.mark.parametrize("k", [3, MATRIX_CLASSES, MATRIX_CLASSES + 1, 5000])
def test_equals_numpy(k):
    n = 400
    logits, labels = skewed(k, n)
    mine = accumulated(logits, labels)
    predicted, probabilities = logits.argmax(1), softmax(logits)
    matrix = np.zeros((k, k), np.int64)
    np.add.at(matrix, (labels, predicted), 1)

    assert mine.correct == np.trace(matrix)
    support, columns, hits = matrix.sum(1), matrix.sum(0), matrix.diagonal()
    assert [c.support for c in mine.classes] == support.tolist()
    assert [c.predicted for c in mine.classes] == columns.tolist()
    present = support > 0
    assert mine.balanced_accuracy == pytest.approx((hits[present] / support[present]).mean())
    f1 = 2 * hits[present] / (support[present] + columns[present])
    assert mine.macro_f1 == pytest.approx(f1.mean())
    own = probabilities[np.arange(n), labels]
    assert mine.cross_entropy == pytest.approx(-np.log(own).mean())
    if k > 5:
        rank = (logits > logits[np.arange(n), labels][:, None]).sum(1)
        assert mine.top5 == (rank < 5).mean()

    np.fill_diagonal(matrix, 0)
    true, wrong = np.nonzero(matrix)
    order = np.argsort(-matrix[true, wrong], kind="stable")
    expected = [
        ConfusedPair(
            true=int(true[i]), predicted=int(wrong[i]), count=int(matrix[true[i], wrong[i]])
        )
        for i in order
    ]
    assert mine.most_confused(NUM_PAIRS) == tuple(expected[:NUM_PAIRS])
    assert mine.most_confused(3) == tuple(expected[:3])
    assert bool(mine.confusion) == (k <= MATRIX_CLASSES)
    assert Evaluation.from_json(mine.to_json()) == mine


def test_batches_and_processes_do_not_matter():
    k = MATRIX_CLASSES + 1
    logits, labels = skewed(k, 300)
    whole = accumulated(logits, labels, batch=300)
    assert accumulated(logits, labels, batch=7) == whole
    parts = MetricAccumulator(names(k))
    for rank in range(3):
        part = MetricAccumulator(names(k), rank=rank, world_size=3)
        part.add_logits(torch.tensor(logits[rank::3]), torch.tensor(labels[rank::3]))
        parts.merge(part.counts())
    assert parts.result() == whole


def test_pairs_are_merged_as_they_come(monkeypatch):
    monkeypatch.setattr("convscope.evaluate.counts.PENDING", 10)
    logits, labels = skewed(50, 200)
    matrix = np.zeros((50, 50), np.int64)
    np.add.at(matrix, (labels, logits.argmax(1)), 1)
    assert [list(row) for row in accumulated(logits, labels).confusion] == matrix.tolist()


def test_scores_are_worked_on_in_chunks(monkeypatch):
    logits, labels = skewed(11, 90)
    whole = accumulated(logits, labels, batch=90)
    monkeypatch.setattr("convscope.evaluate.classified.CHUNK_NUMBERS", 30)
    assert accumulated(logits, labels, batch=90) == whole


@pytest.mark.slow
def test_the_memory_of_the_most_classes_is_not_their_square():
    """The counts of 100,000 classes: a confusion matrix of them would be 80 GB."""
    tracemalloc.start()
    accumulator = MetricAccumulator(names(MOST_SHARD_CLASSES))
    labels = torch.arange(8) * 12_345
    logits = torch.zeros(8, MOST_SHARD_CLASSES)
    logits[torch.arange(8), labels.flip(0)] = 20.0
    accumulator.add_logits(logits, labels)
    counts = accumulator.counts()
    tensors = [value for value in vars(counts).values() if isinstance(value, torch.Tensor)]
    assert sum(t.numel() * t.element_size() for t in tensors) < 3e6
    result = accumulator.result()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 300e6
    assert (result.num_samples, result.correct, len(result.confused_pairs)) == (8, 0, 8)


def test_the_report_lists_the_most_frequent_confusions():
    logits, labels = skewed(MATRIX_CLASSES + 1, 200)
    result = accumulated(logits, labels)
    text = confusion_table(result)
    first = result.most_confused(1)[0]
    assert f">class {first.true}<" in text
    assert f">{first.count}<" in text
    assert "class 1000" in class_table(result)


class ManyClasses:
    """A data set of 5,000 classes, one tiny image each."""

    name, shape, channels = "many", CHW(1, 4, 4), 1
    mean, std = (0.5,), (0.5,)
    classes = names(5000)

    def fingerprint(self):
        return "many"

    def split(self, _name):
        images = torch.randint(0, 256, (5000, 1, 4, 4), dtype=torch.uint8)
        return Split(images, torch.arange(5000))


def test_a_run_of_5000_classes_comes_to_its_end(tmp_path):
    """It died at its first validation: the accumulator took at most 4,096 classes."""
    architecture = Architecture(
        name="tiny",
        input=CHW(1, 4, 4),
        num_classes=5000,
        block=Chain(pool=GlobalAvgPool2d(), flatten=Flatten(), linear=Linear(5000)),
    )
    settings = {"epochs": 1, "batch_size": 1000, "augment": []}
    events = list(
        convscope.train(
            architecture, ManyClasses(), recipe="general", settings=settings, out=tmp_path / "run"
        )
    )
    assert isinstance(events[-1], Finished)
    assert (tmp_path / "run" / "report.html").exists()
