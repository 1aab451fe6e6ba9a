"""The verbs `sweep` and `lr-range`, and `train` from a model, in-process on a fake data set."""

import json
import shlex

import pytest
import torch
import typer
from typer.testing import CliRunner

from convscope import data as datasets
from convscope import starting
from convscope.cli.lr_range import lr_range_command
from convscope.cli.sweep import sweep_command
from convscope.cli.train import train_command
from convscope.data import Split
from convscope.errors import ConvscopeError, InputError
from convscope.network import read_model
from convscope.shapes import CHW
from convscope.training.recipe.recipe import Recipe


class Fake:
    """A data set whose test split nobody may touch."""

    shape, channels = CHW(1, 28, 28), 1
    mean, std = (0.3,), (0.2,)

    def __init__(self, name, classes):
        self.name, self.classes = name, classes

    def split(self, name):
        count = {"train": 40, "val": 20}[name]
        g = torch.Generator().manual_seed(count)
        images = torch.randint(0, 256, (count, 1, 28, 28), generator=g, dtype=torch.uint8)
        return Split(images, torch.arange(count) % len(self.classes))

    def fingerprint(self):
        return "f" * 64


@pytest.fixture
def run(monkeypatch, tmp_path):
    sets = {"fake": Fake("fake", tuple("0123456789")), "pets": Fake("pets", ("cat", "dog"))}
    monkeypatch.setattr(datasets, "open", lambda name, **_: sets[str(name)])
    monkeypatch.chdir(tmp_path)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    app = typer.Typer()
    for name, command in [
        ("train", train_command),
        ("sweep", sweep_command),
        ("lr-range", lr_range_command),
    ]:
        app.command(name)(command)

    def invoke(*arguments):
        result = CliRunner().invoke(app, list(arguments))
        if isinstance(result.exception, ConvscopeError):
            raise result.exception
        assert not isinstance(result.exception, Exception), result.exception
        return result

    yield invoke
    torch.set_num_threads(before)


SMALL = ["--set", "batch_size=10", "--epochs", "1"]
SWEEP = ["sweep", "lenet5", "fake", "--vary", "lr=1e-4..1e-1", *SMALL, "--trials", "2"]


def test_sweep_prints_what_to_copy(run, tmp_path):
    result = run(*SWEEP, "--output", "here")
    assert result.exit_code == 0
    assert "lr: numbers from 0.0001 to 0.1, logarithmic" in result.stderr
    assert "trial 1: validation accuracy" in result.stderr
    command = shlex.split(result.stdout.splitlines()[-1])
    assert command[:4] == ["convscope", "train", "lenet5", "fake"]
    settings = [word for word in command if "=" in word]
    number = int(result.stdout.split("best: trial ")[1].split(",")[0])
    used = Recipe.from_json((tmp_path / f"here/trials/{number:03d}/recipe.json").read_bytes())
    assert starting.plan("lenet5", "fake", settings=settings, out="x").recipe == used
    assert run(*command[1:], "--output", "again").exit_code == 0
    names = ("here/trials", "again")
    weights = [
        read_model(tmp_path / place / "model.safetensors").weights
        for place in (f"{names[0]}/{number:03d}", names[1])
    ]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


def test_sweep_run_again_goes_on(run, tmp_path):
    run(*SWEEP)
    (folder,) = (tmp_path / "sweeps").iterdir()
    assert folder.name.startswith("lenet5-fake-")
    result = run(*SWEEP[:-1], "3", "--json")
    assert "\ntrial 2: lr=" in result.stderr
    assert "\ntrial 1" not in result.stderr
    found = json.loads(result.stdout)
    assert sorted(trial["number"] for trial in found["trials"]) == [0, 1, 2]
    assert found["settings"].startswith("--set lr=")
    assert len(list((tmp_path / "sweeps").iterdir())) == 1
    run(*SWEEP, "--seed", "1")
    assert len(list((tmp_path / "sweeps").iterdir())) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sweep", "lenet5", "fake"], "no setting to vary"),
        (["sweep", "lenet5", "fake", "--vary", "ler=1..2"], "did you mean lr"),
        (["sweep", "lenet5", "fake", "--vary", "lr=0.1"], "one value is a setting"),
        (["sweep", "lenet6", "fake", "--vary", "lr=1e-3..1"], "did you mean lenet5"),
        (["lr-range", "lenet6", "fake"], "did you mean lenet5"),
        (["lr-range", "lenet5", "fake", "-o", "lr.jpg"], "ends in .png"),
        (["lr-range", "lenet5", "fake", "--from", "1", "--to", "0.1"], "a range from 1 to 0.1"),
    ],
)
def test_mistakes_are_explained(run, tmp_path, arguments, message):
    with pytest.raises(InputError) as caught:
        run(*arguments)
    assert message in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--device", "cuda:99"], "device 'cuda:99' is not available"),
        (["--set", "batch_size=41"], "a batch of 41 from 40"),
        (["--set", 'augment=[{"type": "PcaLighting"}]'], "augment.0"),
        (["--recipe", "fine_tune"], "no trained weights to start from"),
        (["--output", "file"], "file is not a sweep folder"),
    ],
)
def test_what_no_trial_can_mend_ends_the_sweep_before_the_first(run, tmp_path, arguments, message):
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConvscopeError) as caught:
        run("sweep", "lenet5", "fake", "--vary", "lr=1e-4..1e-1", *arguments)
    assert message in str(caught.value)
    assert "narrow" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_no_trial_that_works(run):
    with pytest.raises(InputError, match="all trials failed; the first: a batch of"):
        run("sweep", "lenet5", "fake", "--vary", "batch_size=100,200", "--trials", "2")


