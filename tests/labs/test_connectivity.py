"""Counts against counting, and against the modules of torch."""

import json
from pathlib import Path

import pytest
import torch
from torch import nn

from convscope.cli.lab import run
from convscope.errors import ConvscopeError
from convscope.labs.connectivity import KINDS, Connectivity, links
from convscope.labs.pictures.connectivity import field_depth, field_drawing, links_drawing
from convscope.render.marks import Line, Text, leaves
from convscope.shapes import CHW
from convscope.text import counted


def test_counts_are_those_of_the_modules() -> None:
    lab = Connectivity(CHW(3, 9, 8), 4, 3, 2, 1)
    full, local, convolution = lab.counts()
    module = nn.Conv2d(3, 4, 3, stride=2, padding=1)
    output = module(torch.zeros(1, 3, 9, 8))
    assert tuple(output.shape[1:]) == lab.output
    assert convolution.parameters == sum(p.numel() for p in module.parameters())
    linear = nn.Linear(3 * 9 * 8, output.numel())
    assert full.parameters == full.connections == sum(p.numel() for p in linear.parameters())
    assert full.sharing == 1
    places = lab.output.height * lab.output.width
    assert local.parameters == places * convolution.parameters
    assert convolution.connections == local.connections == convolution.parameters * places
    assert convolution.sharing == places


@pytest.mark.parametrize("stride", [1, 2])
def test_the_two_views_of_a_convolution(stride: int) -> None:
    lab = Connectivity(CHW(2, 11, 11), 3, 5, stride, 2)
    module = nn.Conv2d(2, 3, 5, stride=stride, padding=2, bias=False)
    nn.init.ones_(module.weight)
    image = torch.zeros(1, 2, 11, 11)
    image[0, 0, 5, 5] = 1
    assert lab.counts()[2].outputs_reached == int((module(image) != 0).sum())
    image.requires_grad_()
    output = module(image)
    output[0, 0, output.shape[2] // 2, output.shape[3] // 2].backward()
    assert lab.counts()[2].inputs_seen == int((image.grad != 0).sum())


def test_the_receptive_field_is_what_torch_sees() -> None:
    lab = Connectivity(CHW(1, 99, 99), 1, 3, 2, 1, 4)
    for sight in lab.fields()[1:]:
        layers = [nn.Conv2d(1, 1, 3, stride=2, padding=1, bias=False) for _ in range(sight.depth)]
        for layer in layers:
            nn.init.ones_(layer.weight)
        image = torch.zeros(1, 1, 99, 99, requires_grad=True)
        output = nn.Sequential(*layers)(image)
        output[0, 0, output.shape[2] // 2, output.shape[3] // 2].backward()
        rows = (image.grad[0, 0] != 0).any(dim=1).nonzero()
        assert int(rows.max() - rows.min()) + 1 == sight.field
        assert sight.step == 2**sight.depth


def test_lines_of_the_three_kinds() -> None:
    full, local, convolution = (links(kind, units=7, kernel=3) for kind in KINDS)
    assert len(full) == 49
    assert [(a.input, a.output) for a in local] == [(a.input, a.output) for a in convolution]
    assert len(local) == len({link.weight for link in local}) == 19
    assert len({link.weight for link in convolution}) == 3


@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 7, 9])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_the_picture_has_the_kernel_and_the_stride_of_the_lab(kernel: int, stride: int) -> None:
    lab = Connectivity(CHW(1, 28, 28), 6, kernel, stride, 0, 3)
    for kind in KINDS[1:]:
        links = lab.links(kind)
        middle = max(link.output for link in links) // 2
        read = sorted(link.input for link in links if link.output == middle)
        assert len(read) == kernel
        assert read == list(range(read[0], read[0] + kernel))
        after = sorted(link.input for link in links if link.output == middle + 1)
        assert after == [] or after[0] - read[0] == stride
    weights = {link.weight for link in lab.links("convolution")}
    assert len(weights) == kernel
    depth = field_depth(lab)
    texts = [mark.text for mark in leaves(field_drawing(lab).marks) if isinstance(mark, Text)]
    sizes = [step.field for step in lab.fields()]
    assert f"input: {counted(sizes[depth], 'unit')}" in texts
    assert f"kernel {kernel}, stride {stride}" in " ".join(texts)
    if kernel > 1:  # units of one weight have its colour, twice: in both views
        strong = [
            m for m in leaves(links_drawing(lab).marks) if isinstance(m, Line) and m.thick == 3
        ]
        colours = [line.stroke for line in strong if line.stroke.startswith("series-")]
        assert len(set(colours)) == kernel


def test_json_has_the_connections_of_the_lab(capsys: pytest.CaptureFixture[str]) -> None:
    run("connectivity", ["--kernel", "7", "--json"])
    said = json.loads(capsys.readouterr().out)["one_dimension"]["convolution"]
    assert {link["weight"] for link in said} == set(range(7))


def test_terminal_json_and_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("connectivity", [])
    assert "89,856" in capsys.readouterr().out
    run("connectivity", ["--input", "3x32x32", "--json", "-o", str(tmp_path / "a.png")])
    said = json.loads(capsys.readouterr().out)
    assert said["input"] == [3, 32, 32]
    assert said["counts"][2]["kind"] == "convolution"
    assert (tmp_path / "a.png").stat().st_size > 5000


@pytest.mark.parametrize(
    "words", [["--kernel", "99"], ["--depth", "0"], ["--input", "5"], ["--stride", "0"]]
)
def test_what_does_not_fit(words: list[str]) -> None:
    with pytest.raises(ConvscopeError):
        run("connectivity", words)
