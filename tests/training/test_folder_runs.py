"""Runs on a folder of images: found again from elsewhere, refused when it changed."""

import numpy as np
import pytest
from PIL import Image

import convscope
from convscope import starting
from convscope.data import DataOptions
from convscope.errors import ConvscopeError, DataError, InputError
from convscope.training.run.events import Finished
from convscope.training.run.files import recorded_data
from convscope.training.watching.reading import latest_statistics, read_about


@pytest.fixture
def pets(tmp_path):
    """32 grey images of two classes: dark ones and light ones, of many sizes."""
    random = np.random.RandomState(0)
    for number in range(32):
        split = "val" if number % 4 == 0 else "train"
        path = (
            tmp_path / "pets" / split / ("light" if number // 4 % 2 else "dark") / f"{number}.png"
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        low = 150 if path.parent.name == "light" else 0
        pixels = random.randint(low, low + 100, size=(66 + number, 70), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
    return tmp_path / "pets"


def train(pets, folder):
    return list(convscope.train("lenet5", str(pets), epochs=1, batch_size=8, out=folder))


def test_a_run_is_gone_on_with_from_another_folder(pets, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    train("pets", tmp_path / "run")  # by a relative path
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    events = list(starting.resume(tmp_path / "run", epochs=2))
    assert type(events[-1]).__name__ == "Finished"
    assert (tmp_path / "run" / "report.html").is_file()
    model = convscope.open(tmp_path / "run")
    assert model.labels == ("dark", "light")
    assert str(tmp_path) not in model.card.model_dump_json()


def test_a_folder_that_changed_or_went_away_is_refused(pets, tmp_path):
    train(pets, tmp_path / "run")
    changed = pets / "train" / "dark" / "1.png"
    changed.write_bytes((pets / "train" / "light" / "5.png").read_bytes())
    with pytest.raises(DataError, match="the data 'pets' changed"):
        list(starting.resume(tmp_path / "run", epochs=2))
    pets.rename(tmp_path / "cats")
    with pytest.raises(InputError, match=r"(?s)there is no .*folder .*--data NEW"):
        list(starting.resume(tmp_path / "run", epochs=2))


def test_an_image_that_validation_cannot_use_is_named(pets, tmp_path):
    Image.fromarray(np.zeros((3, 6000), np.uint8)).save(pets / "val/dark/strip.png")
    with pytest.raises(ConvscopeError, match=r"val/dark/strip\.png.*6000x3"):
        train(pets, tmp_path / "run")


def test_a_resumed_run_reads_its_data_with_the_recorded_options(tmp_path):
    root = tmp_path / "pets"
    for label, level in (("train", 60), ("dark", 180)):  # a class that is called train
        (root / label).mkdir(parents=True)
        for i in range(20):
            pixels = np.random.RandomState(i).randint(level, level + 60, size=(90, 70, 3))
            name = f"{label}/day{i // 2}-{i % 2}.png"
            Image.fromarray(pixels.astype(np.uint8)).save(root / name)
    options = DataOptions(layout="classes", group_by=r"day\d+")
    data = convscope.data.open(root, options=options)
    list(convscope.train("lenet5", data, epochs=1, batch_size=4, out=tmp_path / "run"))
    assert recorded_data(tmp_path / "run").options == options
    events = list(starting.resume(tmp_path / "run", epochs=2))
    assert isinstance(events[-1], Finished)


def test_photos_are_watched_without_changing_a_bit(pets, tmp_path):
    """The handful is decoded beside the workers; its pictures are small."""
    train(pets, tmp_path / "alone")
    options = {"epochs": 1, "batch_size": 8, "watch": True}
    list(convscope.train("lenet5", str(pets), out=tmp_path / "watched", **options))
    for name in ("events.jsonl", "model.safetensors"):
        assert (tmp_path / "alone" / name).read_bytes() == (
            tmp_path / "watched" / name
        ).read_bytes()
    about = read_about(tmp_path / "watched")
    assert sorted(image.label for image in about.handful) == [0, 0, 1, 1]
    assert 64 < max(image.height for image in about.handful) <= 96
    assert latest_statistics(tmp_path / "watched", about).step >= 1
