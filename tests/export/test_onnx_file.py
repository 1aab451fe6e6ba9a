"""ONNX files of whole models: ONNX Runtime on raw pixels against PyTorch, and what a file holds."""

import base64
import hashlib
import json
import os
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from convscope.arch import Architecture, Chain, Concat, Gate, Residual, trace
from convscope.arch.folding import folds
from convscope.errors import FormatError, InputError
from convscope.export.onnx import target as onnx_target
from convscope.export.onnx.emitter import Parts, Stored
from convscope.export.onnx.file import write_onnx
from convscope.export.onnx.graph import network_graph
from convscope.export.onnx.writer import OnnxGraph, written
from convscope.export.verify import verify_file
from convscope.layers import (
    LAYERS,
    BatchNorm2d,
    CenterCrop,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    GlobalContrastNorm,
    Identity,
    Linear,
    Normalize,
    ReLU,
    Resize,
    ReverseChannels,
    ZcaWhiten,
)
from convscope.model import Model
from convscope.network import ModelFile, build
from convscope.network.hooks import activations
from convscope.network.model_file import Card
from convscope.shapes import CHW
from convscope.zoo import load

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
RGB = Normalize(MEAN, STD)
FORMS = {
    "photo": ("resnet20", Chain(resize=Resize(40), crop=CenterCrop(32), norm=RGB)),
    "photo, Pillow's": (
        "resnet20",
        Chain(
            resize=Resize(36, interpolation="bicubic", rounding="uint8"),
            crop=CenterCrop(32),
            bgr=ReverseChannels(),
            norm=RGB,
        ),
    ),
    "crop of bytes": ("resnet20", Chain(crop=CenterCrop(32), bgr=ReverseChannels(), norm=RGB)),
    "whitened": (
        "small",
        Chain(resize=Resize((8, 9)), contrast=GlobalContrastNorm(), zca=ZcaWhiten()),
    ),
    "only resized": ("resnet20", Chain(same=Identity(), resize=Resize((32, 32)))),
    "digit": ("lenet5", Chain(crop=CenterCrop(32), norm=Normalize((0.1307,), (0.3081,)))),
}
SIZES = [(1, 32, 32), (3, 45, 70), (2, 31, 9)]


def drawn(network):
    """The network in evaluation mode, with no scale or statistic at its initial value."""
    with torch.no_grad():
        for tensor in network.state_dict().values():
            if tensor.is_floating_point() and tensor.ndim <= 1:
                tensor.uniform_(0.5, 1.5)
    return network.eval()


def model(name="resnet20", preprocessing=FORMS["photo"][1], architecture=None):
    if name == "small":
        architecture = headed(Conv2d(4, 3), BatchNorm2d(), input=CHW(3, 8, 9))
    architecture = architecture or load(name, num_classes=7)
    torch.manual_seed(0)
    labels = tuple(f"类 {k}" for k in range(architecture.num_classes))
    card = Card(
        architecture=architecture,
        labels=labels,
        preprocessing=preprocessing,
        provenance={"data": "none"},
    )
    fitted = {}
    if "zca" in preprocessing.parts:
        size = architecture.input.numel
        fitted = {
            "zca.mean_D": torch.randn(size),
            "zca.matrix_DD": torch.randn(size, size) / size**0.5,
        }
    return Model(ModelFile(card, dict(drawn(build(architecture)).state_dict()), fitted))


def exported(tmp_path, subject, **options):
    """The file, without its verification, which starts a process."""
    path = tmp_path / "model.onnx"
    write_onnx(path, subject.card, subject.network, subject.preprocessing, **options)
    return path


def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, ["CPUExecutionProvider"])


def close(actual, expected):
    assert actual.shape == tuple(expected.shape)
    largest = float(expected.abs().max())
    np.testing.assert_allclose(actual, expected.numpy(), rtol=0, atol=1e-4 * largest)


def metadata(path):
    return {entry.key: entry.value for entry in onnx.load(path).metadata_props}


@pytest.mark.parametrize("form", FORMS)
def test_raw_pixels_to_probabilities_for_any_size_and_number_of_images(tmp_path, form):
    subject = model(*FORMS[form])
    run = session(exported(tmp_path, subject))
    channels = subject.architecture.input.channels
    assert [value.name for value in run.get_inputs()] == ["image"]
    assert [value.name for value in run.get_outputs()] == ["probabilities"]
    assert run.get_inputs()[0].shape == ["N", "height", "width", channels]
    for number, height, width in SIZES:
        x_NHWC = torch.randint(0, 256, (number, height, width, channels), dtype=torch.uint8)
        with torch.no_grad():
            input_NCHW = subject.preprocessing(x_NHWC.permute(0, 3, 1, 2))
            expected = subject.network(input_NCHW).softmax(1)
        close(run.run(None, {"image": x_NHWC.numpy()})[0], expected)


