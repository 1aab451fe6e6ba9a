import json
import shutil

import pytest
import torch

import convscope
from convscope import zoo
from convscope.arch import Architecture, Chain
from convscope.data import Split
from convscope.errors import DataError, FormatError, InputError, StorageError, TrainingError
from convscope.evaluate.accumulator import MetricAccumulator
from convscope.evaluate.metrics import Evaluation
from convscope.layers import BatchNorm2d, CenterCrop, Conv2d, Flatten, Linear, Normalize, Resize
from convscope.network import Card, ModelFile, build, read_model, save_model
from convscope.shapes import CHW
from convscope.training.prepare import preprocessing_of
from convscope.training.process import Process
from convscope.training.recipe.recipe import Recipe
from convscope.training.start import resume, start


class Fake:
    """A data set whose test split nobody may touch."""

    name, classes, channels, shape = "fake", ("a", "b", "c"), 1, CHW(1, 8, 8)
    mean, std = (0.3,), (0.2,)

    def __init__(self, tiny, *, mark="f"):
        self._tiny, self._mark = tiny, mark

    def split(self, name):
        count, seed = {"train": (96, 1), "val": (24, 2)}[name]
        found = self._tiny.samples(count, seed=seed)
        return Split(found.images_NCHW, found.labels_N)

    def fingerprint(self):
        return self._mark * 64


@pytest.fixture
def data(tiny):
    return Fake(tiny)


def test_from_start_to_a_model_that_opens(tiny, data, tmp_path):
    events = list(start(tiny.architecture(), data, tiny.recipe(), tmp_path / "run"))
    model = convscope.open(tmp_path / "run")
    card = model.card
    assert card.labels == data.classes
    assert card.results["fake validation"]["accuracy"] == events[-1].validation_accuracy
    assert card.provenance["data"]["fingerprint"] == "f" * 64
    assert "fake test" not in card.results
    found = convscope.evaluate.protocol.evaluate(
        model.network, model.preprocessing, data.split("val")
    )
    assert found.accuracy == events[-1].validation_accuracy
    assert not any("time" in key for key in card.provenance)


def test_stopped_resumed_extended(tiny, data, tmp_path):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    list(start(tiny.architecture(), data, tiny.recipe(), whole))
    events = start(tiny.architecture(), data, tiny.recipe(), parts)
    for _ in range(6):
        next(events)
    events.close()
    list(resume(parts, data=data))
    for name in ("events.jsonl", "model.safetensors", "results.json"):
        assert (parts / name).read_bytes() == (whole / name).read_bytes()
    assert list(resume(parts, data=data, epochs=5))[-1].epoch == 5
    assert read_model(parts / "model.safetensors").card.provenance["recipe"]["epochs"] == 5


def test_fewer_epochs_are_refused(tiny, data, tmp_path):
    list(start(tiny.architecture(), data, tiny.recipe(), tmp_path / "run"))
    with pytest.raises(InputError, match="4 or more"):
        resume(tmp_path / "run", data=data, epochs=3)


def test_another_machine_is_not_passed_over_in_silence(tiny, data, tmp_path):
    start(tiny.architecture(), data, tiny.recipe(), tmp_path / "run").close()
    torch.set_num_threads(2)
    first = next(resume(tmp_path / "run", data=data))
    assert first.type == "Note"
    assert first.message.startswith("threads: 2 here, 1 when the run started")
    torch.set_num_threads(1)
    assert next(resume(tmp_path / "run", data=data)).type == "Started"


def test_room_is_looked_for_before_the_first_step(tiny, data, tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=5000))
    with pytest.raises(StorageError, match=r"bytes needed, 5,000 free"):
        next(start(tiny.architecture(), data, tiny.recipe(), tmp_path / "run"))


def test_other_data_are_refused(tiny, data, tmp_path):
    start(tiny.architecture(), data, tiny.recipe(), tmp_path / "run").close()
    with pytest.raises(DataError, match="changed"):
        resume(tmp_path / "run", data=Fake(tiny, mark="e"))
    list(resume(tmp_path / "run", data=data))


def test_batch_larger_than_the_split(tiny, data, tmp_path):
    with pytest.raises(TrainingError, match="a batch of 97 from 96") as caught:
        start(tiny.architecture(), data, tiny.recipe(batch_size=97), tmp_path / "run")
    assert "batch_size=64" in caught.value.fix
    assert not (tmp_path / "run").exists()


def test_batch_of_one_with_one_number_a_channel(data, tmp_path):
    made = Architecture(
        name="narrow",
        input=CHW(1, 8, 8),
        num_classes=3,
        block=Chain(
            conv=Conv2d(2, 8, bias=False), norm=BatchNorm2d(), flatten=Flatten(), fc=Linear(3)
        ),
    )
    with pytest.raises(TrainingError, match="norm: a batch of 1"):
        start(made, data, Recipe(epochs=1, lr=0.1, batch_size=1), tmp_path / "run")
    list(start(made, data, Recipe(epochs=1, lr=0.1, batch_size=2), tmp_path / "run"))


