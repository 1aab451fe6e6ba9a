"""`convscope bench` and `show --timings`: options that do not fit, and the diagram of times."""

import json
import sys

import pytest
from typer.testing import CliRunner

import convscope
from convscope.bench.records import Bench, LayerRow, Profile
from convscope.cli import app, main
from convscope.cli.grammar.several import spread
from convscope.errors import ConvscopeError

RUN = CliRunner()


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("bench m --batch 1 16", "bench m --batch 1 --batch 16"),
        ("bench --batch 1 16 m", "bench --batch 1 --batch 16 m"),
        ("bench --batch 1 16 --engine openvino onnxruntime m", None),
        ("bench m --batch 1 --json", "bench m --batch 1 --json"),
        ("bench m --batch", "bench m --batch"),
        ("bench m --batch x 1", "bench m --batch x --batch 1"),
        ("bench m --batch 0 -1", "bench m --batch 0 --batch -1"),
        ("bench m --level exact fast -o f.svg", "bench m --level exact --level fast -o f.svg"),
        ("bench m -- --batch 1 2", "bench m -- --batch 1 2"),
        ("export m --layers a.b c --to onnx", "export m --layers a.b --layers c --to onnx"),
        ("predict m 1 2", "predict m 1 2"),
        ("", ""),
    ],
)
def test_several_values_of_one_option(typed, expected):
    if expected is None:
        expected = "bench --batch 1 --batch 16 --engine openvino --engine onnxruntime m"
    assert spread(typed.split()) == expected.split()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--batch", "0"], "batch sizes [0]"),
        (["--batch", "1", "-3"], "batch sizes [1, -3]"),
        (["--seconds", "0"], "0 seconds"),
        (["--engine", "openvno"], "no engine named 'openvno'"),
        (["--level", "int4"], "no engine level named 'int4'"),
        (["-o", "x.svg"], "--output without --layers"),
        (["--layers", "-o", "x.gif"], "x.gif: the name ends in .gif"),
        (["--json", "--markdown"], "--json and --markdown together"),
        (["--input", "7x7"], "is too small"),
    ],
)
def test_options_that_do_not_fit(words, sentence, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["convscope", "bench", "lenet5", *words])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    assert sentence in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_unknown_names_get_the_nearest(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["convscope", "bench", "resnet5"])
    with pytest.raises(SystemExit):
        main()
    assert "did you mean resnet" in capsys.readouterr().err


@pytest.fixture
def times(tmp_path):
    """A benchmark of LeNet-5 with times by hand."""
    steps = convscope.load("lenet5").trace.steps
    fused = {"tanh1": "conv1", "tanh2": "conv2", "tanh3": "conv3", "tanh4": "fc1"}
    layers = [
        LayerRow(
            path=step.path,
            ms=0.0 if step.path in fused else 2.0,
            share=0.0 if step.path in fused else 0.1,
            macs=step.macs,
            inside=fused.get(step.path, ""),
        )
        for step in steps
    ]
    profile = Profile(
        engine="openvino",
        name="OpenVINO",
        level="exact",
        batch_size=3,
        total_ms=20.0,
        other_ms=4.0,
        ms=18.0,
        layers=tuple(layers),
    )
    result = Bench(
        architecture="lenet5",
        input=(1, 32, 32),
        macs=416_520,
        device="cpu",
        machine="a processor",
        threads=1,
        rates={"float32": 1e11, "bfloat16": None, "int8": None},
        compared="16 images of random numbers",
        rows=(),
        profile=profile,
    )
    file = tmp_path / "times.json"
    file.write_text(result.to_json())
    return file


@pytest.mark.parametrize("ending", ["svg", "html"])
def test_the_times_are_drawn(times, ending, tmp_path):
    output = tmp_path / f"drawn.{ending}"
    done = RUN.invoke(app, ["show", "lenet5", "-o", str(output), "--timings", str(times)])
    assert done.exit_code == 0, done.exception
    text = output.read_text()
    assert "OpenVINO, exact, batch of 3: 20 ms, 30.0% of it outside" in text
    assert text.count(">2 ms, 10.0%<") == 7  # flatten is not drawn


def test_files_that_are_no_times(times, tmp_path):
    output = str(tmp_path / "drawn.svg")
    data = json.loads(times.read_text())
    wrong = tmp_path / "wrong.json"
    for text, network, sentence in (
        ("{}", "lenet5", "not the result of a benchmark"),
        (json.dumps(data | {"profile": None}), "lenet5", "no milliseconds per layer"),
        (json.dumps(data), "vgg16", "vgg16 has no layer"),
        (json.dumps(data | {"schema_version": "2"}), "lenet5", "not the result of a benchmark"),
    ):
        wrong.write_text(text)
        done = RUN.invoke(app, ["show", network, "-o", output, "--timings", str(wrong)])
        assert isinstance(done.exception, ConvscopeError)
        assert sentence in str(done.exception)
    done = RUN.invoke(app, ["show", "lenet5", "--timings", str(times)])
    assert "--timings without --output" in str(done.exception)


@pytest.mark.slow
def test_the_command_in_full(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    words = ["lenet5", "--batch", "1", "2", "--seconds", "1", "--layers", "-o", "t.png", "--json"]
    monkeypatch.setattr(sys, "argv", ["convscope", "bench", *words])
    with pytest.raises(SystemExit) as end:
        main()
    assert not end.value.code
    result = Bench.model_validate_json(capsys.readouterr().out)
    assert {row.batch_size for row in result.rows} == {1, 2}
    assert (tmp_path / "t.png").stat().st_size > 10_000
