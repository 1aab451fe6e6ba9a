"""Crops and scales against crops cut by Pillow, and a network slid by loops."""

import json

import numpy as np
import pydantic
import pytest
import torch
from PIL import Image, ImageOps

from convscope import zoo
from convscope.arch import Architecture, Chain
from convscope.data import Split
from convscope.errors import ArchitectureError, InputError
from convscope.evaluate.crops import (
    CROPS,
    AnyCrops,
    GoogLeNetCrops,
    MultiScale,
    SingleCrop,
    TenCrop,
    find_crops,
)
from convscope.evaluate.dense import Dense
from convscope.evaluate.metrics import Evaluation
from convscope.evaluate.multi_crop import Preprocessing, evaluate_crops
from convscope.evaluate.protocol import evaluate
from convscope.layers import (
    AvgPool2d,
    CenterCrop,
    Conv2d,
    Dropout,
    EuclideanRBF,
    Flatten,
    GlobalAvgPool2d,
    GlobalContrastNorm,
    Linear,
    LocallyConnected2d,
    MaxPool2d,
    Normalize,
    ReLU,
    Resize,
)
from convscope.network import build, build_block
from convscope.shapes import CHW

ANY = pydantic.TypeAdapter(AnyCrops)
CLASSES = ("a", "b", "c")
NORMALISE = Normalize((0.4, 0.5, 0.6), (0.2, 0.25, 0.3))


def architecture(size=8, **blocks):
    parts = blocks or {
        "conv": Conv2d(5, 3),
        "relu": ReLU(),
        "pool": MaxPool2d(2),
        "flatten": Flatten(),
        "fc1": Linear(6),
        "relu2": ReLU(),
        "drop": Dropout(0.5),
        "fc2": Linear(3),
    }
    return Architecture(name="tiny", input=CHW(3, size, size), num_classes=3, block=Chain(**parts))


def network_of(arch):
    """Weights that make the answers differ well from view to view."""
    network = build(arch, seed=3)
    with torch.no_grad():
        for weight in network.parameters():
            weight.mul_(2)
    return network.eval()


def preprocessing(resize=12, crop=8):
    return Chain(resize=Resize(resize), crop=CenterCrop(crop), normalise=NORMALISE)


class Photos:
    """Images of sizes of their own, as a split of photos has them."""

    def __init__(self, *sizes):
        generator = torch.Generator().manual_seed(2)
        self.images = [
            torch.randint(256, (3, *size), generator=generator, dtype=torch.uint8) for size in sizes
        ]
        self.labels_N = torch.arange(len(sizes)) % 3

    def __len__(self):
        return len(self.images)

    def image(self, index):
        return self.images[index]

    def inputs(self, preprocessing, *, batch_size, device="cpu", rank=0, world_size=1):
        for index in range(rank, len(self), world_size):
            yield preprocessing(self.images[index][None]), self.labels_N[index : index + 1]


def pil(image_CHW):
    return Image.fromarray(image_CHW.permute(1, 2, 0).numpy())


def cut(image, left, top, width, height):
    return image.crop((left, top, left + width, top + height))


def answer(network, views):
    """The mean of the softmaxes of Pillow's images."""
    total = np.zeros(3)
    for view in views:
        x = (np.asarray(view, np.float64) / 255 - NORMALISE.mean) / NORMALISE.std
        x_NCHW = torch.from_numpy(x).permute(2, 0, 1)[None].float()
        with torch.no_grad():
            logits = network(x_NCHW)[0].double().numpy()
        total += np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    return total / len(views)


def figures(answers, labels):
    """Cross-entropy and correct answers of rows of probabilities."""
    rows = np.array(answers)
    true = rows[np.arange(len(rows)), labels.numpy()]
    return float(-np.log(true).mean()), int((rows.argmax(1) == labels.numpy()).sum())


def measured(network, chain, split, crops, **options):
    prepared = Preprocessing(chain, build_block(chain, CHW(3, 20, 20)))
    return evaluate_crops(network, prepared, split, crops=crops, classes=CLASSES, **options)


def check(found: Evaluation, answers, labels, tolerance):
    loss, correct = figures(answers, labels)
    assert found.cross_entropy == pytest.approx(loss, abs=tolerance)
    assert found.correct == correct
    assert found.num_samples == len(labels)
    assert found.crops != "single"
    assert ("crops", found.crops) in found.rows()


# --- one protocol after another


