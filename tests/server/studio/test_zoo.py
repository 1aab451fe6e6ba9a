"""Routes of the zoo, against convscope's own functions."""

import json

import pytest

from convscope.arch.compare import measure_architecture
from convscope.bench.records import Bench, LayerRow, Profile
from convscope.render.diagram import diagram_data
from convscope.server.studio import zoo_list
from convscope.server.studio.routes.zoo import BENCH
from convscope.zoo import list_architectures, load
from convscope.zoo.printed import TABLES, paper_table


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def own_cache(cache, monkeypatch):
    monkeypatch.setenv("CONVSCOPE_CACHE", str(cache))


def test_the_list_has_every_network_and_its_figures(studio):
    entries = studio.get("/api/zoo").json()["entries"]
    assert [entry["card"]["name"] for entry in entries] == list_architectures()
    resnet = next(entry for entry in entries if entry["card"]["name"] == "resnet50")
    measured = measure_architecture(load("resnet50"))
    assert resnet["card"]["macs"] == measured.macs
    assert resnet["card"]["receptive_field"] == list(measured.receptive_field)
    assert "resnet50@torchvision" in {one["name"] for one in resnet["weights"]}
    assert not any(one["is_here"] for one in resnet["weights"])


def test_the_list_is_kept_and_belongs_to_the_sources(studio, cache, monkeypatch):
    studio.get("/api/zoo")
    (kept,) = (cache / "studio").glob("cards-*.json")
    monkeypatch.setattr(zoo_list, "_all_cards", pytest.fail)
    zoo_list._cards.cache_clear()
    assert studio.get("/api/zoo").status_code == 200
    monkeypatch.undo()
    kept.write_text("[{")  # as after a full disk
    zoo_list._cards.cache_clear()
    monkeypatch.setenv("CONVSCOPE_CACHE", str(cache))
    monkeypatch.setattr(zoo_list, "_all_cards", list)
    assert studio.get("/api/zoo").json() == {"entries": []}
    zoo_list._cards.cache_clear()
    kept.unlink()


def test_sentences_in_chinese(studio, monkeypatch):
    networks = [load("lenet5")]
    monkeypatch.setattr(zoo_list, "_cards", lambda: _some_cards(networks))
    answer = studio.get("/api/zoo", headers={"Accept-Language": "zh-Hans"}).json()
    (entry,) = answer["entries"]
    assert entry["card"]["summary"] != zoo_list._cards()[0]["summary"]
    page = studio.get("/api/zoo/network?name=lenet5", headers={"Accept-Language": "zh-Hans"})
    assert "参数" in page.json()["convention"]


def _some_cards(networks):
    from convscope.zoo.cards import card

    return [card(network.name).model_dump(mode="json") for network in networks]


@pytest.fixture
def page(studio, monkeypatch):
    monkeypatch.setattr(zoo_list, "_cards", lambda: _some_cards([load("googlenet")]))
    return studio.get("/api/zoo/network?name=googlenet").json()


def test_the_page_of_a_network(page):
    network = load("googlenet")
    rows = network.table().rows
    assert [row["path"] for row in page["layers"]] == [row.path for row in rows]
    assert [row["parameters"] for row in page["layers"]] == [row.parameters for row in rows]
    assert page["diagram"] == json.loads(json.dumps(diagram_data(network)))
    printed = paper_table(network).rows
    assert [row["ours"] for row in page["printed"]] == [row.shown for row in printed]
    assert {row["agrees"] for row in page["printed"]} == {True, False}
    assert page["errata"]
    assert [result["top5"] for result in page["results"]] == [r.top5 for r in network.results]


def test_a_network_without_a_printed_table(studio, monkeypatch):
    name = next(name for name in list_architectures() if name not in TABLES)
    monkeypatch.setattr(zoo_list, "_cards", lambda: _some_cards([load(name)]))
    assert studio.get(f"/api/zoo/network?name={name}").json()["printed"] == []


