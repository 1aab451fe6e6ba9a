"""The papers' printed numbers, published errors, the catalogue and the errata."""

import itertools
import re
from pathlib import Path

import pytest

from convscope import lang
from convscope.errors import InputError
from convscope.zoo import PUBLICATIONS, list_architectures, load
from convscope.zoo.catalogue import Order, catalogue
from convscope.zoo.errata import LECTURE, errata_markdown, papers
from convscope.zoo.printed import TABLES, paper_table
from convscope.zoo.results import published
from tests.zoo.sample import QUICK

RESULTS = {name: results for paper in PUBLICATIONS for name, results in paper.results.items()}

NAMES = {"MnasNet", "floor", "correlation"}
"""Words of the errata that are the same in Chinese."""

# rows that differ by more than the printed precision, each with its reason
WRONG = {
    "googlenet": {
        ("convolution 7x7/2", "weights"),
        ("convolution 7x7/2", "MACs"),
        ("inception (4a)", "weights"),
        ("inception (4c)", "weights"),
        ("inception (4d)", "weights"),
        ("inception (4e)", "weights"),
        ("inception (5a)", "weights"),
        ("inception (5a)", "MACs"),
        ("inception (5b)", "weights"),
        ("inception (3b)", "weights"),
        ("inception (4a)", "MACs"),
        ("inception (4b)", "weights"),
        ("sum of the rows", "weights"),
        ("sum of the rows", "MACs"),
    },
    "alexnet": {("conv1", "units"), ("all", "parameters"), ("all", "units")},
    "resnet34": {("all", "MACs")},
    "resnet50_v1": {("all", "MACs")},
    **{
        f"{kind}_{letter}": {("all", "parameters")}
        for kind, letter in (
            *(("model", "a"), ("strided_cnn", "a")),
            *(("convpool_cnn", "a"), ("all_cnn", "a"), ("convpool_cnn", "b"), ("all_cnn", "b")),
        )
    },
    "model_c": {("all", "parameters")},
    "strided_cnn_c": {("all", "parameters")},
    "inception_v3": {("all", "MACs")},
    "resnet50": {("all", "MACs")},
    "resnet101": {("all", "MACs")},
    "resnet152": {("all", "MACs")},
    "convnextv2_tiny": {("all", "MACs")},
    **{f"efficientnet_lite{number}": {("all", "MACs")} for number in range(5)},
    "efficientnet_b1": {("all", "MACs")},
    "efficientnet_b2": {("all", "parameters")},
    "efficientnet_v2_s": {("all", "parameters")},
    **{f"shufflenet_v2_x{size}": {("all", "MACs")} for size in ("0_5", "1_0", "1_5", "2_0")},
    **{
        name: {("all", "parameters"), ("all", "MACs")}
        for name in ("mobilenet_v2", "mobilenet_v2_140", "mobilenet_v3_large", "mobilenet_v3_small")
    },
}


@pytest.mark.parametrize("name", TABLES)
def test_printed_numbers_agree_except_for_known_errors(name):
    table = paper_table(load(name))
    differs = {(row.row, row.quantity) for row in table.rows if row.verdict == "differs"}
    assert differs == WRONG.get(name, set())
    for row in table.rows:
        assert row.verdict == "agrees" or row.why, "a difference without a reason"
        assert row.printed
        assert row.shown
    assert table.to_markdown().count("\n") == len(table.rows) + 2


def test_googlenets_weights_by_hand():
    """Table 1 against arithmetic on its own columns, as the fact sheet gives it."""
    ours = {
        row.row: row.ours
        for row in paper_table(load("googlenet")).rows
        if row.quantity == "weights"
    }
    assert ours.pop("sum of the rows") == sum(ours.values())
    assert ours == {
        "convolution 7x7/2": 9_408,
        "convolution 3x3/1": 114_688,
        "inception (3a)": 163_328,
        "inception (3b)": 388_096,
        "inception (4a)": 375_552,
        "inception (4b)": 448_512,
        "inception (4c)": 509_440,
        "inception (4d)": 604_672,
        "inception (4e)": 867_328,
        "inception (5a)": 1_042_432,
        "inception (5b)": 1_442_816,
        "linear": 1_024_000,
    }
    assert sum(ours.values()) == 6_990_272


def test_a_network_without_a_printed_table_says_so():
    with pytest.raises(InputError, match="nin"):
        paper_table(load("nin"))


def test_a_paper_covers_its_own_networks_only():
    for paper in PUBLICATIONS:
        names = {builder.__name__ for builder in paper.networks}
        assert set(paper.printed) <= names
        assert set(paper.results) <= names


def test_results_are_plausible():
    for name, results in RESULTS.items():
        assert load(name).results == results
        assert load(name, input=load(name).input).results == ()
        for result in results:
            assert result.top1 is not None or result.top5 is not None
            if result.top1 is not None and result.top5 is not None:
                assert result.top5 < result.top1
            assert result.protocol
            assert len(result.source) > 5


@pytest.fixture(scope="module")
def zoo():
    """One architecture of each kind: the tables of all take seconds."""
    return [load(name) for name in list_architectures() if name in QUICK]


