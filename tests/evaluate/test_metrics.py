"""The accumulator against torchmetrics and against loops in NumPy that share no code with it."""

import math
import warnings

import numpy as np
import pydantic
import pytest
import torch

from convscope.errors import FormatError, InputError
from convscope.evaluate.accumulator import MetricAccumulator
from convscope.evaluate.metrics import Evaluation, percent

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from torchmetrics.functional.classification import (
        multiclass_accuracy,
        multiclass_calibration_error,
        multiclass_confusion_matrix,
        multiclass_f1_score,
        multiclass_matthews_corrcoef,
        multiclass_precision,
        multiclass_recall,
    )


def names(k):
    return tuple(f"class {i}" for i in range(k))


def sample(k, n=997, seed=0, sharpness=2.0):
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(k, (n,), generator=generator)
    logits = torch.randn(n, k, generator=generator)
    logits[torch.arange(n), labels] += sharpness
    return logits, labels


def accumulated(logits, labels, batch=100, **options):
    accumulator = MetricAccumulator(names(logits.shape[1]), **options)
    for start in range(0, len(labels), batch):
        accumulator.add_logits(logits[start : start + batch], labels[start : start + batch])
    return accumulator.result()


@pytest.mark.parametrize("k", [2, 3, 5, 6, 10, 37])
def test_equals_torchmetrics(k):
    logits, labels = sample(k)
    mine = accumulated(logits, labels)
    wide, probabilities = logits.double(), logits.double().softmax(dim=1)

    def per_class(metric):
        return metric(wide, labels, num_classes=k, average=None).tolist()

    accuracy = multiclass_accuracy(wide, labels, num_classes=k, average="micro")
    assert mine.accuracy == pytest.approx(float(accuracy))
    assert [c.precision for c in mine.classes] == pytest.approx(per_class(multiclass_precision))
    assert [c.recall for c in mine.classes] == pytest.approx(per_class(multiclass_recall))
    assert [c.f1 for c in mine.classes] == pytest.approx(per_class(multiclass_f1_score))
    balanced = multiclass_accuracy(wide, labels, num_classes=k, average="macro")
    assert mine.balanced_accuracy == pytest.approx(float(balanced))
    mcc = multiclass_matthews_corrcoef(wide, labels, num_classes=k)
    assert mine.mcc == pytest.approx(float(mcc), abs=1e-6)
    error = multiclass_calibration_error(probabilities, labels, num_classes=k, n_bins=15)
    assert mine.calibration_error == pytest.approx(float(error), abs=1e-6)
    confusion = multiclass_confusion_matrix(wide, labels, num_classes=k)
    assert [list(row) for row in mine.confusion] == confusion.tolist()
    if k > 5:
        top5 = multiclass_accuracy(wide, labels, num_classes=k, top_k=5, average="micro")
        assert mine.top5 == pytest.approx(float(top5))
    else:
        assert mine.top5 is None
    loss = torch.nn.functional.cross_entropy(wide, labels)
    assert mine.cross_entropy == pytest.approx(float(loss))


def test_equals_loops():
    logits, labels = sample(7, n=301, sharpness=0.8)
    mine = accumulated(logits, labels, batch=64, num_mistakes=10)
    rows, truth = logits.double().numpy(), labels.numpy()
    hits = top5 = 0
    loss = 0.0
    bins = [[0, 0, 0.0] for _ in range(15)]
    wrong = []
    for i, (row, label) in enumerate(zip(rows, truth, strict=True)):
        probabilities = np.exp(row - row.max())
        probabilities /= probabilities.sum()
        order = sorted(range(7), key=lambda k: -row[k])
        hits += order[0] == label
        top5 += label in order[:5]
        loss -= math.log(probabilities[label])
        confidence = probabilities[order[0]]
        bin_ = next(b for b in range(15) if b / 15 < confidence <= (b + 1) / 15)
        bins[bin_][0] += 1
        bins[bin_][1] += order[0] == label
        bins[bin_][2] += confidence
        if order[0] != label:
            wrong.append((-confidence, i, order[0], label))
    assert mine.correct == hits
    assert mine.top5 == pytest.approx(top5 / 301)
    assert mine.cross_entropy == pytest.approx(loss / 301)
    assert [b.num_samples for b in mine.calibration] == [b[0] for b in bins]
    assert mine.calibration_error == pytest.approx(sum(abs(b[1] - b[2]) for b in bins) / 301)
    expected = [(i, p, t) for _, i, p, t in sorted(wrong)[:10]]
    assert [(m.index, m.predicted, m.true) for m in mine.mistakes] == expected
    shares = [-w[0] for w in sorted(wrong)[:10]]
    assert [m.probability for m in mine.mistakes] == pytest.approx(shares)


def test_batches_do_not_matter():
    logits, labels = sample(6, n=200)
    whole, ones = accumulated(logits, labels, batch=200), accumulated(logits, labels, batch=1)
    assert ones.confusion == whole.confusion
    assert [m.index for m in ones.mistakes] == [m.index for m in whole.mistakes]
    assert ones.calibration_error == pytest.approx(whole.calibration_error)


def test_probabilities_equal_logits():
    logits, labels = sample(6)
    accumulator = MetricAccumulator(names(6))
    accumulator.add_probabilities(logits.double().softmax(dim=1), labels)
    from_logits, from_probabilities = accumulated(logits, labels), accumulator.result()
    assert from_probabilities.confusion == from_logits.confusion
    assert from_probabilities.cross_entropy == pytest.approx(from_logits.cross_entropy)


