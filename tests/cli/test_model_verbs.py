"""`evaluate`, `predict`, `demo` and `convscope.open` on a small model that is really trained."""

import json
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

import convscope
from convscope.data import Split
from convscope.data.sets.mnist import MNIST
from convscope.errors import ConvscopeError, InputError
from convscope.report import write_report
from convscope.training.run.events import Finished
from tests.cli.verbs import call


class Little:
    """A twentieth of MNIST: enough to learn something in seconds."""

    name, classes, shape, mean, std = MNIST.name, MNIST.classes, MNIST.shape, MNIST.mean, MNIST.std
    channels = 1

    def fingerprint(self):
        return "little"

    def split(self, name):
        whole = MNIST.split(name)
        return Split(whole.images_NCHW[:3000], whole.labels_N[:3000])


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "little"
    settings = {"epochs": 3, "batch_size": 64, "lr": 0.003, "augment": []}
    events = list(convscope.train("lenet5", Little(), settings=settings, out=folder))
    assert isinstance(events[-1], Finished)
    assert events[-1].validation_accuracy > 0.85
    return folder


@pytest.fixture(scope="module")
def digit():
    return MNIST.split("test").images_NCHW[0, 0].numpy()  # a seven


def cli(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "convscope", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


@pytest.fixture
def cli_here(capsys):
    """Run a command in this process: one that starts costs two seconds of imports."""

    def invoke(verb, *arguments):
        return SimpleNamespace(
            **dict(
                zip(("returncode", "stdout", "stderr"), call(verb, arguments, capsys), strict=True)
            )
        )

    return invoke


def test_the_run_folder_has_everything(run):
    names = {path.name for path in run.iterdir()}
    assert {
        "recipe.json",
        "architecture.json",
        "environment.json",
        "events.jsonl",
        "timings.jsonl",
        "checkpoints",
        "model.safetensors",
        "results.json",
        "report.html",
    } <= names
    report = (run / "report.html").read_text(encoding="utf-8")
    assert "<script" not in report
    assert "lenet5" in report


def test_predict_takes_files_bytes_and_arrays(run, digit, tmp_path):
    model = convscope.open(run)
    path = tmp_path / "seven.png"
    Image.fromarray(digit).save(path)
    scores = [
        model.predict(value)[0].top[0]
        for value in (path, str(path), path.read_bytes(), digit, digit[..., None])
    ]
    assert {score.label for score in scores} == {"7"}
    assert len({round(score.probability, 5) for score in scores}) == 1


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "P", "1", "I;16"])
def test_every_kind_of_image_is_the_same_digit(run, digit, tmp_path, mode):
    path = tmp_path / "seven.png"
    if mode == "I;16":
        Image.fromarray(digit.astype(np.uint16) * 257).save(path)
    else:
        Image.fromarray(digit).convert(mode).save(path)
    assert convscope.open(run).predict(path)[0].top[0].label == "7"


def test_other_sizes_and_ink_on_paper(run, digit, tmp_path):
    model = convscope.open(run)
    large = np.asarray(Image.fromarray(digit).resize((311, 311), Image.Resampling.BICUBIC))
    assert model.predict(large)[0].top[0].label == "7"
    on_paper = model.predict(255 - large, digit=False)[0]
    assert "--invert" in on_paper.note
    prepared = model.predict(255 - large)[0]
    assert (prepared.top[0].label, "prepared" in prepared.note) == ("7", True)
    inverted = model.predict(255 - large, invert=True)[0]
    assert (inverted.top[0].label, inverted.note) == ("7", "")


def test_probabilities_are_torchs_softmax(run, digit):
    model = convscope.open(run)
    found = model.predict(digit, topk=10)[0].top
    x = torch.from_numpy(digit.copy())[None, None].float()
    x = torch.nn.functional.pad(x, (2, 2, 2, 2))
    x = (x / 255 - MNIST.mean[0]) / MNIST.std[0]
    with torch.no_grad():
        expected = model.network(x).softmax(1)[0]
    assert sum(answer.probability for answer in found) == pytest.approx(1, abs=1e-5)
    for answer in found:
        assert answer.probability == pytest.approx(float(expected[int(answer.label)]), abs=1e-5)