@pytest.mark.parametrize("order", Order)
def test_the_catalogue_is_sorted_and_whole(order, zoo):
    entries = catalogue(zoo, order)
    names = [architecture.name for architecture in zoo]
    assert {entry.name for entry in entries} == set(names)
    if order is Order.NAME:
        assert [entry.name for entry in entries] == names
        return
    field = {"params": "parameters", "macs": "macs", "top5": "top5", "year": "year"}[order]
    if order is Order.TOP5:
        _check_sorted_within_protocols(entries)
        return
    values = [getattr(entry, field) for entry in entries]
    known = [value for value in values if value is not None]
    assert known == sorted(known)
    assert values[: len(known)] == known, "what is unknown comes last"


def _check_sorted_within_protocols(entries):
    known = [entry for entry in entries if entry.top5 is not None]
    assert entries[: len(known)] == known, "what is unknown comes last"
    groups = [list(group) for _, group in itertools.groupby(known, lambda entry: entry.measured)]
    assert len(groups) == len({entry.measured for entry in known}), "one group for each protocol"
    for group in groups:
        errors = [entry.top5 for entry in group]
        assert errors == sorted(errors)


def test_some_published_results_typed_from_the_papers_tables():
    """Figures of the papers' tables: data and split, top-1, top-5, number of networks."""
    listed = {
        (each.network, each.result.split, each.result.top1, each.result.top5, each.result.ensemble)
        for each in published()
    }
    test, validation = "ILSVRC-2012 test", "ILSVRC-2012 validation"
    assert listed >= {
        ("vgg16", test, None, 7.3, 7),
        ("vgg19", test, None, 7.0, 1),
        ("vgg16", test, None, 6.8, 2),
        ("vgg19", test, None, 6.8, 2),
        ("resnet152_v1", test, None, 3.57, 6),
        ("zfnet_b", validation, 37.5, 16.0, 1),
        ("zfnet_b", test, None, 16.1, 1),
        ("human", test, None, 5.1, 1),
        ("googlenet", test, None, 6.67, 7),
        ("inception_v3", validation, None, 3.46, 4),
        ("all_cnn_c", "test", 33.71, None, 1),
        ("lenet5_1998", "test", 0.8, None, 1),
    }
    assert all(each.result.weights for each in published() if each.network in list_architectures())
    with pytest.raises(InputError, match="lenet_caffe"):
        published("lenet_caffe")
    with pytest.raises(InputError, match="vgg16"):
        published("vgg_16")


def test_the_plainest_result():
    assert load("resnet50_v1").plainest_result.top5 == 7.8
    assert load("googlenet").plainest_result.top5 == 10.07
    assert load("alexnet").plainest_result.top5 == 18.2
    assert load("all_cnn_c").plainest_result.top1 == 9.08
    assert load("nin").plainest_result is None


def test_the_page_of_errata_is_the_list():
    page = Path(__file__).parents[2] / "docs" / "fidelity" / "errata.md"
    links = "English · [简体中文](../zh/fidelity/errata.md)\n\n"
    assert page.read_text(encoding="utf-8") == links + errata_markdown()
    for entry in (*LECTURE, *papers()):
        assert all(entry), entry
        assert "|" not in "".join(entry)


def test_the_chinese_page_of_errata_is_the_list(monkeypatch):
    monkeypatch.setattr(lang, "_language", "zh")
    page = Path(__file__).parents[2] / "docs" / "zh" / "fidelity" / "errata.md"
    links = "[English](../../fidelity/errata.md) · 简体中文\n\n"
    assert page.read_text(encoding="utf-8") == links + errata_markdown()


def test_the_gaussian_of_the_lecture():
    kernel = [1, 4, 7, 4, 1, 4, 16, 26, 16, 4, 7, 26, 41, 26, 7, 4, 16, 26, 16, 4, 1, 4, 7, 4, 1]
    assert sum(kernel) == 273
    assert any("273" in entry.correct for entry in LECTURE)


def test_every_cell_of_the_chinese_errata_is_chinese():
    """A cell of one English word is no sentence to the translator, and stayed English."""
    page = Path(__file__).parents[2] / "docs" / "zh" / "fidelity" / "errata.md"
    rows = [line for line in page.read_text(encoding="utf-8").splitlines() if line[:2] == "| "]
    for topic, printed, correct, why, _where in (row.strip("| ").split(" | ") for row in rows):
        for cell in (topic, printed, correct, why):
            words = [word for word in re.findall("[A-Za-z]{3,}", cell) if word not in NAMES]
            assert not words or re.search("[\u4e00-\u9fff]", cell), (topic, cell)


def _last_digit(printed, value):
    """The place of the last printed digit, in the row's unit; of 650,000 it is the 5."""
    number = re.search(r"\d[\d,]*(\.\d+)?", printed)
    digits = number[0].replace(",", "")
    place = 10.0 ** -len((number[1] or ".")[1:])
    if not number[1] and digits.endswith("000"):
        place = 10.0 ** (len(digits) - len(digits.rstrip("0")))
    return place * value / float(digits)


@pytest.mark.parametrize("name", TABLES)
def test_agrees_means_within_the_printed_precision(name):
    """Bounds, as "< 25 million", are the only rows with another tolerance."""
    for row, compared in zip(TABLES[name], paper_table(load(name)).rows, strict=True):
        if "<" not in row.printed:
            assert row.tolerance <= 0.5 * _last_digit(row.printed, row.value) * (1 + 1e-9), row
        assert compared.verdict == "agrees" or compared.why, row
