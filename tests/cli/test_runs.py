"""`convscope runs`: list, compare and plot, and the errors of its arguments."""

import json

import pytest

from convscope import lang
from tests.cli import verbs
from tests.runs.conftest import make_run  # noqa: F401


def runs(capsys, *arguments):
    return verbs.call("runs", [str(argument) for argument in arguments], capsys)


def test_the_list(make_run, capsys):  # noqa: F811
    make_run("runs/old", (0.9,), age_s=100)
    make_run("runs/new", (0.5,), finished=False)
    make_run("runs/bad")
    (make_run("sweeps/s/trials/000", (0.7,), age_s=200) / "recipe.json").touch()
    (verbs.Path("runs/bad") / "recipe.json").write_text("{")
    code, out, err = runs(capsys)
    assert (code, err) == (0, "")
    head, *rows = out.splitlines()
    assert head.split()[:5] == ["run", "architecture", "data", "state", "epochs"]
    names = [row.split()[0] for row in rows]
    assert names == ["runs/new", "runs/old", "sweeps/s/trials/000", "runs/bad"]
    assert "damaged: recipe.json: not a JSON object" in rows[3]
    assert "Traceback" not in out
    code, out, _ = runs(capsys, "--sort", "accuracy", "--last", 1, "--json")
    assert code == 0
    assert [run["name"] for run in json.loads(out)] == ["runs/old"]


def test_nothing_to_list(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    code, out, err = runs(capsys)
    assert (code, out) == (0, "")
    assert "no runs in runs/ and sweeps/; `convscope train lenet5 mnist` writes one" in err
    (tmp_path / "empty").mkdir()
    assert "no runs in empty;" in runs(capsys, "empty")[2]
    assert runs(capsys, "--json")[1] == "[]\n"


def test_comparison_and_curves(make_run, capsys):  # noqa: F811
    make_run("runs/a", lr=0.1)
    make_run("runs/b", lr=0.2)
    code, out, err = runs(capsys, "--compare", "runs/b", "runs/a")
    assert code == 0
    assert out.split()[:2] == ["runs/b", "runs/a"]
    assert ["lr", "0.2", "0.1"] in [line.split() for line in out.splitlines()]
    assert "settings of the recipes are the same" in err
    assert json.loads(runs(capsys, "--compare", "--json")[1])["columns"] == ["", "runs/a", "runs/b"]
    code, out, err = runs(capsys, "-o", "curves.svg")
    assert (code, out) == (0, "")
    assert "curves of 2 runs" in err
    assert "validation accuracy" in verbs.Path("curves.svg").read_text("utf-8")
    code, _, err = runs(capsys, "-o", "curves.svg")
    assert code == 2
    assert "--force" in err
    assert runs(capsys, "-o", "curves.svg", "--force")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["nowhere"], "there is no folder nowhere"),
        (["file.txt"], "there is no folder file.txt"),
        (["--compare"], "1 run to compare"),
        (["-o", "curves.txt.gz"], "curves.txt.gz"),
        (["--last", "0"], "--last"),
        (["--sort", "size"], "--sort"),
    ],
)
def test_errors_name_the_problem(make_run, capsys, arguments, problem):  # noqa: F811
    make_run("runs/a")
    verbs.Path("file.txt").touch()
    code, out, err = runs(capsys, *arguments)
    assert (code, out) == (2, "")
    assert problem in err


def test_curves_of_runs_without_steps(make_run, capsys):  # noqa: F811
    make_run("runs/a", (), finished=False)
    code, _, err = runs(capsys, "-o", "c.png")
    assert code == 2
    assert "no run has curves to draw" in err
    assert not verbs.Path("c.png").exists()


def test_names_of_settings_are_as_set_takes_them(make_run, capsys, monkeypatch):  # noqa: F811
    monkeypatch.setattr(lang, "_language", "zh")
    make_run("runs/a", precision="float32")
    make_run("runs/b", precision="bfloat16")
    _, out, _ = runs(capsys, "--compare", "runs/a", "runs/b")
    assert ["precision", "float32", "bfloat16"] in [line.split() for line in out.splitlines()]


def test_note_name_and_trash(make_run, capsys):  # noqa: F811
    make_run("runs/a")
    code, out, err = runs(capsys, "runs/a", "--note", "lr too high")
    assert (code, out) == (0, "")
    assert "note written" in err
    assert verbs.Path("runs/a/note.txt").read_text("utf-8") == "lr too high"
    assert "note removed" in runs(capsys, "runs/a", "--note", "")[2]
    assert "is now runs/b" in runs(capsys, "runs/a", "--rename", "b")[2]
    code, out, err = runs(capsys, "runs/b", "--trash")
    assert (code, out) == (0, "")
    assert "move it back to restore it" in err
    assert runs(capsys, "--json")[1] == "[]\n"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--trash"], "--trash for 0 folders"),
        (["runs/a", "runs/b", "--note", "x"], "--note for 2 folders"),
        (["runs/a", "--note", "x", "--trash"], "--note and --trash together"),
        (["runs/a", "--rename", "c", "--json"], "--json has no effect with --rename"),
        (["runs", "--trash"], "this is no run folder"),
    ],
)
def test_changes_that_are_refused(make_run, capsys, arguments, problem):  # noqa: F811
    make_run("runs/a")
    make_run("runs/b")
    code, out, err = runs(capsys, *arguments)
    assert (code, out) == (2, "")
    assert problem in err
    assert verbs.Path("runs/a").is_dir()
