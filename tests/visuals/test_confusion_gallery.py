"""Confusions counted by hand, on a network whose predictions are encoded in its images."""

import pytest
import torch

from convscope.data import Split
from convscope.errors import InputError
from convscope.visuals.methods.network import confusion_gallery


class Reader(torch.nn.Module):
    """Predicts the class in the first pixel, with the confidence in the second one."""

    def __init__(self):
        super().__init__()
        self.dummy = torch.nn.Parameter(torch.zeros(1))

    def forward(self, x_NCHW):
        pixels = x_NCHW[:, 0].flatten(1)
        logits = torch.nn.functional.one_hot(pixels[:, 0].long(), 4).float()
        return logits * pixels[:, 1:2] / 10 + self.dummy


def split(rows):
    """Each row: true class, predicted class, confidence."""
    images = torch.zeros(len(rows), 1, 4, 4, dtype=torch.uint8)
    for i, (_, predicted, confidence) in enumerate(rows):
        images[i, 0, 0, 0], images[i, 0, 0, 1] = predicted, confidence
    return Split(images, torch.tensor([row[0] for row in rows], dtype=torch.int64))


ROWS = [
    (0, 1, 50),
    (0, 1, 90),
    (1, 0, 70),
    (2, 2, 30),
    (3, 0, 99),
    (0, 1, 70),
    (3, 0, 10),
    (2, 1, 20),
]


def gallery(rows=ROWS, **settings):
    return confusion_gallery.compute(
        Reader(), split=split(rows), preprocessing=lambda x: x.float(), **settings
    )


def test_order_of_pairs_and_images():
    sheet = gallery(labels=("a", "b", "c", "d"), batch_size=3)
    assert [item.title for item in sheet.items] == [
        "a, predicted as b",
        "d, predicted as a",
        "b, predicted as a",
        "c, predicted as b",
        "Confusions",
    ]
    assert [label.split(":")[0] for label in sheet.items[0].labels] == ["1", "5", "0"]
    assert sheet.items[-1].rows == (
        ("a", "b", 3, "100.00%"),
        ("d", "a", 2, "100.00%"),
        ("b", "a", 1, "100.00%"),
        ("c", "b", 1, "50.00%"),
    )
    assert "7 of 8 images are misclassified, in 4 pairs" in sheet.items[-1].caption


def test_pairs_and_images_are_limited():
    sheet = gallery(num_pairs=1, num_each=2)
    assert len(sheet.items) == 2
    assert len(sheet.items[0].tiles) == 2
    assert sheet.items[0].title == "class 0, predicted as class 1"


def test_no_mistakes():
    sheet = gallery([(1, 1, 50), (2, 2, 50)])
    assert len(sheet.items) == 1
    assert "0 of 2 images are misclassified." in sheet.items[0].caption
    assert sheet.png()


def test_large_images_become_thumbnails():
    big = Split(torch.zeros(2, 3, 200, 300, dtype=torch.uint8), torch.ones(2, dtype=torch.int64))
    sheet = confusion_gallery.compute(Reader(), split=big, preprocessing=lambda x: x.float())
    assert sheet.items[0].tiles.shape == (2, 64, 96, 3)


def test_invalid_inputs_are_rejected():
    with pytest.raises(InputError, match="labels from"):
        gallery([(7, 1, 50)])
    with pytest.raises(InputError, match="num_pairs=0"):
        gallery(num_pairs=0)
    with pytest.raises(InputError, match="no images"):
        gallery([])


class Counted(list):
    """A list that counts reads of its elements."""

    reads = 0

    def __getitem__(self, index):
        type(self).reads += 1
        return super().__getitem__(index)

    def __iter__(self):
        for element in super().__iter__():
            type(self).reads += 1
            yield element


def test_ranking_reads_each_image_once():
    """8,000 mistakes in 8,000 different pairs: the work is linear."""
    classes = 100
    pairs = [(a, b) for a in range(classes) for b in range(classes) if a != b][:8000]
    Counted.reads = 0
    order = confusion_gallery.ranked_confusions(
        Counted(a for a, _ in pairs), Counted(b for _, b in pairs), Counted([0.5] * 8000)
    )
    assert list(order) == pairs
    assert Counted.reads == 3 * 8000
