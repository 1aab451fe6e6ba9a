"""Average precision, ROC AUC and their curves against torchmetrics and a loop over pairs."""

import warnings

import numpy as np
import pytest
import torch

from convscope.evaluate.accumulator import MetricAccumulator
from convscope.evaluate.ranking import (
    BinnedScores,
    ExactScores,
    average_precision,
    log_odds,
    roc_auc,
    scores_for,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from torchmetrics.functional.classification import (
        binary_average_precision,
        multiclass_auroc,
        multiclass_average_precision,
    )


def sample(k, n=400, seed=0, sharpness=1.5):
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(k, (n,), generator=generator)
    logits = torch.randn(n, k, generator=generator, dtype=torch.float64)
    logits[torch.arange(n), labels] += sharpness
    return logits, labels


def evaluated(logits, labels, scores, batch=70):
    names = tuple(f"class {i}" for i in range(logits.shape[1]))
    accumulator = MetricAccumulator(names, scores=scores)
    for start in range(0, len(labels), batch):
        accumulator.add_logits(logits[start : start + batch], labels[start : start + batch])
    return accumulator.result()


@pytest.mark.parametrize("k", [2, 3, 10, 40])
@pytest.mark.parametrize(("kind", "tolerance"), [(ExactScores, 1e-6), (BinnedScores, 5e-3)])
def test_areas_equal_torchmetrics(k, kind, tolerance):
    logits, labels = sample(k, n=2000)
    mine = evaluated(logits, labels, kind(k))
    probabilities = logits.softmax(1)
    options = {"num_classes": k, "average": None}
    precision = multiclass_average_precision(probabilities, labels, **options)
    areas = multiclass_auroc(probabilities, labels, **options)
    found = [(c.average_precision, c.roc_auc) for c in mine.classes]
    assert np.allclose(found, torch.stack([precision, areas], dim=1), atol=tolerance)
    pooled = torch.nn.functional.one_hot(labels, k).view(-1)
    micro = float(binary_average_precision(probabilities.reshape(-1), pooled))
    assert mine.ranking.micro_average_precision == pytest.approx(micro, abs=tolerance)
    assert mine.ranking.average_precision == pytest.approx(float(precision.mean()), abs=tolerance)
    assert mine.ranking.roc_auc == pytest.approx(float(areas.mean()), abs=tolerance)
    assert bool(mine.ranking.bins) == (kind is BinnedScores)


def test_equal_scores_count_half():
    """The area is the share of pairs in the right order; a pair of equal scores counts half."""
    generator = np.random.default_rng(0)
    logits = torch.from_numpy(generator.integers(3, size=(90, 3)).astype(np.float64))
    labels = torch.from_numpy(generator.integers(3, size=90))
    mine = evaluated(logits, labels, ExactScores(3))
    odds = log_odds(logits.log_softmax(1)).to(torch.float32).numpy()
    for number, metrics in enumerate(mine.classes):
        own, others = odds[labels == number, number], odds[labels != number, number]
        pairs = [(a > b) + (a == b) / 2 for a in own for b in others]
        assert metrics.roc_auc == pytest.approx(np.mean(pairs))


def test_batches_and_processes_give_the_same_to_the_last_bit():
    logits, labels = sample(7)
    for kind in (ExactScores, BinnedScores):
        whole = evaluated(logits, labels, kind(7))
        assert evaluated(logits, labels, kind(7), batch=11) == whole
        joined = kind(7)
        for rank in (1, 0):
            part = kind(7)
            part.add(logits[rank::2].log_softmax(1), labels[rank::2])
            joined.merge_json(part.to_json())
        for number in range(7):
            assert (
                average_precision(joined.tally(number)) == whole.classes[number].average_precision
            )
            assert roc_auc(joined.tally(number)) == whole.classes[number].roc_auc


def test_confident_scores_stay_apart():
    """Probabilities of 1 - 1e-10 and 1 - 1e-12 are both 1.0 in float32, and their odds differ."""
    odds = log_odds(torch.tensor([[23.0, 0.0], [27.0, 0.0]], dtype=torch.float64).log_softmax(1))
    assert odds[:, 0].to(torch.float32).tolist() == pytest.approx([23, 27], rel=1e-5)
    assert torch.isfinite(log_odds(torch.tensor([0.0, -700.0, -1e9], dtype=torch.float64))).all()


def test_a_class_without_samples_has_no_areas():
    logits, labels = sample(4)
    mine = evaluated(logits, labels.clamp(max=2), ExactScores(4))
    assert (mine.classes[3].average_precision, mine.classes[3].roc_auc) == (None, None)
    assert [curve.number for curve in mine.ranking.curves] == [None, None, 0, 1, 2]
    only = evaluated(logits, torch.zeros_like(labels), ExactScores(4))
    assert only.classes[0].average_precision == 1
    assert only.classes[0].roc_auc is None
    assert only.ranking.roc_auc is None


def test_curves_run_from_end_to_end_and_agree_with_the_area():
    mine = evaluated(*sample(3, n=3000), ExactScores(3))
    for curve in mine.ranking.curves:
        assert len(curve.recall) <= 64
        assert (curve.recall[0], curve.recall[-1]) == (0, 1)
        ends = (curve.false_positive_rate[0], curve.false_positive_rate[-1])
        assert ends == (0, 1)
        assert list(curve.true_positive_rate) == sorted(curve.true_positive_rate)
        area = np.trapezoid(curve.true_positive_rate, curve.false_positive_rate)
        if curve.number is not None:
            assert area == pytest.approx(mine.classes[curve.number].roc_auc, abs=0.01)
            area = np.trapezoid(curve.precision, curve.recall)
            assert area == pytest.approx(mine.classes[curve.number].average_precision, abs=0.02)


def test_many_images_of_many_classes_are_counted_in_bounded_memory():
    assert isinstance(scores_for(10_000, 400), ExactScores)
    scores = scores_for(50_000, 1_000)
    logits, labels = sample(1_000, n=300, sharpness=4)
    before = scores._all_KB.nbytes
    for _ in range(2):
        scores.add(logits.log_softmax(1), labels)
    assert scores._all_KB.nbytes == before <= 1 << 25
    mine = evaluated(logits, labels, scores)
    exact = evaluated(logits, labels, ExactScores(1_000))
    assert mine.ranking.average_precision == pytest.approx(
        exact.ranking.average_precision, abs=0.02
    )
    assert len(mine.ranking.curves) == 2 + 24
    kept = [mine.classes[c.number].average_precision for c in mine.ranking.curves[2:]]
    others = [c.average_precision for c in mine.classes if c.average_precision is not None]
    assert kept == sorted(others)[:24]
    assert len(mine.to_json()) > len(mine.for_model_file().to_json())
    assert mine.for_model_file().ranking.curves == ()
