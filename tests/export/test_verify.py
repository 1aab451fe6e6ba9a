"""`convscope verify`: files that agree, that were edited, and that are of others."""

import json
import os
import sys

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from PIL import Image
from typer.testing import CliRunner

import convscope
from convscope.cli import app
from convscope.errors import FormatError, InputError
from convscope.export.onnx.metadata import (
    GOLDEN,
    LABELS,
    METADATA,
    PROVENANCE,
    VERSION,
    WEIGHTS,
    Golden,
)
from convscope.export.verify import child, compare, session, verify_file
from convscope.export.verify.pixels import Tensor, image_form
from convscope.export.verify.reading import read_facts
from tests.export.onnx_files import (
    edited,
    endless,
    enormous,
    graph,
    node,
    small,
    with_metadata,
    without_metadata,
    write,
)


def problems(tmp_path, model):
    return " | ".join(verify_file(write(tmp_path / "f.onnx", model)).problems)


def test_a_file_that_agrees(tmp_path):
    verification = verify_file(write(tmp_path / "f.onnx", small()))
    assert verification.verdict == "agrees"
    assert verification.golden.relative < 1e-6
    assert verification.require() is verification
    assert verification.to_dict()["facts"]["operators"]["Conv"] == 1


def rescaled():
    """A graph that was changed, with the weights of the export."""
    model = small()
    changed = next(n for n in model.graph.node if n.op_type == "Relu")
    changed.op_type = "Abs"
    return model


def nan():
    return edited(small(), 2, np.nan)


def broken_labels(text):
    return with_metadata(small(), {LABELS: text})


def without_entry(key):
    model = small()
    kept = {entry.key: entry.value for entry in model.metadata_props if entry.key != key}
    helper.set_model_props(model, kept)
    return model


def golden(**changes):
    model = small()
    fields = json.loads({e.key: e.value for e in model.metadata_props}[GOLDEN])
    for side, entries in changes.items():
        fields[side] = fields[side] | entries
    return with_metadata(model, {GOLDEN: json.dumps(fields)})


def first_only():
    """A batch in which all images get the output of the first."""
    model = small()
    logits = model.graph.node[-1].input[0]
    del model.graph.node[-1]
    model.graph.node.extend(
        [
            helper.make_node("Shape", [logits], ["shape"]),
            helper.make_node("Gather", [logits, "zero"], ["first"], axis=0),
            helper.make_node("Expand", ["first", "shape"], ["output"]),
        ]
    )
    zero = helper.make_node("Constant", [], ["zero"], value_ints=[0])
    model.graph.node.insert(0, zero)
    return model


ROWS = {
    "weights": (lambda: edited(small()), "not those of the export"),
    "graph": (rescaled, "those of the export: the graph or the metadata were changed"),
    "NaN": (nan, "contains NaN or infinity"),
    "digest": (lambda: with_metadata(small(), {WEIGHTS: "0" * 64}), "no effect on the golden"),
    "labels": (lambda: broken_labels("{}"), "no list of names"),
    "other labels": (lambda: broken_labels('["cat", "dog", "cow"]'), "the metadata are not those"),
    "version": (lambda: with_metadata(small(), {VERSION: "9"}), "the metadata are not those"),
    "provenance": (lambda: with_metadata(small(), {PROVENANCE: "{}"}), "the metadata are not"),
    "a later key": (lambda: with_metadata(small(), {"convscope.x": ""}), "the metadata are not"),
    "no label": (lambda: without_entry(LABELS), "the metadata are not those of the export"),
    "no digest": (lambda: without_entry(METADATA), "metadata_sha256 is missing"),
    "two labels": (lambda: broken_labels('["a", "b"]'), "2 labels for 3 outputs"),
    "no metadata": (lambda: without_metadata(small(), "convscope"), "golden pair is missing"),
    "another type": (lambda: golden(input={"dtype": "uint8", "shape": [1, 360]}), "another type"),
    "another shape": (lambda: golden(input={"shape": [1, 3, 5, 6]}), "another shape"),
    "another output": (lambda: golden(output={"shape": [3, 1]}), "the golden one"),
    "batch": (first_only, "in a batch of 2 images"),
}