def test_evaluate_equals_counting(run):
    model, split = convscope.open(run), Little().split("test")
    evaluation = model.evaluate(Little(), split="test")
    with torch.no_grad():
        right = model.network(model.preprocessing(split.images_NCHW)).argmax(1) == split.labels_N
    assert evaluation.accuracy == pytest.approx(float(right.double().mean()))


def test_cli_predict_and_evaluate(run, digit, tmp_path, cli_here):
    path = tmp_path / "seven.png"
    Image.fromarray(digit).save(path)
    done = cli("predict", str(run), str(path), "--topk", "2", "--json")
    assert done.returncode == 0, done.stderr
    (prediction,) = json.loads(done.stdout)
    assert prediction["answers"][0]["label"] == "7"
    assert len(prediction["answers"]) == 2
    done = cli_here("evaluate", str(run), "mnist", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["num_samples"] == 10_000


@pytest.mark.parametrize("what", ["", "model.safetensors"])
def test_cli_evaluate_writes_a_page(run, tmp_path, what, cli_here):
    page = tmp_path / "page.html"
    done = cli_here("evaluate", str(run / what), "mnist", "--split", "val", "--output", str(page))
    assert done.returncode == 0, done.stderr
    text = page.read_text(encoding="utf-8")
    assert "Most confident errors" in text
    assert ("Training curves" in text) == (what == ""), "curves belong to a run"


def test_mistakes_are_answered_in_words(run, tmp_path, cli_here):
    (tmp_path / "text.png").write_text("hello")
    for arguments, code, said in (
        (["predict", str(run), str(tmp_path / "text.png")], 1, "not an image"),
        (["predict", str(run), str(tmp_path / "none.png")], 2, "no such file"),
        (["predict", str(tmp_path / "text.png"), "x.png"], 1, "safetensors"),
        (["predict", str(tmp_path), "x.png"], 2, "model.safetensors"),
        (["evaluate", str(run), "minst"], 2, "did you mean mnist"),
        (["evaluate", str(run), "mnist", "--split", "tset"], 2, "did you mean test"),
    ):
        done = cli_here(*arguments)
        assert done.returncode == code, done.stderr
        assert said in done.stderr
        assert "Traceback" not in done.stderr


def test_arrays_of_another_kind_are_refused(run):
    model = convscope.open(run)
    for array, reason in (
        (np.full((3, 3), 1.5), "real numbers from 0 to 1"),
        (np.full((3, 3), np.nan), "real numbers from 0 to 1"),
        (np.full((3, 3), -1), "whole numbers from 0 to 255"),
        (np.zeros((3, 3), complex), "whole or real numbers"),
        (np.zeros((5, 5, 9), np.uint8), "1 to 4 channels"),
    ):
        with pytest.raises(InputError, match=reason):
            model.predict(array)
    with pytest.raises(InputError, match="topk"):
        model.predict(np.zeros((4, 4), np.uint8), topk=0)
    with pytest.raises(ConvscopeError):
        convscope.open(__file__)


def test_other_classes_are_refused(run):
    class Others(Little):
        classes = ("cat", *MNIST.classes[1:])

    with pytest.raises(InputError, match="cat"):
        convscope.open(run).evaluate(Others())


def test_the_report_of_a_run_again(run):
    model, data = convscope.open(run), Little()
    evaluation = model.evaluate(data)
    page = run / "again.html"
    report = write_report(page, model, data, split="test", evaluation=evaluation, run=run)
    assert "test" in report.read_text(encoding="utf-8")


@pytest.mark.slow
def test_demo_is_the_whole_loop(tmp_path):
    done = cli("demo", "--output", str(tmp_path / "demo"))
    assert done.returncode == 0, done.stderr
    assert "test accuracy 99" in done.stdout
    assert (tmp_path / "demo" / "report.html").stat().st_size > 50_000
