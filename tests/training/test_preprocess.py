"""Whitening: fitted to the training split against NumPy, kept in the run, carried by the model."""

import numpy as np
import pytest
import torch

import convscope
from convscope.arch import Architecture, Chain
from convscope.data import Split
from convscope.errors import ArchitectureError, FormatError, InputError
from convscope.layers import Flatten, GlobalContrastNorm, Linear, Resize, ZcaWhiten
from convscope.network import build_block, read_model
from convscope.shapes import CHW
from convscope.training.prepare import preprocessing_of
from convscope.training.pretrained import Pretrained
from convscope.training.recipe import preprocess as module
from convscope.training.recipe.preprocess import FITTED, GcnZca, Standardise, fit, moments
from convscope.training.recipe.recipe import Recipe
from convscope.training.start import resume, start

CHAIN = Chain(resize=Resize((8, 8)), contrast=GlobalContrastNorm(), whiten=ZcaWhiten(0.1))


class Fake:
    name, classes, channels, shape = "fake", ("a", "b", "c"), 1, CHW(1, 8, 8)
    mean, std = (0.3,), (0.2,)

    def __init__(self, tiny):
        self._tiny = tiny

    def split(self, name):
        count, seed = {"train": (96, 1), "val": (24, 2)}[name]
        return self._tiny.samples(count, seed=seed)

    def fingerprint(self):
        return "f" * 64


@pytest.fixture
def data(tiny):
    return Fake(tiny)


@pytest.fixture
def split():
    generator = np.random.default_rng(5)
    smooth = generator.normal(0, 1, (1300, 4, 4)).repeat(2, 1).repeat(2, 2) * 40
    pixels = np.clip(smooth + generator.normal(128, 15, (1300, 8, 8)), 0, 255).astype(np.uint8)
    images = torch.from_numpy(pixels)[:, None]
    return Split(images, torch.zeros(1300, dtype=torch.int64))


def whitened(split, epsilon):
    """The NumPy formula, as pylearn2 has it: covariance by N, epsilon on its diagonal."""
    rows = split.images_NCHW.numpy().reshape(len(split), -1).astype(np.float64)
    rows -= rows.mean(axis=1, keepdims=True)
    rows *= 55 / np.sqrt((rows**2).sum(axis=1, keepdims=True))
    centred = rows - rows.mean(axis=0)
    covariance = centred.T @ centred / len(rows)
    values, vectors = np.linalg.eigh(covariance + epsilon * np.eye(len(covariance)))
    matrix = vectors @ np.diag(values**-0.5) @ vectors.T
    return centred @ matrix, covariance


@pytest.mark.parametrize("epsilon", [1e-4, 0.1, 1.0])
def test_is_numpys(split, epsilon):
    chain = Chain(contrast=GlobalContrastNorm(), whiten=ZcaWhiten(epsilon))
    prepare = build_block(chain, CHW(1, 8, 8))
    fit(prepare, chain.blocks, split)
    expected, _ = whitened(split, epsilon)
    found = prepare(split.images_NCHW).flatten(1).double().numpy()
    assert np.abs(found - expected).max() < 1e-3 * np.abs(expected).max()


def test_no_correlation_is_left(split):
    """The covariance of what comes out is S / (S + epsilon): all but the identity."""
    epsilon = 1e-4
    chain = Chain(contrast=GlobalContrastNorm(), whiten=ZcaWhiten(epsilon))
    prepare = build_block(chain, CHW(1, 8, 8))
    fit(prepare, chain.blocks, split)
    rows = prepare(split.images_NCHW).flatten(1).double()
    covariance = rows.T @ rows / len(rows)
    # contrast normalisation took the mean away: one direction of no variance at all
    rank = torch.linalg.matrix_rank(covariance, atol=0.5)
    assert rank == 63
    mean_direction = torch.full((64, 64), 1 / 64, dtype=torch.float64)
    assert (covariance + mean_direction - torch.eye(64)).abs().max() < 2e-3


def test_moments_do_not_depend_on_the_batch(split, monkeypatch):
    identity = torch.nn.Sequential()
    mean, covariance = moments(identity, split)
    rows = split.images_NCHW.flatten(1).double().numpy()
    assert np.allclose(mean, rows.mean(0))
    assert np.allclose(covariance, np.cov(rows.T, bias=True))
    monkeypatch.setattr(module, "BATCH", 7)
    assert torch.allclose(moments(identity, split)[1], covariance, rtol=1e-12)