def five(image, size):
    w, h = image.size
    places = [(0, 0), (w - size, 0), (0, h - size), (w - size, h - size)]
    middle = (round((w - size) / 2), round((h - size) / 2))
    return [cut(image, x, y, size, size) for x, y in [*places, middle]]


def mirrored(views):
    return [v for view in views for v in (view, ImageOps.mirror(view))]


@pytest.mark.parametrize("batch_size", [1, 3, 64])
def test_ten_crops_of_the_centre_square(batch_size):
    network = network_of(architecture())
    split = Photos((12, 12), (12, 19), (17, 12), (12, 12), (12, 30))
    answers = []
    for image in map(pil, split.images):
        w, h = image.size
        square = cut(image, round((w - 12) / 2), round((h - 12) / 2), 12, 12)
        answers.append(answer(network, mirrored(five(square, 8))))
    found = measured(network, preprocessing(), split, TenCrop(), batch_size=batch_size)
    check(found, answers, split.labels_N, 1e-5)


def test_ten_crops_of_photos_that_are_resized():
    network = network_of(architecture())
    split = Photos((40, 40), (36, 24), (24, 60))
    answers = []
    for image in map(pil, split.images):
        w, h = image.size
        s = min(w, h)
        small = image.resize((w * 12 // s, h * 12 // s), Image.Resampling.BILINEAR)
        w, h = small.size
        square = cut(small, round((w - 12) / 2), round((h - 12) / 2), 12, 12)
        answers.append(answer(network, mirrored(five(square, 8))))
    found = measured(network, preprocessing(), split, TenCrop())
    check(found, answers, split.labels_N, 0.02)  # Pillow rounds, we do not


def test_ten_crops_without_a_resize_and_with_an_exact_one():
    network = network_of(architecture())
    split = Photos((11, 11), (11, 11))
    chain = Chain(crop=CenterCrop(8), normalise=NORMALISE)
    answers = [answer(network, mirrored(five(pil(i), 8))) for i in split.images]
    check(measured(network, chain, split, TenCrop()), answers, split.labels_N, 1e-5)
    split = Photos((10, 14))
    chain = Chain(resize=Resize((10, 14)), crop=CenterCrop(8), normalise=NORMALISE)
    answers = [answer(network, mirrored(five(pil(i), 8))) for i in split.images]
    check(measured(network, chain, split, TenCrop()), answers, split.labels_N, 1e-5)


@pytest.mark.parametrize(
    "chain",
    [
        Chain(normalise=NORMALISE),
        Chain(resize=Resize(8), normalise=NORMALISE),
        Chain(resize=Resize(8), crop=CenterCrop(8), normalise=NORMALISE),
        Chain(resize=Resize(6), border=CenterCrop(8), normalise=NORMALISE),
    ],
)
def test_ten_crops_need_something_to_cut(chain):
    with pytest.raises(InputError, match="ten crops are not possible"):
        measured(network_of(architecture()), chain, Photos((20, 20)), TenCrop())


def googlenet(image, size):
    views = []
    for scale in (256, 288, 320, 352):
        side = round(scale * size / 224)
        w, h = image.size
        s = min(w, h)
        scaled = image.resize((w * side // s, h * side // s), Image.Resampling.BILINEAR)
        w, h = scaled.size
        for at in (0, round((max(w, h) - side) / 2), max(w, h) - side):
            square = cut(scaled, at if w > h else 0, at if h > w else 0, side, side)
            views += five(square, size)
            views.append(square.resize((size, size), Image.Resampling.BILINEAR))
    return mirrored(views)


def test_googlenets_144_views():
    network = network_of(architecture(size=28))
    split = Photos((60, 45), (45, 70), (50, 50))
    views = [googlenet(pil(image), 28) for image in split.images]
    assert {len(of_one) for of_one in views} == {144}
    answers = [answer(network, of_one) for of_one in views]
    found = measured(network, preprocessing(32, 28), split, GoogLeNetCrops())
    check(found, answers, split.labels_N, 0.02)


def test_googlenets_crops_are_squares():
    block = Chain(pool=GlobalAvgPool2d(), flatten=Flatten(), fc=Linear(3))
    oblong = Architecture(name="oblong", input=CHW(3, 8, 9), num_classes=3, block=block)
    chain = Chain(resize=Resize(12), crop=CenterCrop((8, 9)), normalise=NORMALISE)
    with pytest.raises(InputError, match="squares"):
        measured(network_of(oblong), chain, Photos((20, 20)), GoogLeNetCrops())


def slid(network, image, size, step):
    """The mean of the logits over all windows of the network's size."""
    x = (np.asarray(image, np.float64) / 255 - NORMALISE.mean) / NORMALISE.std
    x_CHW = torch.from_numpy(x).permute(2, 0, 1).float()
    rows = []
    for top in range(0, x_CHW.shape[1] - size + 1, step):
        for left in range(0, x_CHW.shape[2] - size + 1, step):
            with torch.no_grad():
                rows.append(network(x_CHW[None, :, top : top + size, left : left + size])[0])
    return torch.stack(rows).mean(0).double()


def test_scales_are_the_network_slid_over_the_image():
    network = network_of(architecture())  # no padding, and one pooling by 2
    split = Photos((10, 10), (10, 14), (16, 10))
    answers = []
    for image in map(pil, split.images):
        logits = [slid(network, view, 8, 2) for view in mirrored([image])]
        answers.append(torch.stack(logits).softmax(1).mean(0).numpy())
    found = measured(network, preprocessing(), split, MultiScale(scales=(10,)))
    assert found.crops == "multi_scale (10)"
    assert Evaluation.from_json(found.to_json()) == found
    check(found, answers, split.labels_N, 1e-5)


def test_scales_are_averaged_after_the_softmax():
    network = network_of(architecture())
    split = Photos((40, 30), (24, 24))
    answers = []
    for image in map(pil, split.images):
        views = []
        for scale in (10, 16):
            w, h = image.size
            size = (w * scale // min(w, h), h * scale // min(w, h))
            views += mirrored([image.resize(size, Image.Resampling.BILINEAR)])
        logits = torch.stack([slid(network, view, 8, 2) for view in views])
        answers.append(logits.softmax(1).mean(0).numpy())
    found = measured(network, preprocessing(), split, MultiScale(scales=(10, 16)))
    check(found, answers, split.labels_N, 0.02)


def test_the_papers_scales_in_proportion():
    network = network_of(architecture(size=28))
    asked = []
    forward = Dense.forward

    def noted(self, x_NCHW):
        asked.append(tuple(x_NCHW.shape[2:]))
        return forward(self, x_NCHW)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Dense, "forward", noted)
        measured(network, preprocessing(32, 28), Photos((50, 50)), MultiScale())
    sides = [round(q * 28 / 224) for q in (224, 256, 384, 480, 640)]
    assert sorted(set(asked)) == [(side, side) for side in sides]


def test_single_is_what_evaluate_does():
    network = network_of(architecture())
    split = Photos((30, 20), (12, 12), (20, 31))
    chain = preprocessing()
    plain = evaluate(
        network, build_block(chain, CHW(3, 20, 20)), split, classes=CLASSES, batch_size=1
    )
    found = measured(network, chain, split, SingleCrop())
    assert found.cross_entropy == pytest.approx(plain.cross_entropy, abs=1e-5)
    assert found.confusion == plain.confusion


@pytest.mark.parametrize("name", CROPS)
def test_ranks_together_are_the_whole(name):
    network = network_of(architecture())
    split = Photos((12, 12), (12, 19), (17, 12), (12, 12), (13, 13))
    whole = measured(network, preprocessing(), split, CROPS[name], batch_size=1)
    collected = []

    class Group:
        def __init__(self, rank):
            self.rank, self.world_size = rank, 2

        def all_gather(self, counts):
            collected.append(counts)
            return collected

    results = [
        measured(network, preprocessing(), split, CROPS[name], batch_size=1, group=Group(rank))
        for rank in range(2)
    ]
    assert results[0].num_samples == 3, "rank 0 alone"
    assert results[1] == whole


def test_splits_in_memory_are_batched():
    network = network_of(architecture())
    images = torch.stack(Photos(*[(12, 12)] * 9).images)
    split = Split(images, torch.arange(9) % 3)
    sizes = []
    network.register_forward_pre_hook(lambda _, inputs: sizes.append(len(inputs[0])))
    found = measured(network, preprocessing(), split, TenCrop(), batch_size=45)
    assert sum(sizes) == 90
    assert max(sizes) <= 45
    one = measured(network, preprocessing(), split, TenCrop(), batch_size=1)
    assert found.cross_entropy == pytest.approx(one.cross_entropy, abs=1e-6)


def test_the_network_is_as_it_was():
    network = network_of(architecture()).train()
    network.relu.eval()
    before = [part.training for part in network.modules()]
    for crops in CROPS.values():
        measured(network, preprocessing(), Photos((14, 14)), crops)
    assert [part.training for part in network.modules()] == before


# --- sliding


@pytest.mark.parametrize("name", ["lenet5", "resnet20", "nin", "all_cnn_c"])
def test_dense_is_the_network_at_its_own_size(name):
    network = network_of(zoo.load(name))
    x_NCHW = torch.randn(2, *network.architecture.input, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.allclose(Dense(network).eval()(x_NCHW), network(x_NCHW), atol=1e-4)


def test_dense_knows_auxiliary_heads_and_residuals():
    network = network_of(zoo.load("googlenet", num_classes=3, input=CHW(3, 128, 128)))
    x_NCHW = torch.randn(1, 3, 128, 128, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.allclose(Dense(network).eval()(x_NCHW), network(x_NCHW), atol=1e-4)


@pytest.mark.parametrize(
    ("blocks", "where"),
    [
        ({"flatten": Flatten(), "fc": Linear(2), "rbf": EuclideanRBF(((1.0, 1.0),) * 3)}, "rbf"),
        (
            {"local": LocallyConnected2d(2, 3), "flatten": Flatten(), "fc": Linear(3)},
            "local",
        ),
        (
            {"pool": AvgPool2d(8), "conv": Conv2d(3, 1), "flatten": Flatten(), "again": Flatten()},
            "again",
        ),
    ],
)
def test_networks_that_cannot_be_slid(blocks, where):
    with pytest.raises(ArchitectureError, match="its own size only") as caught:
        Dense(build(architecture(**blocks)))
    assert caught.value.where == where


def test_scales_that_are_too_small():
    with pytest.raises(InputError, match="smaller than the classifier's window"):
        measured(
            network_of(architecture()),
            preprocessing(),
            Photos((20, 20)),
            MultiScale(scales=(6,)),
        )


# --- as data


def test_names():
    assert find_crops("ten") == TenCrop()
    with pytest.raises(InputError, match="did you mean ten"):
        find_crops("tn")


@pytest.mark.parametrize("crops", [*CROPS.values(), MultiScale(scales=(256, 384, 512))])
def test_json_round_trip(crops):
    text = ANY.dump_json(crops)
    assert json.loads(text)["type"] == type(crops).__name__
    assert ANY.validate_json(text) == crops


@pytest.mark.parametrize(
    "value",
    [
        {"type": "MultiScale", "scales": []},
        {"type": "MultiScale", "scales": [0]},
        {"type": "MultiScale", "scales": [5000]},
        {"type": "MultiScale", "scales": [256] * 65},
        {"type": "MultiScale", "scales": [1.5]},
        {"type": "TenCrop", "scales": [1]},
        {"type": "ten"},
        "ten",
    ],
    ids=str,
)
def test_crops_that_cannot_be(value):
    with pytest.raises(pydantic.ValidationError):
        ANY.validate_json(json.dumps(value))


@pytest.mark.parametrize(
    "chain",
    [
        Chain(normalise=NORMALISE, resize=Resize(12), crop=CenterCrop(8)),
        Chain(resize=Resize(12), again=Resize(10), crop=CenterCrop(8)),
        Chain(crop=CenterCrop(8), resize=Resize(12)),
    ],
)
def test_preprocessings_that_are_not_understood(chain):
    with pytest.raises(InputError, match="more than once, or after other layers"):
        measured(network_of(architecture()), chain, Photos((20, 20)), TenCrop())


def test_whitening_is_for_images_of_one_size():
    chain = Chain(resize=Resize(12), crop=CenterCrop(8), contrast=GlobalContrastNorm(55.0))
    network = network_of(architecture())
    assert measured(network, chain, Photos((20, 20)), TenCrop()).num_samples == 1
    with pytest.raises(InputError, match="ends with GlobalContrastNorm"):
        measured(network, chain, Photos((20, 20)), MultiScale())


def test_what_was_fitted_is_used():
    chain = Chain(resize=Resize(12), crop=CenterCrop(8), normalise=NORMALISE)
    prepared = build_block(chain, CHW(3, 20, 20))
    calls = []
    prepared.get_submodule("normalise").register_forward_hook(lambda *_: calls.append(1))
    evaluate_crops(
        network_of(architecture()),
        Preprocessing(chain, prepared),
        Photos((20, 20)),
        crops=TenCrop(),
        classes=CLASSES,
    )
    assert calls


def test_what_evaluate_refuses():
    network = network_of(architecture())
    with pytest.raises(InputError, match="no images"):
        measured(network, preprocessing(), Photos(), TenCrop())
    with pytest.raises(InputError, match="batch size"):
        measured(network, preprocessing(), Photos((12, 12)), TenCrop(), batch_size=0)
