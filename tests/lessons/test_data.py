"""Files of figures: every name can be read, in both languages, with the numbers of the zoo."""

import json

import pytest

from convscope.arch.compare_cases import CASES
from convscope.errors import InputError
from convscope.lessons import data
from convscope.zoo import load
from convscope.zoo.history import COMPETITION, PROTOCOLS, history
from convscope.zoo.results import published


def written(name: str) -> dict:
    return json.loads(data.read(name))


@pytest.mark.parametrize("name", ["lenet5", "vgg16", "googlenet"])
def test_a_network_has_the_layers_of_the_zoo(name: str) -> None:
    page, table = written(f"network/{name}.en.json"), load(name).table()
    assert [row["path"] for row in page["layers"]] == [row.path for row in table.rows]
    assert page["entry"]["card"]["parameters"] == table.totals.parameters


@pytest.mark.parametrize("case", [case.name for case in CASES])
def test_comparisons_have_the_same_numbers_in_both_languages(case: str) -> None:
    english, chinese = (written(f"comparison/{case}.{language}.json") for language in ("en", "zh"))
    assert english["title"] != chinese["title"]
    words = {"name": "", "published": ()}
    for one, other in zip(english["entries"], chinese["entries"], strict=True):
        assert {**one, **words} == {**other, **words}


def test_every_name_of_the_site_is_listed_once() -> None:
    names = data.names()
    assert len(set(names)) == len(names)
    assert {f"history.{language}.json" for language in ("en", "zh")} <= set(names)


@pytest.mark.parametrize(
    "name", ["", "history.json", "history.fr.json", "../__init__.py", "network/alexnett.en.json"]
)
def test_an_unknown_name_is_one_sentence(name: str) -> None:
    with pytest.raises(InputError, match="no file"):
        data.read(name)


def test_the_competition_has_the_published_numbers() -> None:
    points = {(point.year, point.top5) for point in history("competition").points}
    assert points == {(entry.year, entry.top5) for entry in COMPETITION}
    assert {(2012, 15.3), (2014, 7.3), (2014, 6.67), (2015, 3.57)} <= points
    assert history("competition").human == published("human")[0].result.top5 == 5.1


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_points_of_a_protocol_are_published_errors(protocol: str) -> None:
    for point in history(protocol).points:
        assert point.top5 in [each.result.top5 for each in published(point.network)]
        assert protocol == "competition" or point.networks == 1


def test_one_crop_is_not_mixed_with_many() -> None:
    assert {point.detail for point in history("crop").points} == {"1 crop", "retrained, 1 crop"}
    assert not any(point.detail == "1 crop" for point in history("crops").points)


def test_stored_answers_fit_the_network_and_its_photos() -> None:
    answers, manifest = written("squeezenet/answers.json"), written("squeezenet/model.json")
    files = [f"samples/{answer['photo']}.jpg" for answer in answers]
    assert files == [sample["file"] for sample in manifest["samples"]]
    assert {f"squeezenet/{file}" for file in files} <= set(data.names())
    labels = written("imagenet.zh.json")
    assert len(labels) == len(manifest["labels"]) == 1000
    for answer in answers:
        shares = [share for _, share in answer["top"]]
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) <= 1.0001


def test_kernels_have_the_shape_of_alexnets_first_layer() -> None:
    shapes = written("kernels/kernels.json")["shapes"]
    assert shapes["trained"] == shapes["random"] == [96, 3, 11, 11]
    assert len(data.read("kernels/trained.bin")) == 2 * 96 * 3 * 11 * 11