def test_lr_range(run, tmp_path):
    result = run("lr-range", "lenet5", "fake", "-o", "lr.png", "--steps", "12", *SMALL[:2])
    assert (tmp_path / "lr.png").read_bytes().startswith(b"\x89PNG")
    lines = result.stdout.splitlines()
    if "never decreased" not in lines[0]:
        assert "steepest loss decrease at" in lines[0]
        assert "one tenth of the minimum-loss rate:" in lines[0]
        assert lines[1].startswith("--set lr=")
    again = run("lr-range", "lenet5", "fake", "--steps", "12", *SMALL[:2], "--json")
    found = json.loads(again.stdout)
    measured = {"lrs", "losses", "smoothed", "ended", "steepest", "tenth"}
    assert set(found) == measured | {"precision", "note"}
    assert len(found["lrs"]) <= 12
    assert [p.name for p in tmp_path.iterdir()] == ["lr.png"]  # no run was begun


def test_train_from_a_model_file_and_from_a_run(run, tmp_path):
    run("train", "lenet5", "fake", *SMALL, "--output", "base")
    for given, out in [("base", "a"), ("base/model.safetensors", "b")]:
        result = run("train", given, "pets", "--epochs", "2", "--output", out)
        assert "recipe: fine_tune" in result.stderr
        assert "the last layer is replaced by one with 2 classes" in result.stderr
        card = read_model(tmp_path / out / "model.safetensors").card
        assert card.labels == ("cat", "dog")
        assert card.provenance["base"]["name"] == given.split("/")[-1]
    (tmp_path / "base").rename(tmp_path / "gone")
    assert run("train", "--resume", "a", "--epochs", "3").exit_code == 0


def test_train_on_with_the_same_classes(run, tmp_path):
    run("train", "lenet5", "fake", *SMALL, "--output", "base")
    result = run("train", "base", "fake", "--epochs", "1", "--output", "more")
    assert "same classes, so the last layer is kept" in result.stderr


def test_few_images_make_the_batch_smaller(run):
    planned = starting.plan("lenet5", "fake", out="x")
    assert planned.recipe.batch_size == 8
    assert planned.notes == ("only 40 training images: using batch_size 8 instead of 128",)
    asked = starting.plan("lenet5", "fake", settings=["batch_size=20"], out="x")
    assert asked.recipe.batch_size == 20


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"settings": ["batch_size=17"]},
        {"settings": ["batch_size = 17"]},
        {"settings": ["lr=0.1", "batch_size=17", "epochs=1"]},
        {"settings": ["lr=0.1"]},
        {"recipe": "general", "settings": ["batch_size=17"]},
        {"varied": ["batch_size"]},
    ],
)
def test_a_note_on_the_batch_size_is_about_the_one_that_is_used(run, options):
    planned = starting.plan("lenet5", "fake", out="x", **options)
    notes = [note for note in planned.notes if "batch_size" in note]
    set_by_user = "batch_size" in str(options)
    assert len(notes) == (not set_by_user)
    assert all(f"using batch_size {planned.recipe.batch_size} " in note for note in notes)
    if "17" in str(options):
        assert planned.recipe.batch_size == 17
    named = starting.plan("lenet5", "fake", recipe="general", out="x")
    assert named.recipe.batch_size == 128


def test_models_that_are_not_there(run, tmp_path):
    with pytest.raises(InputError, match=r"there is no file nowhere\.safetensors"):
        run("train", "nowhere.safetensors", "fake")
    with pytest.raises(InputError, match="there is no published network"):
        run("train", "lenet5@nobody", "fake")
    (tmp_path / "unfinished").mkdir()
    with pytest.raises(InputError, match=r"holds no model\.safetensors"):
        run("train", "unfinished", "fake")
    with pytest.raises(ConvscopeError):
        run("train", "a" * 5000, "fake")
    with pytest.raises(ConvscopeError):
        run("train", "a\0b", "fake")
    with pytest.raises(InputError, match="no trained weights to start from"):
        run("train", "lenet5", "fake", "--recipe", "fine_tune", *SMALL)


def test_a_folder_named_like_an_architecture_does_not_hide_it(run, tmp_path):
    (tmp_path / "lenet5").mkdir()
    assert starting.plan("lenet5", "fake", out="x").pretrained is None


def test_tensorboard(run, tmp_path):
    run("train", "lenet5", "fake", *SMALL, "--output", "here", "--tensorboard")
    assert len(list((tmp_path / "here/tensorboard").iterdir())) == 1
    assert (tmp_path / "here/events.csv").is_file()


def test_weights_of_a_file(run, tmp_path):
    from convscope.network import build
    from convscope.zoo import load

    torch.save(build(load("lenet5", num_classes=4)).state_dict(), tmp_path / "four.pth")
    found = run("lr-range", "lenet5", "fake", "--weights", "four.pth", "--steps", "10", *SMALL[:2])
    assert "starting from four.pth" in found.stderr
    swept = run(
        *("sweep", "lenet5", "fake", "--weights", "four.pth", "--vary", "lr=0.01,0.02"),
        *("--trials", "1", "--epochs", "1", *SMALL[:2]),
    )
    assert "starting from four.pth" in swept.stderr
    assert "--weights four.pth" in swept.stdout.splitlines()[-1]


@pytest.mark.parametrize("verb", ["lr-range", "sweep", "train"])
def test_labels_need_weights(run, verb):
    with pytest.raises(InputError, match="--labels without --weights"):
        run(verb, "lenet5", "fake", "--labels", "names.txt")