class InThisProcess:
    """The session without its process, for tests of what is compared."""

    def __init__(self, path, *, is_own):
        data = path.read_bytes()
        facts = read_facts(data)
        name, start = child._runtime()
        self.run = start(data, facts, 1)
        self.facts = session.Facts(name, len(data), *facts)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


@pytest.mark.parametrize("name", ROWS)
def test_edited_files_differ_and_the_reason_is_named(name, tmp_path, monkeypatch):
    monkeypatch.setattr(compare, "OnnxSession", InThisProcess)
    make, message = ROWS[name]
    assert message in problems(tmp_path, make())


OTHERS = {
    "an empty file": (b"", "an empty file"),
    "an image": (b"\x89PNG\r\n\x1a\n" + bytes(64), "PNG"),
    "a web page": (b"<!DOCTYPE html><html><body>404</body></html>", "a web page"),
    "an archive": (b"PK\x05\x06" + bytes(18), "a zip archive"),
    "safetensors": (b"\x02\0\0\0\0\0\0\0{}", "safetensors"),
    "text": (b"hello\n", "text"),
    "git": (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
    "zeros": (bytes(100), "zero bytes"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_files_of_another_kind_are_named(name, tmp_path):
    data, message = OTHERS[name]
    with pytest.raises(FormatError, match=message):
        verify_file(write(tmp_path / "f.onnx", data))


def test_what_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for name, message in (("none", "no such file"), ("", "directory"), ("pipe", "not a regular")):
        with pytest.raises(InputError, match=message):
            verify_file(tmp_path / name)


def test_external_data_behind_a_link_is_not_opened(tmp_path):
    model = small()
    path = tmp_path / "f.onnx"
    onnx.save_model(model, path, save_as_external_data=True, location="w.bin", size_threshold=0)
    (tmp_path / "w.bin").rename(tmp_path / "real.bin")
    (tmp_path / "w.bin").symlink_to(tmp_path / "real.bin")
    with pytest.raises(FormatError, match=r"in another file: w\.bin"):
        verify_file(path)
    link = tmp_path / "link.onnx"
    link.symlink_to(write(tmp_path / "whole.onnx", small()))
    assert verify_file(link).agrees


def image(dtype, *shape, name="x"):
    return helper.make_tensor_value_info(name, dtype, shape)


F, U, I64 = TensorProto.FLOAT, TensorProto.UINT8, TensorProto.INT64
FORMS = {
    "rank": ([image(F, 1, 30)], "no batch of images: x: float32, 1 x 30"),
    "integers": ([image(I64, 1, 3, 6, 5)], "no batch of images: x: int64"),
    "two": ([image(F, 1, 3, 6, 5), image(F, 1, name="z")], "2 inputs: x: float32"),
    "none": ([], "0 inputs: none"),
}


@pytest.mark.parametrize("name", FORMS)
def test_inputs_that_are_no_images(name):
    inputs, message = FORMS[name]
    with pytest.raises(FormatError, match=message):
        image_form(tuple(_tensor(value) for value in inputs), channels=3, model="net")


@pytest.mark.parametrize("dtype", ["float32", "uint8"])
@pytest.mark.parametrize("shape", [(1, 4, 6, 5), ("N", 4, 6, 4), ("N", 1, "h", 1)])
def test_other_channels_are_an_error_with_both(shape, dtype):
    with pytest.raises(InputError, match=f"takes x: {dtype}, .*, and net images with 3 channels"):
        image_form((Tensor("x", dtype, shape),), channels=3, model="net")


def _tensor(value):
    kind = value.type.tensor_type
    names = {F: "float32", I64: "int64"}
    return Tensor(value.name, names[kind.elem_type], tuple(d.dim_value for d in kind.shape.dim))


def test_layouts_are_recognised():
    image_CHW = np.arange(3 * 4 * 5, dtype=np.uint8).reshape(3, 4, 5)
    rows = (
        (("N", 3, "h", "w"), (1, 3, 4, 5)),
        (("N", "h", "w", 3), (1, 4, 5, 3)),
        ((2, "h", "w", 3), (2, 4, 5, 3)),
        (("N", "a", "b", "c"), (1, 4, 5, 3)),
    )
    for shape, expected in rows:
        form = image_form((Tensor("x", "uint8", shape),), channels=3, model="net")
        array = form.array(image_CHW)
        assert array.shape == expected
        last = array[-1] if form.layout == "NCHW" else array[-1].transpose(2, 0, 1)
        np.testing.assert_array_equal(last, image_CHW)


def test_a_loop_without_end_is_ended(tmp_path, monkeypatch):
    with session.OnnxSession(write(tmp_path / "f.onnx", endless())) as running:
        monkeypatch.setattr(running, "_wait_s", 0.7)
        with pytest.raises(FormatError, match="no output after 1 seconds"):
            running.run(np.zeros((1, 3, 6, 5), np.float32))


def test_more_memory_than_there_is(tmp_path):
    with (
        pytest.raises(FormatError, match="more memory"),
        session.OnnxSession(write(tmp_path / "f.onnx", enormous())) as running,
    ):
        running.run(np.zeros((1, 3, 6, 5), np.float32))


def test_an_error_of_the_runtime_is_a_sentence(tmp_path):
    model = graph(node("MatMul", "x", "x"))
    with (
        pytest.raises(FormatError, match=r"f\.onnx: it cannot be run"),
        session.OnnxSession(write(tmp_path / "f.onnx", model)) as running,
    ):
        running.run(np.zeros((1, 3, 6, 5), np.float32))


GOLDENS = {
    "no JSON": "{",
    "a list": "[]",
    "deep": "[" * 100_000,
    "tolerance": '{"input": 1, "output": 2, "tolerance": NaN}',
    "a number": '{"input": 1, "output": 2, "tolerance": 0.1}',
    "type": '{"input": {"dtype": "object", "shape": [1], "base64": ""}, "output": 2, '
    '"tolerance": 0.1}',
    "negative": '{"input": {"dtype": "uint8", "shape": [-1], "base64": ""}, "output": 2, '
    '"tolerance": 0.1}',
    "huge": '{"input": {"dtype": "uint8", "shape": [1000000, 1000000], "base64": ""}, '
    '"output": 2, "tolerance": 0.1}',
    "length": '{"input": {"dtype": "uint8", "shape": [2], "base64": "AA=="}, "output": 2, '
    '"tolerance": 0.1}',
    "base64": '{"input": {"dtype": "uint8", "shape": [2], "base64": "?"}, "output": 2, '
    '"tolerance": 0.1}',
}


@pytest.mark.parametrize("name", GOLDENS)
def test_golden_pairs_of_another_form(name):
    with pytest.raises(FormatError) as caught:
        Golden.from_json(GOLDENS[name])
    assert caught.value.where.startswith(GOLDEN)


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_the_golden_pair_comes_back(dtype):
    x, y = np.arange(12, dtype=dtype).reshape(1, 3, 4), np.array([[0.5, np.pi]], np.float32)
    again = Golden.from_json(Golden(x, y, 1e-3).to_json())
    np.testing.assert_array_equal(again.input, x)
    np.testing.assert_array_equal(again.output, y)
    assert (again.input.dtype, again.tolerance) == (dtype, 1e-3)


# the command


def run(*arguments):
    return CliRunner().invoke(app, arguments)


def lenet(tmp_path, *, shifted=False):
    """LeNet-5 with its initial weights as ONNX; the last bias changed if `shifted`."""
    from convscope.export.onnx import onnx_model

    model = convscope.opening.untrained(convscope.load("lenet5"))
    weights = {key: t.numpy() for key, t in model.network.state_dict().items()}
    architecture = model.architecture
    file = onnx_model(architecture.block, architecture.input, weights)
    if shifted:
        bias = next(t for t in file.graph.initializer if list(t.dims) == [10])
        bias.raw_data = (np.frombuffer(bias.raw_data, np.float32) + 0.01).tobytes()
    return write(tmp_path / "lenet.onnx", without_metadata(file)), model


def test_against_a_model(tmp_path):
    path, model = lenet(tmp_path)
    verification = convscope.verify(path, against=model, images=5)
    assert verification.agrees
    images = verification.images
    assert (images.num, images.same_top1, images.output) == (5, 5, "logits")
    assert images.difference.relative < 1e-5
    path, model = lenet(tmp_path, shifted=True)
    changed = convscope.verify(path, against=model, images=5)
    assert changed.verdict == "differs"
    assert changed.images.difference.absolute == pytest.approx(0.01, rel=1e-3)
    with pytest.raises(FormatError, match=r"differ from the model's by 0\.01 absolute"):
        changed.require()


def test_the_command_and_its_exit_codes(tmp_path):
    path, _ = lenet(tmp_path)
    right = write(tmp_path / "right.onnx", small())
    wrong = write(tmp_path / "wrong.onnx", edited(small()))
    assert run("verify", str(right)).exit_code == 0
    done = run("verify", str(wrong), "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["verdict"] == "differs"
    done = run("verify", str(path), "--against", "lenet5", "--images", "2", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["images"]["num"] == 2


def test_models_and_data_that_cannot_be_compared_are_wrong_use(tmp_path):
    path, _ = lenet(tmp_path)
    (tmp_path / "empty").mkdir()
    rows = {
        ("--against", "squeezenet1_0"): "and squeezenet1_0 with initial weights images with 3",
        ("--against", "lenet5", "--data", str(tmp_path / "empty")): "holds no image",
        ("--against", "resnet20"): "images with 3 channels",
    }
    for options, message in rows.items():
        done = run("verify", str(path), *options)
        assert isinstance(done.exception, InputError), options
        assert message in str(done.exception)


def test_other_classes_are_wrong_use(tmp_path):
    path, _ = lenet(tmp_path)
    other = convscope.load("lenet5", num_classes=7)
    with pytest.raises(InputError, match=r"returns 10 numbers for an image, and lenet5 has 7"):
        convscope.verify(path, against=convscope.opening.untrained(other), images=1)


def test_images_without_classes_are_compared(tmp_path):
    path, model = lenet(tmp_path)
    folder = tmp_path / "digits"
    folder.mkdir()
    for number in range(3):
        pixels = np.full((28, 28), 60 * number, np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    verification = convscope.verify(path, against=model, data=folder, images=2)
    assert verification.agrees
    assert verification.images.num == 2


def test_a_runtime_gets_the_bytes_that_were_checked(monkeypatch):
    monkeypatch.setattr(child, "MOST_IN_MEMORY", 2)
    assert child._source(b"abc", "f.onnx", is_own=False) == b"abc"
    assert child._source(b"abc", "f.onnx", is_own=True) == "f.onnx"
    assert child._source(b"ab", "f.onnx", is_own=True) == b"ab"


def test_without_onnx_runtime_the_reference_evaluator_verifies(tmp_path, monkeypatch):
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden/onnxruntime.py").write_text("raise ImportError('hidden')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "hidden"))
    right = verify_file(write(tmp_path / "right.onnx", small()))
    assert right.facts.runtime.startswith("reference evaluator of onnx")
    assert right.agrees
    assert any("slow reference evaluator" in note for note in right.notes)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.setattr(compare, "OnnxSession", InThisProcess)
    wrong = verify_file(write(tmp_path / "wrong.onnx", edited(small())))
    assert wrong.facts.runtime.startswith("reference evaluator")
    assert wrong.verdict == "differs"
