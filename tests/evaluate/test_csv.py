"""The CSV file of an evaluation: a row for each image, in the order of the data."""

import csv
import json

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

import convscope
from convscope.arch import Architecture, Chain
from convscope.cli import app
from convscope.data import DataOptions, write_shards
from convscope.data.dataset import Split
from convscope.errors import ConvscopeError, StorageError
from convscope.evaluate import samples
from convscope.evaluate.protocol import Details, evaluate
from convscope.layers import Conv2d, Flatten, GlobalAvgPool2d, Linear
from convscope.model import Model
from convscope.network import ModelFile, save_model
from convscope.opening import untrained
from convscope.shapes import CHW

SMALL = Architecture(
    name="small",
    input=CHW(3, 16, 16),
    num_classes=3,
    block=Chain(conv=Conv2d(3, 1), pool=GlobalAvgPool2d(), flatten=Flatten(), fc=Linear(3)),
)
CLASSES = ("=1+1", "green", "red")


@pytest.fixture
def model():
    torch.manual_seed(3)
    made = untrained(SMALL)
    card = made.card.model_copy(update={"labels": CLASSES})
    return Model(ModelFile(card, dict(made.network.state_dict())))


def photos(root, *, small):
    generator = np.random.default_rng(0)
    for label in CLASSES:
        (root / label).mkdir(parents=True)
        for number in range(5):
            size = (16, 16, 3) if small else (20 + number, 24, 3)
            pixels = generator.integers(256, size=size, dtype=np.uint8)
            Image.fromarray(pixels).save(root / label / f"{number}.png")
    return root


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("small", [True, False])
@pytest.mark.parametrize("crops", ["single", "multi_scale"])
def test_rows_agree_with_predict_and_with_the_figures(model, tmp_path, small, crops):
    data = photos(tmp_path / "data", small=small)
    evaluation = model.evaluate(data, csv=tmp_path / "rows.csv", crops=crops, batch_size=4)
    rows = rows_of(tmp_path / "rows.csv")
    paths = sorted(map(str, data.rglob("*.png")))
    assert len(rows) == evaluation.num_samples == 15
    assert sorted(row["image"] for row in rows) == paths
    assert sum(row["correct"] == "true" for row in rows) == evaluation.correct
    mean = np.mean([float(row["loss"]) for row in rows])
    assert mean == pytest.approx(evaluation.cross_entropy, rel=1e-4)
    if crops == "single":
        for row in rows:
            (prediction,) = model.predict(row["image"])
            label = row["predicted"].removeprefix("'")
            assert label == prediction.top[0].label
            scores = {score.label: score.probability for score in prediction.top}
            assert float(row["probability"]) == pytest.approx(scores[label], abs=1e-5)
            true = row["true"].removeprefix("'")
            assert float(row["probability_of_true"]) == pytest.approx(scores[true], abs=1e-5)
    assert {row["true"] for row in rows} == {"'=1+1", "green", "red"}, "no formulas"


@pytest.mark.parametrize("small", [True, False])
def test_an_unreadable_image_has_a_row_in_its_place(model, tmp_path, small):
    data = photos(tmp_path / "data", small=small)
    opened = model.open_data(data, DataOptions(bad_images="skip"))
    reference = rows_of_evaluation(model, opened, tmp_path / "good.csv")
    number = next(i for i, row in enumerate(reference) if row["image"].endswith("green/2.png"))
    (data / "green" / "2.png").write_bytes(b"\x89PNG\r\n\x1a\n damaged")
    opened = model.open_data(data, DataOptions(bad_images="skip"))
    rows = rows_of_evaluation(model, opened, tmp_path / "bad.csv")
    assert [row["image"] for row in rows] == [row["image"] for row in reference]
    assert [(r["split"], r["index"]) for r in rows] == [(r["split"], r["index"]) for r in reference]
    bad = rows[number]
    assert bad["error"]
    assert (bad["true"], bad["predicted"], bad["correct"]) == ("green", "", "")
    assert [row for row in rows if row is not bad] == [
        row for row in reference if row is not reference[number]
    ]
    evaluation = model.evaluate(opened)
    assert (evaluation.source.num, evaluation.source.unread) == (14, 1)


def rows_of_evaluation(model, data, path):
    model.evaluate(data, csv=path)
    return rows_of(path)