def test_a_certain_mistake_has_a_finite_cross_entropy():
    accumulator = MetricAccumulator(names(2))
    accumulator.add_probabilities(torch.tensor([[1.0, 0.0]]), torch.tensor([1]))
    assert 80 < accumulator.result().cross_entropy < 90


def test_class_without_samples():
    # class 2 has no samples and is predicted once; class 3 has neither samples nor predictions
    logits = torch.eye(4)[[0, 1, 2]] * 5
    mine = accumulated(logits, torch.tensor([0, 1, 1]))
    empty, absent = mine.classes[2], mine.classes[3]
    assert (empty.support, empty.precision, empty.recall, empty.f1) == (0, 0.0, None, 0.0)
    assert (absent.support, absent.precision, absent.recall, absent.f1) == (0, None, None, None)
    assert mine.balanced_accuracy == pytest.approx((1 + 1 / 2) / 2)  # only classes 0 and 1
    assert mine.class_rows()[4] == ("class 3", "-", "-", "-", "0")
    assert (mine.majority_class, mine.majority_baseline) == ("class 1", 2 / 3)


def test_one_class_only():
    mine = accumulated(torch.zeros(5, 1), torch.zeros(5, dtype=torch.int64))
    assert (mine.accuracy, mine.majority_baseline, mine.mcc, mine.top5) == (1, 1, None, None)
    assert mine.cross_entropy == 0


def test_accuracy_that_hides_failure_is_seen():
    """90 % by always answering the class of nine in ten."""
    labels = torch.tensor([0] * 90 + [1] * 10)
    mine = accumulated(torch.tensor([[1.0, 0.0]]).repeat(100, 1), labels)
    assert mine.accuracy == mine.majority_baseline == 0.9
    assert (mine.balanced_accuracy, mine.mcc) == (0.5, None)


def test_a_tie_is_answered_by_the_first_class():
    mine = accumulated(torch.zeros(2, 7), torch.tensor([0, 5]))
    assert mine.confusion[5][0] == 1
    assert mine.top5 == 0.5  # class 5 is the sixth of seven equal ones


def test_interval_is_wilsons():
    # 8 of 10: Wilson's interval as in Agresti and Coull 1998, formula (2)
    logits = torch.tensor([[1.0, 0.0]]).repeat(10, 1)
    mine = accumulated(logits, torch.tensor([0] * 8 + [1] * 2))
    assert mine.accuracy_interval == pytest.approx((0.4901625, 0.9433178), abs=1e-6)


@pytest.mark.parametrize("n", [3, 6, 30, 49, 1_000])
def test_the_interval_ends_exactly_at_0_and_at_1(n):
    logits = torch.tensor([[1.0, 0.0]]).repeat(n, 1)
    right, wrong = (accumulated(logits, torch.full((n,), label)) for label in (0, 1))
    assert right.accuracy_interval[1] == 1.0
    assert wrong.accuracy_interval[0] == 0.0
    assert wrong.accuracy_interval[1] == pytest.approx(1 - right.accuracy_interval[0])


def test_json_round_trip():
    mine = accumulated(*sample(6))
    assert Evaluation.from_json(mine.to_json()) == mine
    with pytest.raises(FormatError, match="acuracy"):
        Evaluation.from_json(mine.to_json().replace('"accuracy":', '"acuracy":', 1))
    with pytest.raises(pydantic.ValidationError):
        mine.accuracy = 1.0


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_refuses_what_is_not_finite(bad):
    logits, labels = sample(3, n=10)
    accumulator = MetricAccumulator(names(3))
    accumulator.add_logits(logits, labels)
    logits[4, 1] = bad
    with pytest.raises(InputError, match="sample 14"):
        accumulator.add_logits(logits, labels)
    assert accumulator.result().num_samples == 10


@pytest.mark.parametrize(
    ("logits", "labels"),
    [
        (torch.zeros(0, 3), torch.zeros(0, dtype=torch.int64)),
        (torch.zeros(2, 4), torch.zeros(2, dtype=torch.int64)),
        (torch.zeros(3), torch.zeros(3, dtype=torch.int64)),
        (torch.zeros(2, 3), torch.zeros(3, dtype=torch.int64)),
        (torch.zeros(2, 3), torch.zeros(2)),
        (torch.zeros(2, 3), torch.tensor([0, 3])),
        (torch.zeros(2, 3), torch.tensor([-1, 0])),
    ],
)
def test_refuses_batches_that_do_not_fit(logits, labels):
    with pytest.raises(InputError):
        MetricAccumulator(names(3)).add_logits(logits, labels)


def test_refuses_the_rest():
    with pytest.raises(InputError, match="no samples"):
        MetricAccumulator(names(3)).result()
    with pytest.raises(InputError, match="0 classes"):
        MetricAccumulator(())
    with pytest.raises(InputError):
        MetricAccumulator(names(3), num_mistakes=-1)
    with pytest.raises(InputError, match="not probabilities"):
        MetricAccumulator(names(2)).add_probabilities(torch.tensor([[2.0, 3.0]]), torch.tensor([0]))


def test_headline_rows():
    rows = dict(accumulated(*sample(10)).rows())
    assert rows["images"] == "997"
    assert rows["accuracy"].endswith("%)")


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.98814, "98.81"), (1, "100.00"), (0, "0.00"), (0.999999, "99.99"), (1e-9, "0.01")],
)
def test_percent_is_never_rounded_to_all_or_nothing(share, text):
    assert percent(share) == f"{text}\N{NO-BREAK SPACE}%"
    assert percent(None) == "-"