@pytest.mark.parametrize("route", ["network", "source", "times"])
def test_an_unknown_name_suggests_known_ones(studio, route):
    answer = studio.get(f"/api/zoo/{route}?name=resnet19<img>")
    assert answer.status_code == 422
    assert "resnet18" in answer.json()["error"]["fix"]


def test_outlines_have_no_names(studio, monkeypatch):
    monkeypatch.setattr("convscope.zoo.list_architectures", lambda: ["googlenet", "resnet18"])
    outlines = zoo_list._outlines()
    assert set(outlines) == {"googlenet", "resnet18"}
    text = json.dumps(outlines)
    assert '"layers"' not in text
    assert '"label"' not in text
    assert {item["type"] for item in outlines["googlenet"]} == {"layer", "concat"}
    assert {item["type"] for item in outlines["resnet18"]} == {"layer", "merge"}


def test_networks_side_by_side(studio):
    answer = studio.get("/api/zoo/compare?names=lenet5&names=lenet5_1998").json()
    assert [card["name"] for card in answer["cards"]] == ["lenet5", "lenet5_1998"]
    assert answer["command"] == "convscope compare lenet5 lenet5_1998 --layers"
    first = answer["layers"][0]
    assert [cell["path"] for cell in first["rows"]] == ["conv1", "c1"]
    assert first["differs"] == []


@pytest.mark.parametrize(
    "names", [["lenet5"], ["lenet5"] * 2, ["lenet5", "x"], [f"n{i}" for i in range(7)]]
)
def test_what_cannot_be_compared_is_a_sentence(studio, names):
    answer = studio.get("/api/zoo/compare", params={"names": names})
    assert answer.status_code == 422
    assert answer.json()["error"]["given"]


def bench_of(name, paths):
    layers = tuple(LayerRow(path=path, ms=1.0, share=0.1, macs=1) for path in paths)
    total = float(len(paths))
    profile = Profile(
        engine="pytorch",
        name="PyTorch eager",
        level="exact",
        batch_size=1,
        total_ms=total,
        other_ms=0.0,
        ms=total,
        layers=layers,
    )
    return Bench(
        architecture=name,
        input=tuple(load(name).input),
        macs=1,
        device="cpu",
        machine="a machine",
        threads=1,
        rates={},
        compared="images",
        rows=(),
        profile=profile,
    )


def test_times_are_kept_and_damaged_ones_are_none(studio):
    name, url = "lenet5", "/api/zoo/times?name=lenet5"
    assert studio.get(url).json() == {"times": None, "job": None}
    kept = studio.workspace.own / "times" / f"{name}.json"
    kept.parent.mkdir()
    paths = [step.path for step in load(name).trace.steps]
    kept.write_text(bench_of(name, paths).to_json())
    times = studio.get(url).json()["times"]
    assert [row["path"] for row in times["layers"]] == paths
    assert times["machine"] == "a machine"
    for text in ("", "{", bench_of(name, paths[:-1]).to_json()):  # of another version
        kept.write_text(text)
        assert studio.get(url).json()["times"] is None


def test_measuring_is_one_job_for_a_network(studio, monkeypatch):
    monkeypatch.setattr(studio.jobs, "_launch", lambda _id: None)  # it waits
    job = studio.post("/api/zoo/times", json={"name": "lenet5"})
    assert job.status_code == 202
    assert job.json()["command"] == f"convscope bench lenet5 {' '.join(BENCH)}"
    again = studio.post("/api/zoo/times", json={"name": "lenet5"}).json()
    assert again["id"] == job.json()["id"]
    assert studio.get("/api/zoo/times?name=lenet5").json()["job"]["id"] == again["id"]
    assert studio.post("/api/zoo/times", json={"name": "../x"}).status_code == 422


def test_the_source_is_that_of_the_export():
    from convscope.export.pytorch.source import pytorch_source

    source = zoo_list.source({"name": "lenet5"}, lambda *_: None)
    assert source["pytorch"] == pytorch_source(load("lenet5"))
    assert json.loads(source["architecture"])["name"] == "lenet5"
    assert source["pytorch_command"] == "convscope export lenet5 --to pytorch -o lenet5.py"
