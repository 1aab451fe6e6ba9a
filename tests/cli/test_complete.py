"""Completion: the protocol of bash as its script calls it, quick and without torch."""

import os
import shutil
import subprocess
import sys

import pytest
import typer
from typer.main import get_command

from convscope.cli import app
from convscope.cli.grammar import complete
from convscope.cli.grammar.complete import join_words
from convscope.export.target import LAYOUTS

CODE = "import sys; sys.argv = ['convscope']; from convscope.cli import main; main()"


def protocol(line, shell):
    """Return the environment in which the script of a shell calls the command."""
    words = {
        "bash": {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))},
        "zsh": {"_TYPER_COMPLETE_ARGS": line},
        "fish": {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
    }
    return {"_CONVSCOPE_COMPLETE": f"complete_{shell}", **words[shell]}


@pytest.fixture
def completed(folder, monkeypatch, capsys):
    """Function from a line, at whose end the cursor is, to the lines that a shell gets."""

    def run(line, shell="bash"):
        with monkeypatch.context() as patch:
            patch.chdir(folder)
            for name, value in protocol(line, shell).items():
                patch.setenv(name, value)
            patch.setenv(complete.TYPED, "")
            join_words(os.environ)
            with pytest.raises((SystemExit, typer.Exit)):
                get_command(app)(prog_name="convscope", standalone_mode=False)
        return capsys.readouterr().out.split("\n")[:-1]

    return run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("here")
    for name, file in (("lenet5_1", "recipe.json"), ("other", "notes.txt")):
        (root / "runs" / name).mkdir(parents=True)
        (root / "runs" / name / file).touch()
    (root / "mine.safetensors").touch()
    return root


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("convscope sho", ["show"]),
        ("convscope show resnet11", ["resnet110", "resnet110_b"]),
        ("convscope train lenet5 mn", ["mnist"]),
        (
            "convscope train lenet5 mnist --recipe lenet5_m",
            ["lenet5_mnist_quick", "lenet5_mnist", "lenet5_mnist_long"],
        ),
        ("convscope look grad_", ["grad_cam", "grad_cam_pp"]),
        ("convscope list layers Max", ["MaxPool2d"]),
        ("convscope predict resnet50 @ torchvision_", ["@torchvision_v2"]),
        ("convscope evaluate run", ["runs/lenet5_1"]),
        ("convscope predict min", ["mine.safetensors"]),
        ("convscope export lenet5 --to pytorch --layout to", ["torchvision"]),
        ("convscope predict mine.safetensors --engine i", ["int8"]),
        ("convscope look grad_cam mine.safetensors --engine i", []),
        ("convscope look grad_cam mine.safetensors --engine f", ["fast"]),
    ],
)
def test_names_are_completed(line, expected, completed):
    found = completed(line)
    assert [name for name in found if line.split(" ")[-1] in name] == expected


def test_where_no_name_fits_the_shell_completes_files(completed):
    assert completed("convscope predict mine.safetensors photos/") == [""]


def test_zsh_and_fish_get_descriptions(completed):
    (line,) = completed("convscope lab connec", "fish")
    assert line.split("\t") == [
        "connectivity",
        "fully connected, locally connected, convolution; receptive field by depth",
    ]
    assert completed("convscope lab connec", "zsh")[0].startswith("_arguments '*: :((\"connec")


@pytest.mark.parametrize(
    "function",
    [
        complete.architectures,
        complete.datasets,
        complete.recipes,
        complete.visuals,
        complete.filters,
        complete.labs,
        complete.samples,
        complete.models,
        complete.trainable,
    ],
)
def test_every_completion_has_names_with_descriptions(function, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    items = function("")
    assert items
    for name, text in items:
        assert text
        assert (name, text) in function(name[:3])
    assert function("no such name") == []


def test_damaged_folders_complete_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert complete.runs("") == []
    (tmp_path / "runs").write_text("a file")
    assert complete.runs("") == []


@pytest.mark.parametrize(
    ("words", "cursor", "joined", "typed"),
    [
        ("convscope predict resnet50 @ to", 4, "convscope predict @to", "resnet50"),
        ("convscope predict resnet50 @", 3, "convscope predict @", "resnet50"),
        ("convscope predict a @ b photo", 5, "convscope predict a@b photo", None),
        ("convscope train --recipe = le", 4, "convscope train --recipe=le", None),
        ("convscope train --set lr = 0.1 x", 6, "convscope train --set lr=0.1 x", None),
        ("convscope show ", 2, "convscope show ", None),
        ("convscope\npredict\nresnet50\n@\nto", 4, "convscope\npredict\n@to", "resnet50"),
    ],
)
def test_words_that_bash_separates(words, cursor, joined, typed):
    given = {
        "_CONVSCOPE_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(cursor),
    }
    join_words(given)
    assert given["COMP_WORDS"] == joined
    assert int(given["COMP_CWORD"]) == len(joined.replace("\n", " ").split(" ")) - 1
    assert given.get(complete.TYPED) == typed


def test_other_processes_are_left_alone():
    given = {"COMP_WORDS": "a @ b"}
    join_words(given)
    assert given == {"COMP_WORDS": "a @ b"}


@pytest.mark.parametrize("line", ["convscope predict r", "convscope train lenet5 "])
def test_no_torch_is_imported(line, folder):
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", CODE],
        env=os.environ | protocol(line, "bash"),
        capture_output=True,
        text=True,
        cwd=folder,
        check=True,
    )
    imported = {row.rpartition("|")[2].strip() for row in done.stderr.splitlines()}
    assert "convscope.cli" in imported
    assert not imported & {"torch", "numpy", "PIL"}
    assert done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_scripts_are_right(shell, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        env=os.environ | {"_CONVSCOPE_COMPLETE": f"source_{shell}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "_CONVSCOPE_COMPLETE" in done.stdout
    assert "convscope" in done.stdout
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    file = tmp_path / "completion"
    file.write_text(done.stdout)
    subprocess.run([program, "-n", str(file)], check=True)


def test_layouts_are_those_that_weights_can_be_written_with():
    from convscope.weights import layout

    assert set(LAYOUTS) == set(layout.LAYOUTS) - set(layout.READ_ONLY)