def test_a_run_from_start_to_evaluation(tiny, data, tmp_path):
    events = list(start(tiny.architecture(), data, tiny.recipe(preprocess=GcnZca()), tmp_path))
    model = convscope.open(tmp_path)
    names = [type(layer).__name__ for layer in model.card.preprocessing.blocks.values()]
    assert names == ["Resize", "GlobalContrastNorm", "ZcaWhiten"]
    found = convscope.evaluate.protocol.evaluate(
        model.network, model.preprocessing, data.split("val")
    )
    assert found.accuracy == events[-1].validation_accuracy
    state = model.preprocessing.state_dict()
    assert not torch.equal(state["whiten.matrix_DD"], torch.eye(64))
    other_size = torch.zeros(1, 1, 30, 20)
    assert model.preprocessing(other_size).shape == (1, 1, 8, 8)


def test_resumes_with_the_tensors_of_the_run(tiny, data, tmp_path, monkeypatch):
    recipe = tiny.recipe(preprocess=GcnZca())
    list(start(tiny.architecture(), data, recipe, tmp_path / "whole"))
    events = start(tiny.architecture(), data, recipe, tmp_path / "parts")
    for _ in range(6):
        next(events)
    events.close()
    monkeypatch.setattr(module, "moments", lambda *_: pytest.fail("fitted a second time"))
    list(resume(tmp_path / "parts", data=data))
    for name in ("events.jsonl", "model.safetensors", FITTED):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "parts" / name).read_bytes()


def test_cut_off_before_they_were_kept(tiny, data, tmp_path):
    recipe = tiny.recipe(preprocess=GcnZca())
    list(start(tiny.architecture(), data, recipe, tmp_path / "whole"))
    start(tiny.architecture(), data, recipe, tmp_path / "parts").close()
    (tmp_path / "parts" / FITTED).unlink()
    list(resume(tmp_path / "parts", data=data))
    one, other = (tmp_path / n / "model.safetensors" for n in ("whole", "parts"))
    assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize("damage", [b"", b"x" * 100, "other"])
def test_damaged_tensors(tiny, data, tmp_path, damage):
    events = start(tiny.architecture(), data, tiny.recipe(preprocess=GcnZca()), tmp_path)
    next(events)
    events.close()
    path = tmp_path / FITTED
    if damage == "other":
        small = build_block(Chain(whiten=ZcaWhiten()), CHW(1, 2, 2))
        module.write_fitted(tmp_path, small)
    else:
        path.write_bytes(damage)
    with pytest.raises(FormatError, match=r"safetensors|preprocessing|header"):
        list(resume(tmp_path, data=data))


def test_standardised_runs_keep_no_file(tiny, data, tmp_path):
    list(start(tiny.architecture(), data, tiny.recipe(epochs=1), tmp_path))
    assert not (tmp_path / FITTED).exists()


def test_the_choice_of_the_recipe():
    recipe = Recipe(epochs=1, lr=0.1)
    assert recipe.preprocess == Standardise()
    changed = recipe.override(["preprocess.type=GcnZca", "preprocess.epsilon=0.01"])
    assert changed.preprocess == GcnZca(epsilon=0.01)
    assert Recipe.from_json(changed.to_json()) == changed
    for wrong in ("preprocess.type=Zca", "preprocess.epsilon=0.1"):
        with pytest.raises(InputError):
            recipe.override([wrong])


def test_an_image_too_large_to_whiten(data):
    large = Architecture(
        name="large",
        input=CHW(1, 224, 224),
        num_classes=3,
        block=Chain(flatten=Flatten(), linear=Linear(3)),
    )
    chain = preprocessing_of(large, data, preprocess=GcnZca())
    with pytest.raises(ArchitectureError, match="50,176 x 50,176"):
        build_block(chain, data.shape)


def test_a_run_from_a_whitened_model_keeps_its_tensors(tiny, data, tmp_path):
    list(start(tiny.architecture(), data, tiny.recipe(preprocess=GcnZca()), tmp_path / "first"))
    first = read_model(tmp_path / "first" / "model.safetensors")
    base = Pretrained("first", first)
    with pytest.raises(InputError, match="keeps that model's preprocessing"):
        start(
            tiny.architecture(),
            data,
            tiny.recipe(preprocess=GcnZca()),
            tmp_path / "refused",
            pretrained=base,
        )
    assert not (tmp_path / "refused").exists()
    events = start(tiny.architecture(), data, tiny.recipe(), tmp_path / "second", pretrained=base)
    for _ in range(6):
        next(events)
    events.close()
    list(resume(tmp_path / "second", data=data))
    second = read_model(tmp_path / "second" / "model.safetensors")
    assert all(torch.equal(first.fitted[name], second.fitted[name]) for name in first.fitted)
    assert len(second.fitted) == 2