def test_the_bare_network_takes_prepared_images_and_gives_logits(tmp_path):
    subject = model()
    run = session(exported(tmp_path, subject, bare=True))
    x_NCHW = torch.randn(3, 3, 32, 32)
    with torch.no_grad():
        expected = subject.network(x_NCHW)
    assert run.get_inputs()[0].shape == ["N", 3, 32, 32]
    assert [value.name for value in run.get_outputs()] == ["logits"]
    close(run.run(["logits"], {"input": x_NCHW.numpy()})[0], expected)


def test_activations_also_within_a_folded_pair_and_of_a_chain(tmp_path):
    subject = model()
    paths = ("conv1", "stage2.block1.body.conv1", "stage2.block1.body.norm1", "stage3.block2")
    file = exported(tmp_path, subject, bare=True, layers=(*paths, "stage2"))
    run = session(file)
    x_NCHW = torch.randn(2, 3, 32, 32)
    with torch.no_grad(), activations(subject.network, [*paths]) as outputs:
        subject.network(x_NCHW)
    for path in paths:
        close(run.run([path], {"input": x_NCHW.numpy()})[0], outputs[path])
    chain, last = run.run(["stage2", "logits"], {"input": x_NCHW.numpy()})
    assert chain.shape == (2, 32, 16, 16)
    assert last.shape == (2, 7)
    kept = [node.name for node in onnx.load(file).graph.node if node.op_type.startswith("Batch")]
    assert kept == ["norm1", "stage2.block1.body.norm1"]


def test_all_activations_are_outputs(tmp_path):
    subject = model("lenet5", FORMS["digit"][1])
    run = session(exported(tmp_path, subject, layers=("all",)))
    names = [value.name for value in run.get_outputs()]
    assert names == ["probabilities", *(s.path for s in subject.architecture.trace.steps)]


def test_an_unknown_layer_names_the_nearest_and_writes_nothing(tmp_path):
    with pytest.raises(InputError, match=r"no layer named 'stage2\.blok1'") as error:
        exported(tmp_path, model(), layers=("stage2.blok1",))
    assert "stage2.block1" in error.value.fix
    assert list(tmp_path.iterdir()) == []


def test_what_the_file_says_of_itself(tmp_path):
    subject = model()
    path = exported(tmp_path, subject)
    texts = metadata(path)
    assert json.loads(texts["convscope.labels"]) == list(subject.labels)
    assert json.loads(texts["convscope.provenance"]) == {"data": "none"}
    assert Architecture.from_json(texts["convscope.architecture"]) == subject.architecture
    assert Chain.model_validate_json(texts["convscope.preprocessing"]) == subject.card.preprocessing
    tensors = onnx.load(path).graph.initializer
    digest = hashlib.sha256(b"".join(tensor.raw_data for tensor in tensors)).hexdigest()
    assert texts["convscope.weights_sha256"] == digest


@pytest.mark.parametrize("bare", [False, True])
def test_a_consumer_can_test_itself_with_the_golden_pair(tmp_path, bare):
    subject = model()
    path = exported(tmp_path, subject, bare=bare)
    pair = json.loads(metadata(path)["convscope.golden"])

    def array(fields):
        data = base64.b64decode(fields["base64"])
        return np.frombuffer(data, fields["dtype"]).reshape(fields["shape"])

    x = array(pair["input"])
    if "scale" in pair["input"]:
        x = np.float32(pair["input"]["scale"]) * x.astype(np.float32) + np.float32(
            pair["input"]["offset"]
        )
    with torch.no_grad():
        if bare:
            expected = subject.network(torch.from_numpy(x))
        else:
            pixels_NCHW = torch.from_numpy(x.copy()).permute(0, 3, 1, 2)
            expected = subject.network(subject.preprocessing(pixels_NCHW)).softmax(1)
    assert len(np.unique(x)) > 100
    close(array(pair["output"]), expected)
    run = session(path)
    output = run.run(None, {run.get_inputs()[0].name: x})[0]
    assert np.abs(output - array(pair["output"])).max() <= pair["tolerance"] * np.abs(output).max()


def test_a_file_is_canonical_valid_and_the_same_every_time(tmp_path):
    subject = model()
    path = exported(tmp_path, subject)
    data = path.read_bytes()
    loaded = onnx.load(path)
    onnx.checker.check_model(loaded, full_check=True)
    assert loaded.SerializeToString(deterministic=True) == data
    assert "BatchNormalization" not in {node.op_type for node in loaded.graph.node}
    subject.export("onnx", path, overwrite=True)
    assert path.read_bytes() == data


@pytest.mark.slow
def test_the_bytes_do_not_depend_on_the_hash_seed(tmp_path):
    code = (
        "import sys, hashlib, pathlib\n"
        "from convscope.opening import open_or_untrained\n"
        "model, _ = open_or_untrained('googlenet_bn')\n"
        "model.export('onnx', sys.argv[1], layers='all')\n"
        "print(hashlib.sha256(pathlib.Path(sys.argv[1]).read_bytes()).hexdigest())"
    )
    digests = set()
    for seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / f"{seed}.onnx")],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        digests.add(run.stdout.strip())
    assert len(digests) == 1


