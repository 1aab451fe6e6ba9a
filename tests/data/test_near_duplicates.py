"""Near-duplicates: which changes are detected, which are not, and the time for many images.

Legend: N images, S small copy.
"""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance

from convscope.data.checks import near_duplicates
from convscope.data.checks.near_duplicates import (
    MIN_SIMILARITY,
    MIN_SIMILARITY_SMALL,
    duplicate_groups,
    near_duplicate_groups,
)
from convscope.io.photos.perceptual_hash import (
    THUMBNAIL_BYTES,
    is_single_colour,
    perceptual_hashes,
    resize_square,
    similarity,
)


def photo(seed, size=(300, 200)):
    """Shapes on a ground: as much structure as a photo, and none in common with another seed."""
    random = np.random.RandomState(seed)
    coarse = Image.fromarray(random.randint(256, size=(4, 5, 3), dtype=np.uint8))
    image = coarse.resize(size, Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(image)
    for _ in range(6):
        x, y, side = random.randint(260), random.randint(160), random.randint(20, 90)
        pen.ellipse((x, y, x + side, y + side), fill=tuple(random.randint(256, size=3).tolist()))
    return image


def again(image, quality):
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return Image.open(stream).convert("RGB")


def written(image):
    copy = image.copy()
    ImageDraw.Draw(copy).text((10, 10), "(c) somebody", fill="white")
    return copy


def signed(images):
    squares = np.stack([resize_square(np.asarray(image)) for image in images])
    return perceptual_hashes(squares)


SAME = {
    "jpeg 50": lambda image: again(image, 50),
    "jpeg 20": lambda image: again(image, 20),
    "half": lambda image: image.resize((150, 100)),
    "thumbnail": lambda image: image.resize((60, 40)),
    "double": lambda image: image.resize((600, 400)),
    "square": lambda image: image.resize((224, 224)),
    "brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.05),
    "text": written,
}
OTHER = {
    "mirrored": lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "upside down": lambda image: image.transpose(Image.Transpose.ROTATE_180),
    "other colours": lambda image: Image.merge("RGB", image.split()[::-1]),
    "half of it": lambda image: image.crop((0, 0, 150, 200)),
    "another": lambda image: photo(77),
}


@pytest.mark.parametrize("change", SAME)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_near_duplicates_are_detected(change, seed):
    image = photo(seed)
    hashes, small = signed([photo(99), image, SAME[change](image)])
    assert near_duplicate_groups(hashes, small, duplicates=[]) == [(1, 2)]


@pytest.mark.parametrize("change", OTHER)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_different_images_are_not_reported(change, seed):
    image = photo(seed)
    hashes, small = signed([image, OTHER[change](image)])
    assert near_duplicate_groups(hashes, small, duplicates=[]) == []


def test_images_of_a_single_colour_are_not_near_duplicates():
    images = [Image.new("RGB", (50, 50), (i, i, i)) for i in range(0, 200, 10)]
    hashes, small = signed(images)
    assert is_single_colour(small).all()
    assert near_duplicate_groups(hashes, small, duplicates=[]) == []


def test_only_one_of_several_duplicates_is_compared():
    image = photo(1)
    hashes, small = signed([image, image, again(image, 50), image])
    assert duplicate_groups([b"a", b"a", b"b", b"a"]) == [(0, 1, 3)]
    assert near_duplicate_groups(hashes, small, duplicates=[(0, 1, 3)]) == [(0, 2)]


def test_chains_of_similar_images_are_not_merged():
    """a is like b and b like c, but a not like c: c does not belong to a."""
    small = np.zeros((3, THUMBNAIL_BYTES), np.uint8)
    ramp = np.linspace(0, 255, 256)
    wave = 40 * np.sin(np.arange(256))
    for i in range(3):
        small[i, :256] = np.clip(ramp + i * 0.21 * wave, 0, 255)
    assert similarity(small[:1], small[1:2])[0] >= MIN_SIMILARITY
    assert similarity(small[:1], small[2:])[0] < MIN_SIMILARITY_SMALL
    hashes = np.array([7, 7, 7], np.uint64)
    groups = near_duplicate_groups(
        hashes, small, duplicates=[], min_similarity=MIN_SIMILARITY_SMALL
    )
    assert (0, 1) in groups
    assert all({0, 2} - set(group) for group in groups)


def by_hand(hashes, small, least):
    """All with all."""
    pairs = set()
    for i in range(len(hashes)):
        for j in range(i + 1, len(hashes)):
            near = int(hashes[i] ^ hashes[j]).bit_count() <= 5
            if near and similarity(small[i : i + 1], small[j : j + 1])[0] >= least:
                pairs.add((i, j))
    return pairs


def test_multi_index_hashing_equals_comparing_all_pairs():
    random = np.random.RandomState(0)
    base = random.randint(2**62, size=40).astype(np.uint64)
    hashes = []
    for value in base:
        hashes.append(value)
        for bits in range(1, 8):
            flips = random.choice(64, bits, replace=False)
            changed = int(value)
            for bit in flips:
                changed ^= 1 << int(bit)
            hashes.append(np.uint64(changed))
    hashes = np.array(hashes, np.uint64)
    small = np.tile(random.randint(256, size=THUMBNAIL_BYTES, dtype=np.uint8), (len(hashes), 1))
    pairs = by_hand(hashes, small, MIN_SIMILARITY)
    groups = near_duplicate_groups(hashes, small, duplicates=[])
    assert {i for pair in pairs for i in pair} == {i for group in groups for i in group}
    assert all((group[0], other) in pairs for group in groups for other in group[1:])


@pytest.mark.parametrize("crowd", [False, True])
def test_few_of_all_pairs_are_compared(crowd, monkeypatch):
    random = np.random.RandomState(0)
    num = 8_000 if crowd else 50_000
    hashes = random.randint(2**63, size=num).astype(np.uint64)
    if crowd:
        hashes &= np.uint64(0xF)  # hundreds of images have each hash
    small = random.randint(256, size=(num, THUMBNAIL_BYTES), dtype=np.uint8)
    hashes[7_900], small[7_900] = hashes[17], small[17]
    compared = []
    real = near_duplicates._pairs_in_buckets

    def counted(*arguments):
        for first, second in real(*arguments):
            compared.append(len(first))
            yield first, second

    monkeypatch.setattr(near_duplicates, "_pairs_in_buckets", counted)
    groups = near_duplicate_groups(hashes, small, duplicates=[])
    assert sum(compared) < 0.15 * num * (num - 1) / 2
    if not crowd:
        assert groups == [(17, 7_900)]
