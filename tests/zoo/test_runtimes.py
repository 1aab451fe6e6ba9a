"""Every network of the zoo in ONNX Runtime and in OpenVINO, against PyTorch.

Random weights in which no bias, scale or statistic has its initial value; several numbers of
images, and two sizes of them: the smallest that fits, and one that is not square.
"""

import re

import numpy as np
import pytest
import torch

from convscope.errors import ArchitectureError
from convscope.export.onnx import onnx_model
from convscope.machine.runtimes import core_of, onnx_runtime, open_vino
from convscope.network import build
from convscope.shapes import CHW
from convscope.zoo import list_architectures, load

BATCHES = (1, 2, 7)
SMALLEST = 24  # sides below give maps of one pixel almost everywhere
TOLERANCE = 1e-4  # of the largest logit
QUICK = {
    "lenet5_1998": "runs",
    "squeezenet1_1": "ends in a convolution",
    "resnet20": "adds",
    "resnet18_a": "pads channels",
    "googlenet": "joins four branches",
    "all_cnn_c": "has no pooling",
    "mobilenet_v2": "has depthwise convolutions",
    "efficientnet_lite0": "pads unevenly",
}
NOT_SQUARE = {"bn_inception": (223, 255)}  # its branches end in different sizes otherwise
SLOW = [name for name in list_architectures() if name not in QUICK]


def smallest(name):
    """The smallest square input that fits, of at least `SMALLEST` pixels a side."""
    own = load(name).input
    try:
        load(name, input=CHW(own.channels, SMALLEST, SMALLEST))
    except ArchitectureError as error:
        fitting = re.match(r"an input of (\d+)x(\d+)x(\d+) or larger", error.expected)
        return max(map(int, fitting.groups()[1:]))
    return SMALLEST


def sizes(name):
    """Two inputs of a network; the second is not square."""
    own, side = load(name).input, smallest(name)
    for height, width in ((side, side), NOT_SQUARE.get(name, (side + 13, side + 6))):
        yield CHW(own.channels, height, width)


def drawn(architecture):
    """The network in evaluation mode, with no bias, scale or statistic at its initial value."""
    network = build(architecture, seed=1).eval()
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for tensor in network.state_dict().values():
            if tensor.is_floating_point() and tensor.ndim <= 1:
                tensor.uniform_(0.5, 1.5, generator=generator)
    return network


def in_onnx_runtime(data):
    """A function from images to logits."""
    onnxruntime = onnx_runtime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    (source,) = session.get_inputs()
    return lambda x: session.run(None, {source.name: x})[0]


def in_openvino(data):
    """A function from images to logits, in float32 throughout."""
    core = core_of(open_vino())
    options = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
    compiled = core.compile_model(core.read_model(data, b""), "CPU", options)
    return lambda x: compiled(x)[0]


def differences(name, input, runtimes, batches=BATCHES):
    """The largest difference of each runtime from PyTorch, relative to the largest logit."""
    architecture = load(name, input=input)
    network = drawn(architecture)
    weights = {key: tensor.numpy() for key, tensor in network.state_dict().items()}
    data = onnx_model(architecture.block, input, weights, name=name).SerializeToString()
    largest = {}
    generator = torch.Generator().manual_seed(3)
    images = [torch.randn(number, *input, generator=generator) for number in batches]
    with torch.inference_mode():
        expected = [network(x_NCHW).numpy() for x_NCHW in images]
    for start in runtimes:
        run = start(data)
        for x_NCHW, logits_NK in zip(images, expected, strict=True):
            actual = run(x_NCHW.numpy())
            assert actual.shape == logits_NK.shape
            scale = np.abs(logits_NK).max()
            assert 0 < scale < np.inf
            difference = float(np.abs(actual - logits_NK).max() / scale)
            largest[start.__name__] = max(largest.get(start.__name__, 0.0), difference)
    return largest


@pytest.mark.parametrize("name", QUICK)
def test_logits_for_other_numbers_and_sizes_of_images(name):
    _, input = sizes(name)
    assert differences(name, input, [in_onnx_runtime])["in_onnx_runtime"] <= TOLERANCE


def test_openvino():
    _, input = sizes("resnet20")
    assert differences("resnet20", input, [in_openvino])["in_openvino"] <= TOLERANCE


@pytest.mark.slow
@pytest.mark.parametrize("name", [*QUICK, *SLOW])
def test_the_whole_zoo(name):
    for input in sizes(name):
        largest = differences(name, input, [in_onnx_runtime, in_openvino])
        assert max(largest.values()) <= TOLERANCE, (input, largest)