def test_classes_must_fit(tiny, data, tmp_path):
    with pytest.raises(InputError, match="3 classes, lenet5 has 10 outputs"):
        start(convscope.load("lenet5"), data, tiny.recipe(), tmp_path / "run")


@pytest.mark.parametrize(
    ("have", "want", "layers"),
    [
        (28, 32, (Resize((28, 28)), CenterCrop((32, 32)))),
        (32, 32, (Resize((32, 32)),)),
        (28, 224, (Resize((224, 224)),)),
        (64, 32, (Resize((32, 32)),)),
    ],
)
def test_preprocessing(data, have, want, layers):
    made = convscope.load("lenet5", num_classes=3, input=CHW(1, 32, 32))
    if want != 32:
        flat = Chain(flatten=Flatten(), fc=Linear(3))
        made = Architecture(name="flat", input=CHW(1, want, want), num_classes=3, block=flat)
    data.shape = CHW(1, have, have)
    assert tuple(preprocessing_of(made, data).blocks.values())[:-1] == layers


def test_bfloat16_and_clipping_run(tiny, data, tmp_path):
    recipe = tiny.recipe(precision="bfloat16", clip_norm=0.1, epochs=2)
    end = list(start(tiny.architecture(), data, recipe, tmp_path / "run"))[-1]
    assert end.validation_accuracy > 0.5
    assert all(
        value.dtype == torch.float32
        for value in read_model(tmp_path / "run/model.safetensors").weights.values()
        if value.is_floating_point()
    )


def test_no_folder_of_its_own_means_the_next_number(tiny, data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runs = [start(tiny.architecture(), data, tiny.recipe(epochs=1)) for _ in range(2)]
    assert [run.folder.name for run in runs] == ["tiny-fake-1", "tiny-fake-2"]
    assert [list(run)[-1].type for run in runs] == ["Finished", "Finished"]
    with pytest.raises(InputError):
        start(tiny.architecture(), data, tiny.recipe(epochs=1), process=Process(device="cuda:99"))
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == [
        "tiny-fake-1",
        "tiny-fake-2",
    ]


def test_a_class_name_that_no_model_holds_is_refused_before_the_first_step(tiny, data, tmp_path):
    data.classes = ("a", "b" * 201, "c")
    with pytest.raises(DataError, match="201 characters") as caught:
        start(tiny.architecture(), data, tiny.recipe(), tmp_path / "run")
    assert "rename" in caught.value.fix
    assert not (tmp_path / "run").exists()
    data.classes = ("a", "b" * 200, "c")
    list(start(tiny.architecture(), data, tiny.recipe(), tmp_path / "run"))
    assert convscope.open(tmp_path / "run").labels == data.classes


def test_a_model_that_could_not_be_opened_is_refused_before_the_first_step(
    tiny, data, tmp_path, monkeypatch
):
    monkeypatch.setattr("convscope.network.safetensors_file.MAX_HEADER_BYTES", 500)
    with pytest.raises(FormatError, match=r"header of .* bytes, with \d+ classes") as caught:
        start(tiny.architecture(), data, tiny.recipe(), tmp_path / "run")
    assert "fewer classes" in caught.value.fix
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("count", [200, 201, 600, 1001])
def test_models_of_many_classes_can_be_opened(count, tmp_path):
    """A matrix of 600 x 600 confusions exceeded the reader's limit: trained, but never opened."""
    classes = tuple(f"class {number}" for number in range(count))
    metrics = MetricAccumulator(classes, num_mistakes=4)
    metrics.add_logits(torch.randn(2 * count, count), torch.arange(2 * count) % count)
    found = metrics.result()
    kept = found.for_model_file()
    assert kept.mistakes == ()
    assert kept.accuracy == found.accuracy
    assert kept.most_confused(1_000) == found.most_confused(1_000)
    architecture = zoo.find("lenet5", num_classes=count)
    card = Card(
        architecture=architecture,
        labels=classes,
        preprocessing=Chain(resize=Resize((32, 32)), normalise=Normalize((0.1,), (0.3,))),
        results={"validation": kept.model_dump(mode="json")},
    )
    weights = build(architecture, seed=0).state_dict()
    save_model(tmp_path / "model.safetensors", ModelFile(card, weights))
    opened = convscope.open(tmp_path / "model.safetensors")
    assert opened.labels == classes
    assert Evaluation.from_json(json.dumps(opened.card.results["validation"])) == kept
