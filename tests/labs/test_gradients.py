"""What the papers say about deep networks, before any training."""

import json
from pathlib import Path

import pytest

from convscope.cli.lab import run
from convscope.errors import InputError
from convscope.labs.gradients import Case, Gradients, architecture, cases

LAB = Gradients(depth=20, width=8)


def test_xavier_with_relu_vanishes_and_he_does_not() -> None:
    xavier = LAB.flow(Case("plain", "relu", False, "xavier"))
    he = LAB.flow(Case("plain", "relu", False, "he"))
    assert xavier.verdict == "vanishing"
    assert xavier.ratio < 1e-2
    assert he.verdict == "stable"
    assert len(he.norms) == len(he.spreads) == 20


def test_shortcuts_keep_the_gradient() -> None:
    plain = LAB.flow(Case("plain", "relu", False, "xavier"))
    residual = LAB.flow(Case("residual", "relu", False, "xavier"))
    assert residual.ratio > 10 * plain.ratio


def test_batch_normalisation_alone_explodes_in_a_deep_plain_network() -> None:
    deep = Gradients(depth=40, width=8)
    assert deep.flow(Case("plain", "relu", True, "he")).ratio > 100
    assert deep.flow(Case("residual", "relu", True, "he")).verdict == "stable"


def test_shortcuts_without_normalisation_grow() -> None:
    deep = Gradients(depth=40, width=8).flow(Case("residual", "relu", False, "he"))
    assert deep.spreads[-1] > 100 * deep.spreads[0]
    assert deep.verdict == "exploding"


def test_the_seed_decides() -> None:
    case = Case("plain", "tanh", False, "xavier")
    assert Gradients(4, 4, 1).flow(case) == Gradients(4, 4, 1).flow(case)
    assert Gradients(4, 4, 1).flow(case) != Gradients(4, 4, 2).flow(case)


def test_sixteen_cases() -> None:
    assert len({case.name for case in cases()}) == 16
    for case in cases():
        assert architecture(case, depth=4, width=4).name == case.name.replace(" ", "_").lower()


def test_terminal_json_and_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--depth", "4", "--width", "4"]
    run("gradients", [*words, "-o", str(tmp_path / "a.png")])
    assert "residual relu BN he" in capsys.readouterr().out
    assert (tmp_path / "a.png").stat().st_size > 5000
    run("gradients", [*words, "--style", "plain", "--json"])
    assert len(json.loads(capsys.readouterr().out)["flows"]) == 8


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--depth", "3"], "even number"),
        (["--depth", "2000"], "200"),
        (["--width", "0"], "width 0"),
        (["--style", "plane"], "plain"),
        (["--activation", "rely"], "relu"),
    ],
)
def test_what_does_not_fit(words: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        run("gradients", words)