def test_a_set_without_files_names_split_and_index(model, tmp_path):
    images = np.random.default_rng(0).integers(256, size=(9, 16, 16, 3), dtype=np.uint8)
    np.savez(
        tmp_path / "data.npz",
        train_images=images[:6],
        train_labels=np.arange(6) % 3,
        test_images=images[6:],
        test_labels=np.arange(3),
    )
    names = DataOptions(class_names=CLASSES, partial=True)
    data = convscope.data.open(tmp_path / "data.npz", options=names)
    rows = rows_of_evaluation(model, data, tmp_path / "rows.csv")
    assert {row["image"] for row in rows} == {""}
    by_split = {}
    for row in rows:
        by_split.setdefault(row["split"], []).append(int(row["index"]))
    assert by_split["test"] == [0, 1, 2]
    assert all(numbers == list(range(len(numbers))) for numbers in by_split.values())


def test_mistakes_name_their_files(model, tmp_path):
    data = photos(tmp_path / "data", small=False)
    for mistake in model.evaluate(data).mistakes:
        assert mistake.path == str(data / mistake.image)
        assert mistake.image.startswith(CLASSES[mistake.true])


class Ranks:
    """A group of ranks that run one after another: what each gathers is recorded, then joined."""

    def __init__(self, rank, world_size, exchanged):
        self.rank, self.world_size, self._exchanged, self._turn = rank, world_size, exchanged, 0

    def all_gather(self, value):
        while len(self._exchanged) <= self._turn:
            self._exchanged.append({})
        self._exchanged[self._turn][self.rank] = value
        turn = self._exchanged[self._turn]
        self._turn += 1
        return [turn[rank] for rank in sorted(turn)]


@pytest.mark.parametrize("num", [1, 7, 8, 9, 23])
def test_ranks_give_the_rows_of_one_process(monkeypatch, num):
    monkeypatch.setattr(samples, "BLOCK", 4)
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(256, (num, 1, 2, 2), generator=generator, dtype=torch.uint8)
    split = Split(images, torch.arange(num) % 3)
    weights = torch.randn(4, 3, generator=generator)

    def network(x_NCHW):
        return x_NCHW.float().flatten(1) @ weights

    def run(group=None):
        rows = []
        details = Details(ranking=True, consume=rows.extend)
        options = {"classes": ("a", "b", "c"), "batch_size": 3, "details": details}
        options |= {"group": group} if group else {}
        return evaluate(network, lambda x: x / 255, split, **options), rows

    expected, rows = run()
    exchanged = []
    run(Ranks(1, 2, exchanged)) if num > 1 else exchanged
    if num > 1:
        evaluation, found = run(Ranks(0, 2, exchanged))
        assert found == rows
        assert evaluation == expected
    assert [row.place for row in rows] == list(range(num))


def test_an_error_leaves_no_file(model, tmp_path):
    data = photos(tmp_path / "data", small=False)
    (data / "red" / "4.png").write_bytes(b"\x89PNG\r\n\x1a\n damaged")
    with pytest.raises(ConvscopeError):
        model.evaluate(data, csv=tmp_path / "rows.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    (data / "red" / "4.png").unlink()
    with pytest.raises(StorageError):
        model.evaluate(data, csv=tmp_path / "missing" / "rows.csv")


@pytest.mark.parametrize("small", [True, False])
def test_members_of_shards_have_their_names_here_and_in_predict(model, tmp_path, small):
    data = photos(tmp_path / "data", small=small)
    write_shards(convscope.data.open(data), tmp_path / "shards")
    rows = rows_of_evaluation(model, tmp_path / "shards", tmp_path / "rows.csv")
    save_model(tmp_path / "m.safetensors", ModelFile(model.card, dict(model.network.state_dict())))
    words = ["predict", tmp_path / "m.safetensors", tmp_path / "shards", "--format", "jsonl"]
    words += ["--save-dir", tmp_path / "sorted"]
    done = CliRunner().invoke(app, list(map(str, words)))
    predicted = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["image"] for row in rows] == [row["source"] for row in predicted]
    assert all(".tar:" in row["image"] for row in rows)
    labels = [row["answers"][0]["label"] for row in predicted]
    assert [row["predicted"].removeprefix("'") for row in rows] == labels
    copies = [path.name for path in (tmp_path / "sorted").rglob("*.png")]
    members = {row["image"].split(":")[1].removesuffix(".png") for row in rows}
    assert {name.split("-")[0].removesuffix(".png") for name in copies} == members
    assert len(copies) == 15
