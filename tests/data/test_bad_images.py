"""Images that cannot be read: an error by default, skipped or replaced on request."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import convscope.data
from convscope.data import CentreFrame, DataOptions
from convscope.data.loading.photo_split import PhotoSplit
from convscope.data.loading.photos import PhotoLoader
from convscope.data.loading.unusable import left_out, unusable_images
from convscope.errors import DataError, FormatError, InputError
from convscope.io.photos import Reference

COUNT, CLASSES = 24, 3


@dataclass(frozen=True)
class Listed:
    paths: tuple[str, ...]

    def __len__(self):
        return len(self.paths)

    def reference(self, index):
        return Reference(self.paths[index], Path(self.paths[index]).name)


@pytest.fixture
def photos(tmp_path):
    """24 images of one colour each, their own number; the classes take turns."""
    for number in range(COUNT):
        Image.fromarray(np.full((40, 40 + number, 3), number * 10, np.uint8)).save(
            tmp_path / f"{number:02}.png"
        )
    return tmp_path


@pytest.fixture
def loaders():
    opened = []
    yield opened
    for loader in opened:
        loader.close()


@pytest.fixture
def open_loader(photos, loaders):
    def make(policy, *, bad=(), **changes):
        for number in bad:
            (photos / f"{number:02}.png").write_bytes(b"damaged")
        paths = tuple(str(path) for path in sorted(photos.glob("*.png")))
        split = PhotoSplit(Listed(paths), torch.arange(COUNT) % CLASSES, 3, policy)
        options = {"size": (8, 8), "channels": 3, "batch_size": 6, "seed": 1, "workers": 0}
        loaders.append(PhotoLoader(split, crop=CentreFrame(shorter=8), **{**options, **changes}))
        return loaders[-1]

    return make


def numbers(batch):
    """Return the number of each image, by its colour."""
    return (batch.images_NCHW[:, 0, 4, 4] // 10).tolist()


def epoch(loader, number=0):
    return [loader.batch(number, step) for step in range(loader.steps_per_epoch)]


def test_the_default_is_an_error_that_names_the_file(open_loader):
    loader = open_loader("error", bad=[5])
    with pytest.raises(FormatError, match=r"05\.png"):
        epoch(loader)


@pytest.mark.parametrize("workers", [0, 2])
def test_skipped_images_leave_smaller_batches_and_as_many_steps(open_loader, workers):
    intact = [numbers(batch) for batch in epoch(open_loader("error"))]
    loader = open_loader("skip", bad=[5, 6, 17], workers=workers)
    batches = epoch(loader)
    assert [numbers(b) for b in batches] == [
        [number for number in batch if number not in (5, 6, 17)] for batch in intact
    ]
    for batch in batches:
        assert (batch.labels_N % CLASSES).tolist() == [n % CLASSES for n in numbers(batch)]
    named = [text for batch in batches for text in batch.bad_images]
    assert sorted(text.split(":")[0] for text in named) == ["05.png", "06.png", "17.png"]


@pytest.mark.parametrize("workers", [0, 2])
def test_replacements_are_the_next_of_the_class(open_loader, workers):
    """8 follows 5 in its class; 20 and 23 are bad, so that 2 follows 20, past the end."""
    other = {5: 8, 20: 2, 23: 2}
    intact = [numbers(batch) for batch in epoch(open_loader("error"))]
    batches = epoch(open_loader("replace", bad=list(other), workers=workers))
    assert [numbers(b) for b in batches] == [[other.get(n, n) for n in batch] for batch in intact]
    assert sum(len(batch.bad_images) for batch in batches) == 3


def test_batches_stay_a_pure_function_of_the_step(open_loader):
    loader = open_loader("replace", bad=[5, 6])
    first = epoch(loader, 1)
    again = open_loader("replace", workers=2)
    for step in (3, 0, 2, 1):
        assert torch.equal(again.batch(1, step).images_NCHW, first[step].images_NCHW)
        assert again.batch(1, step).bad_images == first[step].bad_images


def test_ranks_replace_what_one_process_replaces(open_loader):
    whole = [numbers(batch) for batch in epoch(open_loader("replace", bad=[5, 6, 17]))]
    ranks = [epoch(open_loader("replace", rank=r, world_size=2)) for r in range(2)]
    assert [numbers(a) + numbers(b) for a, b in zip(*ranks, strict=True)] == whole


@pytest.mark.parametrize("policy", ["skip", "replace"])
def test_with_too_many_bad_images_there_is_an_error(open_loader, policy):
    loader = open_loader(policy, bad=range(COUNT))
    with pytest.raises((DataError, FormatError), match=r"\.png"):
        loader.batch(0, 0)


def test_a_split_without_its_bad_images(open_loader, photos):
    open_loader("skip", bad=[3, 4])
    paths = tuple(str(path) for path in sorted(photos.glob("*.png")))
    split = PhotoSplit(Listed(paths), torch.arange(COUNT) % CLASSES, 3, "skip")
    seen = []
    errors = unusable_images(
        split,
        torch.Tensor.float,
        range(0, COUNT, 2),
        progress=lambda done, total: seen.append((done, total)),
    )
    assert list(errors) == [4]
    assert seen[0] == (0, 12)
    assert seen[-1] == (12, 12)
    others, kept_N = left_out(split, {3: errors[4], **errors})
    assert kept_N.tolist() == [0, 1, 2, *range(5, COUNT)]
    assert others.labels_N.tolist() == (kept_N % CLASSES).tolist()
    assert others.files.reference(3).where == "05.png"
    assert replace(others, bad_images="error") != others


@pytest.fixture
def folder(tmp_path):
    """Small images of one size, kept in memory: 8 of 2 classes in train/, 2 in val/."""
    for split, count in (("train", 8), ("val", 2)):
        for label in ("cat", "dog"):
            for number in range(count):
                path = tmp_path / "small" / split / label / f"{number}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                shade = 20 * number + 90 * (label == "dog")
                Image.fromarray(np.full((16, 16), shade, np.uint8)).save(path)
    return tmp_path / "small"


@pytest.mark.parametrize("policy", ["skip", "replace"])
@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n damaged"])
def test_small_images_are_left_out_while_they_are_read(folder, policy, data):
    (folder / "train/cat/0.png").write_bytes(data)
    (folder / "train/dog/3.png").write_bytes(data)
    opened = convscope.data.open(folder, options=DataOptions(bad_images=policy))
    split = opened.split("train")
    assert (len(split), len(split.left_out)) == (14, 2)
    assert split.labels_N.tolist() == [0] * 7 + [1] * 7
    assert split.left_out[0].sentence().startswith("train/cat/0.png: ")
    assert opened.fingerprint() == convscope.data.open(folder).fingerprint()
    assert len(opened.mean) == opened.channels == 1


def test_policies_are_named():
    with pytest.raises(InputError, match="bad_images 'ignore'") as caught:
        DataOptions(bad_images="ignore")
    assert "error, skip, replace" in caught.value.expected
