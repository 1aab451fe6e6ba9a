"""`convscope evaluate`: the files that it writes beside its figures."""

import csv
import json

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import convscope
from convscope.cli import app
from convscope.errors import InputError
from convscope.network import ModelFile, save_model
from convscope.opening import untrained
from convscope.payload import Curves, Heatmap, from_json


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    root = tmp_path_factory.mktemp("evaluate")
    made = untrained(convscope.load("lenet5"))
    save_model(root / "model.safetensors", ModelFile(made.card, dict(made.network.state_dict())))
    generator = np.random.default_rng(0)
    for label in made.labels[:3]:
        (root / "data" / label).mkdir(parents=True)
        for number in range(4):
            pixels = generator.integers(256, size=(28, 28), dtype=np.uint8)
            Image.fromarray(pixels).save(root / "data" / label / f"{number}.png")
    return root


def evaluate(places, *arguments):
    words = ["evaluate", str(places / "model.safetensors"), str(places / "data")]
    done = CliRunner().invoke(app, [*words, *map(str, arguments)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done


def test_csv_lists_every_image_and_errors_are_printed_with_their_paths(places, tmp_path):
    done = evaluate(places, "--csv", tmp_path / "rows.csv")
    with (tmp_path / "rows.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12
    wrong = [row for row in rows if row["correct"] == "false"]
    wrong.sort(key=lambda row: -float(row["probability"]))
    assert wrong[0]["image"] in done.stdout
    assert f"most confident of {len(wrong)} errors" in done.stdout


@pytest.mark.parametrize(
    ("plot", "kind", "title"),
    [
        ("confusion", Heatmap, "Confusion matrix"),
        ("pr", Curves, "Precision-recall curves"),
        ("roc", Curves, "ROC curves"),
    ],
)
def test_plot_writes_every_format_and_prints_without_a_file(places, tmp_path, plot, kind, title):
    for ending in ("svg", "png", "html", "json"):
        evaluate(places, "--plot", plot, "-o", tmp_path / f"picture.{ending}")
        assert (tmp_path / f"picture.{ending}").stat().st_size > 100
    assert isinstance(from_json((tmp_path / "picture.json").read_text()), kind)
    assert title in (tmp_path / "picture.svg").read_text()
    assert title in evaluate(places, "--plot", plot).stdout


def test_the_matrix_holds_the_counts(places, tmp_path):
    evaluate(places, "--plot", "confusion", "-o", tmp_path / "matrix.json")
    matrix = from_json((tmp_path / "matrix.json").read_text())
    found = json.loads(evaluate(places, "--json").stdout)
    assert matrix.numbers.tolist() == found["confusion"]
    totals = np.maximum(matrix.numbers.sum(axis=1, keepdims=True), 1)
    assert np.allclose(matrix.values, matrix.numbers / totals)
    assert found["ranking"]["average_precision"] > 0
    assert found["classes"][0]["roc_auc"] is not None


def test_the_name_of_an_output_says_what_it_holds(places, tmp_path):
    with pytest.raises(InputError, match="without --plot"):
        evaluate(places, "-o", tmp_path / "matrix.svg")
    with pytest.raises(InputError, match=r"the name ends in \.csv"):
        evaluate(places, "-o", tmp_path / "a.csv", "--csv", tmp_path / "a.csv")
    with pytest.raises(InputError, match="no ending") as error:
        evaluate(places, "--csv", "-")
    assert error.value.expected == "a name that ends in .csv"
    with pytest.raises(InputError, match="lies inside the data") as error:
        evaluate(places, "--csv", places / "data" / "rows.csv")
    assert error.value.fix.startswith("--csv ")
    assert not list(tmp_path.iterdir())


def test_names_of_files_and_classes_stay_on_their_lines(places, tmp_path):
    data = tmp_path / "data"
    (data / "3").mkdir(parents=True)
    source = next((places / "data").rglob("*.png"))
    (data / "3" / "new\nline\x1b[2J.png").write_bytes(source.read_bytes())
    done = CliRunner().invoke(app, ["evaluate", str(places / "model.safetensors"), str(data)])
    assert "\x1b" not in done.stdout
    wrong = "All errors, most confident first:" in done.stdout
    assert (r"new\nline\x1b[2J.png" in done.stdout) == wrong
