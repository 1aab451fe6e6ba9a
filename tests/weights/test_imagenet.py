"""ImageNet's classes by WordNet number; the literals are torchvision's and WordNet's names."""

import json

import numpy as np
import pytest
from PIL import Image
from skimage import data as photos

import convscope
from convscope.errors import InputError
from convscope.evaluate.metrics import PublishedAccuracy
from convscope.weights.imagenet import class_numbers, synsets, synsets_of
from convscope.weights.labels import imagenet_labels

# names of torchvision's list that are near those of another class, and their places there
TORCHVISION = {
    "tench": 0,
    "partridge": 86,
    "crayfish": 124,
    "crane bird": 134,
    "crane": 517,
    "Cardigan": 264,
    "cardigan": 474,
    "polecat": 358,
    "gong": 577,
    "harp": 594,
    "maillot": 638,
    "maillot tank suit": 639,
    "missile": 657,
    "projectile": 744,
    "tub": 876,
    "giant panda": 388,
    "toilet tissue": 999,
}


def test_synsets_are_sorted_and_unique():
    numbers = [synset.number for synset in synsets()]
    assert len(numbers) == 1000
    assert numbers == sorted(set(numbers))
    assert (numbers[0], numbers[1], numbers[-1]) == ("n01440764", "n01443537", "n15075141")
    assert synsets()[282].names == ("tiger cat",)
    assert synsets()[0].names == ("tench", "Tinca tinca")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_label_is_its_own_class(language):
    labels = imagenet_labels(language)
    assert class_numbers(labels) == list(range(1000))
    as_folders = [label.replace("/", "_").replace(" ", "_") for label in labels]
    assert class_numbers(as_folders) == list(range(1000))


def test_names_of_other_lists():
    assert class_numbers(list(TORCHVISION)) == list(TORCHVISION.values())
    keras = ["tiger_shark", "African_elephant", "n02123159", "n03126707_crane"]
    assert class_numbers(keras) == [3, 386, 282, 517]
    assert class_numbers(["fish", "digit", "n99999999"]) == [None, None, None]


@pytest.mark.parametrize("name", ["crane", "maillot"])
def test_a_name_of_two_classes_is_an_error_with_both_numbers(name):
    with pytest.raises(InputError, match="two classes") as caught:
        class_numbers(["tench", name])
    assert caught.value.expected.count("(") == 2


def test_only_imagenets_labels_have_synsets():
    labels = imagenet_labels()
    assert synsets_of(labels)[282] == "n02123159"
    assert synsets_of([synset.names[0] for synset in synsets()])[0] == "n01440764"
    assert synsets_of(labels[::-1]) == ()
    assert synsets_of([f"class {k}" for k in range(1000)]) == ()
    assert synsets_of(labels[:999]) == ()


@pytest.fixture(scope="module")
def model():
    return convscope.open("efficientnet_lite0@imagenet")


@pytest.mark.parametrize("kind", ["synset", "label", "chinese"])
def test_a_folder_of_some_classes(model, kind, tmp_path):
    """Right whatever the folders are named: they are not sorted as the classes are."""
    places = {"chelsea": 282, "coffee": 967, "rocket": 657}
    if kind == "label":
        places["camera"] = 842  # "swim trunks / shorts": a wrong label, counted as such
    for name, place in places.items():
        synset, label = synsets()[place].number, imagenet_labels()[place].replace("/", "-")
        folder = {"synset": synset, "label": label, "chinese": imagenet_labels("zh")[place]}[kind]
        (tmp_path / folder).mkdir()
        Image.fromarray(getattr(photos, name)()).save(tmp_path / folder / f"{name}.png")
    evaluation = model.evaluate(tmp_path)
    assert evaluation.correct == 3
    assert evaluation.num_samples == len(places)
    assert [k for k, c in enumerate(evaluation.classes) if c.support] == sorted(places.values())
    rows = dict(evaluation.rows())
    assert "75.1" in rows["published"]
    assert f"{len(places)} of the model's 1,000" in rows["classes"]


def test_predictions_have_place_and_synset(model):
    answer = json.loads(json.dumps(model.predict(photos.coffee(), topk=1)[0].to_dict()))
    assert answer["answers"][0]["index"] == 967
    assert answer["answers"][0]["synset"] == "n07920052"


def test_other_models_have_a_place_and_no_synset():
    small, _ = convscope.opening.open_or_untrained("lenet5")
    (answer,) = small.predict(np.zeros((28, 28), np.uint8), topk=1)[0].to_dict()["answers"]
    assert answer.keys() == {"label", "probability", "index"}


def test_published_accuracy_in_words():
    both = PublishedAccuracy(top1=69.758, top5=89.078, source="torchvision").sentence()
    assert "69.758" in both
    assert "89.078" in both
    assert "top-5" not in PublishedAccuracy(top1=75.1, source="authors").sentence()
