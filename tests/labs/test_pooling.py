"""The lecture's example, and real digits."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from convscope.cli.lab import run
from convscope.errors import ConvscopeError, InputError
from convscope.labs import pooling
from convscope.labs.pooling import Pooling, example, pool_row, shifted, shrinking


def test_the_example_of_the_lecture() -> None:
    found = example("max")
    assert found.pooled == (1.0, 1.0, 1.0, 0.2)
    assert found.pooled_shifted == (0.3, 1.0, 1.0, 1.0)
    assert found.changed == 1.0
    assert found.pooled_changed == 0.5
    assert example("average").pooled_changed == 0.75


def test_average_of_a_row() -> None:
    np.testing.assert_allclose(pool_row((1, 2, 6), kind="average"), (1.5, 3, 4))


def test_shrinking() -> None:
    assert shrinking(5, 3) == (5, 3, 1)
    assert shrinking(28, 5) == (28, 24, 20, 16, 12, 8, 4)
    assert shrinking(28, 5, padding=2) == (28, 28)


@pytest.mark.parametrize("shift", pooling.SHIFTS)
def test_a_shift_brings_black_in(shift: tuple[int, int]) -> None:
    images = torch.arange(1, 13).reshape(1, 1, 3, 4)
    moved = shifted(images, shift)
    down, right = shift
    for row in range(3):
        for column in range(4):
            y, x = row - down, column - right
            inside = 0 <= y < 3 and 0 <= x < 4
            assert moved[0, 0, row, column] == (images[0, 0, y, x] if inside else 0)


@pytest.mark.slow
def test_on_digits() -> None:
    torch.set_num_threads(1)
    found = {v: Pooling(500, 6000).small(v) for v in pooling.VARIANTS}
    assert all(one.accuracy > 0.8 for one in found.values())
    changes = {change.path: change for change in found["max"].changes}
    assert changes["pool1"].amount < changes["relu1"].amount
    assert changes["pool2"].amount < changes["relu2"].amount
    assert changes["pool1"].pooled
    assert not changes["relu1"].pooled
    assert found["max"].predictions_changed < found["stride"].predictions_changed


def test_a_model_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from convscope.arch import Chain
    from convscope.layers import CenterCrop, Normalize
    from convscope.network import Card, ModelFile, build, save_model

    network = build(pooling.architecture("average"))
    card = Card(
        architecture=network.architecture,
        labels=tuple("0123456789"),
        preprocessing=Chain(crop=CenterCrop(28), normalize=Normalize((0.13,), (0.31,))),
    )
    path = tmp_path / "model.safetensors"
    save_model(path, ModelFile(card, network.state_dict()))
    run("pooling", [str(path), "--images", "20", "--json", "-o", str(tmp_path / "a.png")])
    (measured,) = json.loads(capsys.readouterr().out)["measured"]
    paths = [change["path"] for change in measured["changes"]]
    assert paths == ["relu1", "pool1", "relu2", "pool2"]
    assert 0 <= measured["predictions_changed"] <= 1
    assert (tmp_path / "a.png").stat().st_size > 5000


def test_the_example_alone(capsys: pytest.CaptureFixture[str]) -> None:
    run("pooling", ["--example-only"])
    assert "100 % of inputs, 50 % of outputs" in capsys.readouterr().out


def test_what_does_not_fit(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no file"):
        run("pooling", [str(tmp_path / "nothing.safetensors")])
    (tmp_path / "bad.safetensors").write_bytes(b"no model")
    with pytest.raises(ConvscopeError):
        run("pooling", [str(tmp_path / "bad.safetensors")])
    with pytest.raises(InputError, match="images"):
        run("pooling", ["--images", "0"])
