"""The losses against sums over one-hot targets in NumPy, in float64."""

import numpy as np
import pytest
import torch

from convscope.data.augment.mix import CutMix, Mixed, Mixup
from convscope.training.recipe.loss import CrossEntropy, RbfMap

N, K = 17, 6


def example(seed=0):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(N, K, generator=generator, dtype=torch.float64) * 3
    return logits, torch.randint(K, (N,), generator=generator)


def mixed_of(seed=1):
    generator = torch.Generator().manual_seed(seed)
    return Mixed(torch.randint(K, (N,), generator=generator), torch.rand(N, generator=generator))


def target(labels, mixed=None):
    """Rows of probabilities: one-hot, or two labels in their shares."""
    rows = np.zeros((N, K))
    share = np.ones(N) if mixed is None else mixed.share_N.double().numpy()
    np.add.at(rows, (range(N), labels.numpy()), share)
    if mixed is not None:
        np.add.at(rows, (range(N), mixed.labels_N.numpy()), 1 - share)
    return rows


def log_softmax(logits):
    shifted = logits - logits.max(1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(1, keepdims=True))


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.9])
@pytest.mark.parametrize("mixed", [None, mixed_of()], ids=["plain", "mixed"])
def test_cross_entropy_is_that_of_soft_labels(smoothing, mixed):
    logits, labels = example()
    soft = (1 - smoothing) * target(labels, mixed) + smoothing / K
    expected = -(soft * log_softmax(logits.numpy())).sum(1).mean()
    found = CrossEntropy(label_smoothing=smoothing)(logits, labels, mixed)
    assert float(found) == pytest.approx(expected, rel=1e-6 if mixed else 1e-12)


@pytest.mark.parametrize("mixed", [None, mixed_of()], ids=["plain", "mixed"])
def test_rbf_map_is_equation_nine(mixed):
    distances, labels = example()
    distances = distances.abs()
    y = distances.numpy()
    pull = (target(labels, mixed) * y).sum(1)
    push = np.log(np.exp(-10.0) + np.exp(-y).sum(1))
    found = RbfMap(j=10.0)(-distances, labels, mixed)
    assert float(found) == pytest.approx((pull + push).mean(), rel=1e-6)


@pytest.mark.parametrize("criterion", [CrossEntropy(), CrossEntropy(label_smoothing=0.1), RbfMap()])
def test_gradients_are_those_of_the_two_losses_in_their_shares(criterion):
    logits, labels = example()
    mixed = mixed_of()
    logits.requires_grad_()
    (found,) = torch.autograd.grad(criterion(logits, labels, mixed), logits)
    expected = torch.zeros_like(logits)
    for n in range(N):
        row = logits[n : n + 1]
        share = float(mixed.share_N[n])
        own = criterion(row, labels[n : n + 1])
        partner = criterion(row, mixed.labels_N[n : n + 1])
        expected += torch.autograd.grad(share * own + (1 - share) * partner, logits)[0] / N
    assert torch.allclose(found, expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("criterion", [CrossEntropy(label_smoothing=0.1), RbfMap()])
def test_a_share_of_one_is_no_mix(criterion):
    logits, labels = example()
    whole = Mixed(labels.flip(0), torch.ones(N))
    assert float(criterion(logits, labels, whole)) == pytest.approx(
        float(criterion(logits, labels))
    )
    none = Mixed(labels.flip(0), torch.zeros(N))
    expected = float(criterion(logits, labels.flip(0)))
    assert float(criterion(logits, labels, none)) == pytest.approx(expected)


@pytest.mark.parametrize("mix", [Mixup(alpha=1.0), CutMix()])
def test_what_a_mix_gives_is_what_a_loss_takes(mix):
    logits, labels = example()
    images = torch.zeros(N, 1, 4, 4, dtype=torch.uint8)
    _, mixed = mix.apply(images, labels, torch.Generator().manual_seed(0))
    for dtype in (torch.float32, torch.bfloat16):
        found = CrossEntropy()(logits.to(dtype), labels, mixed)
        assert found.dtype == dtype
        assert found.shape == ()


# --- class weights


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_class_weights_are_those_of_torch(smoothing):
    logits, labels = example()
    weights = torch.rand(K, dtype=torch.float64) + 0.1
    loss = CrossEntropy(label_smoothing=smoothing, class_weights=tuple(weights.tolist()))
    peer = torch.nn.CrossEntropyLoss(weight=weights, label_smoothing=smoothing)
    assert float(loss(logits, labels, None, weights)) == pytest.approx(float(peer(logits, labels)))
    by_hand = sum(
        float(weights[n]) * -float(torch.log_softmax(row, 0)[n])
        for row, n in zip(logits, labels.tolist(), strict=True)
    ) / float(weights[labels].sum())
    if not smoothing:
        assert float(loss(logits, labels, None, weights)) == pytest.approx(by_hand)


def test_mixed_class_weights_are_the_mean_by_weight():
    logits, labels = example()
    mixed = mixed_of()
    weights = torch.rand(K, dtype=torch.float64) + 0.1
    rows = target(labels, mixed) * weights.numpy()
    by_hand = -(rows * torch.log_softmax(logits, 1).numpy()).sum() / rows.sum()
    loss = CrossEntropy(class_weights="balanced")
    assert float(loss(logits, labels, mixed, weights)) == pytest.approx(by_hand, rel=1e-6)
    ones = torch.ones(K, dtype=torch.float64)
    plain = CrossEntropy()(logits, labels, mixed)
    assert float(loss(logits, labels, mixed, ones)) == pytest.approx(float(plain))


def test_balanced_weights():
    """N / (K n[k]), as scikit-learn's `compute_class_weight`: the mean over the images is 1."""
    labels = torch.tensor([0] * 60 + [1] * 30 + [2] * 10)
    weights = CrossEntropy(class_weights="balanced").weights(labels, 3)
    assert weights.tolist() == pytest.approx([100 / 180, 100 / 90, 100 / 30])
    assert float(weights[labels].mean()) == pytest.approx(1)
    absent = CrossEntropy(class_weights="balanced").weights(labels, 4)
    assert absent.tolist() == [*weights.tolist(), 0]
    assert CrossEntropy().weights(labels, 3) is None
    assert RbfMap().weights(labels, 3) is None