def test_a_file_that_differs_from_pytorch_is_not_left(tmp_path, monkeypatch):
    subject = model("lenet5", FORMS["digit"][1])
    path = exported(tmp_path, subject)
    before = path.read_bytes()

    def other(temporary, *, is_own):
        loaded = onnx.load(temporary)
        loaded.graph.initializer[-1].raw_data = bytes(len(loaded.graph.initializer[-1].raw_data))
        temporary.write_bytes(loaded.SerializeToString())
        return verify_file(temporary, is_own=is_own)

    monkeypatch.setattr(onnx_target, "verify_file", other)
    with pytest.raises(FormatError, match="not written: "):
        subject.export("onnx", path, overwrite=True)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["model.onnx"]


def test_more_than_2_gib_is_refused_before_a_byte_is_written():
    parts = Parts()

    def values():
        raise AssertionError("computed")

    parts.store("fc.weight", Stored((1 << 15, 1 << 14), np.dtype(np.float32), values))
    graph = OnnxGraph("large", parts, (), ())
    with pytest.raises(InputError, match=r"large as ONNX would take 2\.1 GB"):
        next(iter(written(graph, {})))


SCALABLE = [
    pytest.param(example, id=f"{layer.__name__}-{number}")
    for layer in LAYERS
    for number, example in enumerate(layer.examples)
    if example.layer.with_bias() is not None
]


def headed(*blocks, input):
    """An architecture of these blocks, before a linear layer."""
    parts = {f"b{number}": block for number, block in enumerate(blocks)}
    head = {"pool": GlobalAvgPool2d(), "flatten": Flatten(), "fc": Linear(3)}
    return Architecture(name="mine", input=input, num_classes=3, block=Chain(**parts, **head))


@pytest.mark.parametrize("example", SCALABLE)
def test_every_layer_that_says_so_takes_a_normalisation_in(example):
    architecture = headed(example.layer, BatchNorm2d(), ReLU(), input=example.input)
    network = drawn(build(architecture, seed=0))
    weights = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    loaded = network_graph(architecture, weights).to_model()
    assert "BatchNormalization" not in {node.op_type for node in loaded.graph.node}
    run = onnxruntime.InferenceSession(loaded.SerializeToString())
    x_NCHW = torch.randn(2, *example.input)
    with torch.no_grad():
        close(run.run(None, {"input": x_NCHW.numpy()})[0], network(x_NCHW))


BLOCKS = {
    "conv, norm": ((Conv2d(3, 1), BatchNorm2d()), [("b0", "b1")]),
    "norm, conv": ((BatchNorm2d(), Conv2d(3, 1)), []),
    "conv, norm, norm": ((Conv2d(3, 1), BatchNorm2d(), BatchNorm2d()), [("b0", "b1")]),
    "conv, act, norm": ((Conv2d(3, 1), ReLU(), BatchNorm2d()), []),
    "conv read twice": ((Conv2d(3, 1), Residual(body=BatchNorm2d())), []),
    "joined, norm": ((Residual(body=Conv2d(3, 1), shortcut=Conv2d(3, 1)), BatchNorm2d()), []),
    "within branches": (
        (Concat(a=Chain(c=Conv2d(2, 1), n=BatchNorm2d()), b=Conv2d(1, 1)), BatchNorm2d()),
        [("b0.a.c", "b0.a.n")],
    ),
    "gated": (
        (Gate(body=Chain(c=Conv2d(3, 1), n=BatchNorm2d(affine=False)), gate=Conv2d(3, 1)),),
        [("b0.body.c", "b0.body.n")],
    ),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_pairs_that_fold(name):
    blocks, expected = BLOCKS[name]
    architecture = headed(*blocks, input=CHW(3, 5, 4))
    pairs = folds(trace(architecture.block, architecture.input))
    assert [(pair.conv, pair.norm) for pair in pairs] == expected
    network = drawn(build(architecture, seed=0))
    weights = {key: tensor.numpy() for key, tensor in network.state_dict().items()}
    run = onnxruntime.InferenceSession(
        network_graph(architecture, weights).to_model().SerializeToString()
    )
    x_NCHW = torch.randn(2, 3, 5, 4)
    with torch.no_grad():
        close(run.run(None, {"input": x_NCHW.numpy()})[0], network(x_NCHW))


def test_names_of_input_and_output_give_way_to_paths(tmp_path):
    block = Chain(image=Conv2d(4, 1), probabilities=GlobalAvgPool2d(), f=Flatten(), fc=Linear(3))
    architecture = Architecture(name="mine", input=CHW(3, 8, 8), num_classes=3, block=block)
    path = exported(
        tmp_path, model(architecture=architecture, preprocessing=Chain(r=Resize((8, 8)), n=RGB))
    )
    run = session(path)
    assert run.get_inputs()[0].name == "image_"
    assert run.get_outputs()[0].name == "probabilities_"
