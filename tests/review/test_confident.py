"""Confident learning against the definition, written as loops."""

import numpy as np
import pytest

from convscope.errors import InputError
from convscope.review.confident import doubts


def by_definition(probabilities, labels):
    num_classes = len(probabilities[0])
    thresholds = {}
    for j in range(num_classes):
        own = [p[j] for p, label in zip(probabilities, labels, strict=True) if label == j]
        if own:
            thresholds[j] = sum(own) / len(own)
    likely, joint = [], np.zeros((num_classes, num_classes), int)
    for p, label in zip(probabilities, labels, strict=True):
        reached = [j for j in thresholds if p[j] >= thresholds[j]]
        likely.append(max(reached, key=lambda j: (p[j], -j)) if reached else label)
        joint[label, likely[-1]] += 1
    wrong = sum(
        (1 - joint[i, i] / joint[i].sum()) * labels.count(i)
        for i in range(num_classes)
        if joint[i].sum()
    )
    return likely, joint, wrong


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("num_classes", [2, 3, 10])
def test_agrees_with_the_definition(seed, num_classes):
    random = np.random.RandomState(seed)
    scores = random.normal(size=(60, num_classes)) * 2
    probabilities = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    # one class without images, where there are more than two
    labels = random.randint(0, max(2, num_classes - 1), 60)
    likely, joint, wrong = by_definition(probabilities.tolist(), labels.tolist())
    result = doubts(probabilities, labels)
    assert likely == result.likely_N.tolist()
    np.testing.assert_array_equal(joint, result.joint_KK)
    assert result.num_wrong == pytest.approx(wrong)


def test_the_least_probable_labels_come_first():
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.05, 0.95], [0.1, 0.9], [0.4, 0.6]])
    labels = np.array([0, 1, 0, 1, 0])
    result = doubts(probabilities, labels)
    # thresholds: 0.45 and 0.85; image 4 is likely neither, image 2 likely 1
    assert result.is_doubted(labels).tolist() == [False, False, True, False, False]
    assert result.order_N.tolist() == [2, 4, 1, 0, 3]
    assert result.suggested_N.tolist() == [1, 0, 1, 0, 1]
    assert result.self_confidence_N.tolist() == [0.9, 0.8, 0.05, 0.9, 0.4]


def test_clean_labels_of_a_sure_model_are_not_doubted():
    labels = np.arange(10).repeat(4)
    result = doubts(np.eye(10)[labels] * 0.91 + 0.009, labels)
    assert not result.is_doubted(labels).any()
    assert result.num_wrong == pytest.approx(0)


@pytest.mark.parametrize(
    ("shape", "labels"),
    [((0, 3), []), ((2, 1), [0, 0]), ((2, 3), [0]), ((2, 3), [0, 3]), ((2, 3), [-1, 0])],
)
def test_what_does_not_fit_is_refused(shape, labels):
    with pytest.raises(InputError):
        doubts(np.ones(shape), np.array(labels, np.int64))
