"""int8: quantised networks against PyTorch on real digits, and what is refused."""

from dataclasses import replace

import numpy as np
import onnx
import pytest
import torch
from onnx import helper, numpy_helper

import convscope
from convscope.engine.folded import PyTorch
from convscope.engine.graph import graph_of
from convscope.engine.int8 import Int8Report, compare, quantise, quantised
from convscope.engine.int8.moments import Moments
from convscope.engine.int8.rounding import rounded
from convscope.engine.int8.simplified import Simplified, simplified
from convscope.engine.int8.sites import find_sites, is_weighted
from convscope.engine.onnx_runtime import OnnxRuntime
from convscope.engine.openvino import OpenVino
from convscope.errors import InputError
from convscope.network import build
from convscope.shapes import CHW


@pytest.fixture(scope="module", autouse=True)
def _own_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVSCOPE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def digits():
    """Prepared digits of MNIST, (N, 1, 32, 32), with their classes."""
    data = convscope.data.open("mnist")
    splits = []
    for name, num in (("train", 2000), ("test", 1000)):
        split = data.split(name)
        x_NCHW = (split.images_NCHW[:num].float() - 33.3) / 78.6
        splits.append(
            (torch.nn.functional.pad(x_NCHW, (2, 2, 2, 2), value=-0.42), split.labels_N[:num])
        )
    return splits


@pytest.fixture(scope="module")
def lenet5(digits):
    """LeNet-5 with random features; its last layer is the solution of least squares."""
    (train_NCHW, labels_N), _ = digits
    network = build(convscope.load("lenet5"), seed=0).eval()
    features = []
    last = [module for module in network.modules() if isinstance(module, torch.nn.Linear)][-1]
    hook = last.register_forward_pre_hook(lambda _module, args: features.append(args[0]))
    with torch.no_grad():
        network(train_NCHW)
        hook.remove()
        x_ND = torch.cat([features[0], torch.ones(len(train_NCHW), 1)], dim=1).double()
        targets_NK = torch.nn.functional.one_hot(labels_N.long(), 10).double()
        gram_DD = x_ND.T @ x_ND + 0.1 * torch.eye(x_ND.shape[1], dtype=torch.float64)
        solution_DK = torch.linalg.solve(gram_DD, x_ND.T @ targets_NK)
        last.weight.copy_(solution_DK[:-1].T)
        last.bias.copy_(solution_DK[-1])
    return network


@pytest.fixture(scope="module")
def int8_graph(lenet5, digits):
    return quantised(lenet5, [digits[0][0][:64]])


@pytest.mark.parametrize("engine", [OnnxRuntime, OpenVino])
def test_digits_get_the_same_classes_as_in_float32(lenet5, digits, int8_graph, engine):
    report = compare(PyTorch(lenet5), engine(int8_graph), [digits[1]])
    assert report.images == 1000
    assert report.float_accuracy > 0.75  # random features
    assert report.agreement > 0.985
    assert abs(report.loss) < 1


def test_the_types_are_those_that_both_engines_compute_with(int8_graph):
    model = onnx.load_from_string(int8_graph.data)
    onnx.checker.check_model(model)
    stored = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    kinds = {"QuantizeLinear": set(), "DequantizeLinear": set()}
    for node in model.graph.node:
        if node.op_type in kinds:
            kinds[node.op_type].add(str(stored[node.input[2]].dtype))
    assert kinds == {"QuantizeLinear": {"uint8"}, "DequantizeLinear": {"uint8", "int8", "int32"}}
    weights = [values for values in stored.values() if values.dtype == np.int8 and values.any()]
    assert all(np.abs(w.astype(int)).max() <= 127 for w in weights)
    assert len(weights) == 5  # LeNet-5: 2 convolutions, 3 products


def test_weights_have_7_bits_without_vnni(lenet5, digits, monkeypatch):
    monkeypatch.setattr(quantise, "instructions", lambda: ("avx2",))
    monkeypatch.setattr(quantise.platform, "machine", lambda: "x86_64")
    notes = []
    graph = quantised(lenet5, [digits[0][0][:16]], note=notes.append)
    model = onnx.load_from_string(graph.data)
    stored = [numpy_helper.to_array(tensor) for tensor in model.graph.initializer]
    assert max(np.abs(w.astype(int)).max() for w in stored if w.dtype == np.int8) <= 63
    assert any("7 bits" in note for note in notes)
    assert any("16 images only" in note for note in notes)


@pytest.mark.parametrize(
    ("name", "input"),
    [("resnet20", CHW(3, 32, 32)), ("efficientnet_lite0", CHW(3, 32, 32)),
     ("googlenet_bn", CHW(3, 64, 64))],
)  # fmt: skip
def test_folded_graphs_compute_what_pytorch_does(name, input):
    network = build(convscope.load(name, input=input, num_classes=7), seed=0).eval()
    generator = torch.Generator().manual_seed(1)
    for key, buffer in network.named_buffers():
        if key.endswith(("running_mean", "running_var")):
            buffer.copy_(torch.rand(buffer.shape, generator=generator) + 0.1)
    graph = graph_of(network)
    plain = simplified(graph.data)
    operators = {node.op_type for node in plain.nodes}
    assert "BatchNormalization" not in operators
    assert name != "efficientnet_lite0" or "Pad" not in operators  # resnet20 pads channels
    data = plain.with_nodes(plain.nodes, plain.stored, [])
    x_NCHW = torch.randn(2, *input, generator=generator)
    with torch.no_grad():
        expected = network(x_NCHW)
    (logits,) = OnnxRuntime(graph._replace(data=data))(x_NCHW)
    torch.testing.assert_close(logits, expected, rtol=1e-4, atol=1e-4 * float(expected.abs().max()))


def test_a_bad_quantisation_is_refused_with_its_figures(lenet5, digits, int8_graph):
    """Scales of the last product times the class number: some logits are far too large."""
    model = onnx.load_from_string(int8_graph.data)
    last = [tensor for tensor in model.graph.initializer if tensor.name.endswith("weight/scales")][
        -1
    ]
    values = numpy_helper.to_array(last) * np.arange(1, 11, dtype=np.float32)
    last.CopyFrom(numpy_helper.from_array(values, last.name))
    damaged = OnnxRuntime(int8_graph._replace(data=model.SerializeToString()))
    report = compare(PyTorch(lenet5), damaged, [digits[1]])
    with pytest.raises(InputError, match=r"int8 loses \d\d\.\d\d points.*accuracy.*1,000") as error:
        report.check()
    assert f"{report.float_accuracy:.2%}" in str(error.value)
    assert error.value.code == "int8_refused"


def test_what_is_refused():
    good = Int8Report(1000, 0.99, 0.986, 0.99, 4.0, 2.0)
    good.check()
    assert good.loss == pytest.approx(0.4)
    with pytest.raises(InputError, match=r"loses 0\.40 points"):
        good.check(max_loss=0.3)
    with pytest.raises(InputError, match=r"not faster.*4 ms"):
        replace(good, int8_ms=4.0).check()
    unlabelled = Int8Report(200, None, None, 0.99, 4.0, 2.0)
    with pytest.raises(InputError, match=r"loses 1\.00 points"):  # an upper bound
        unlabelled.check()
    unlabelled.check(max_loss=1.5)
    assert Int8Report.from_dict(unlabelled.to_dict()) == unlabelled


IMAGES = torch.randn(16, 1, 32, 32, generator=torch.Generator().manual_seed(0))
WRONG = {
    "no data": ([], "0 images"),
    "too few": ([IMAGES[:3]], "3 images"),
    "other size": ([torch.zeros(16, 1, 28, 28)], r"shape \(16, 1, 28, 28\)"),
    "colour": ([torch.zeros(16, 3, 32, 32)], r"shape \(16, 3, 32, 32\)"),
    "one image": ([IMAGES[0]], r"shape \(1, 32, 32\)"),
    "NaN": ([IMAGES / 0 * 0], "NaN"),
    "all the same": ([IMAGES[:1].expand(16, -1, -1, -1)], "all the same"),
}


@pytest.mark.parametrize("case", WRONG)
def test_calibration_needs_real_images(lenet5, case):
    batches, message = WRONG[case]
    with pytest.raises(InputError, match=message):
        quantised(lenet5, batches)


def test_comparing_without_images(lenet5):
    engine = PyTorch(lenet5)
    with pytest.raises(InputError, match="no images"):
        compare(engine, engine, [])


def test_rounded_weights_change_the_outputs_less_than_the_nearest_ones():
    """Two groups, inputs that depend on each other; errors by a loop over real inputs."""
    random = np.random.default_rng(0)
    groups, outputs, size, positions = 2, 6, 12, 400
    x_GPD = random.normal(size=(groups, positions, size)) @ random.normal(size=(size, size))
    rows_KD = random.normal(size=(outputs, size))
    steps_K = np.abs(rows_KD).max(axis=1) / 7  # coarse: 4 bits
    centred_GPD = x_GPD - x_GPD.mean(axis=1, keepdims=True)
    covariances = np.stack([np.cov(x_PD.T, bias=True) for x_PD in x_GPD])
    whole_KD = rounded(rows_KD, covariances, steps_K, 7)
    nearest_KD = np.rint(rows_KD / steps_K[:, None])
    assert np.array_equal(whole_KD, np.rint(whole_KD))
    assert np.abs(whole_KD).max() <= 7
    errors = []
    for whole in (whole_KD, nearest_KD):
        error = 0.0
        for output in range(outputs):
            x_PD = centred_GPD[output * groups // outputs]
            weights = whole[output] * steps_K[output] - rows_KD[output]
            error += float(np.square(x_PD @ weights).sum())
        errors.append(error)
    assert errors[0] < 0.7 * errors[1]


@pytest.mark.parametrize(
    ("channels", "outputs", "groups", "stride", "padding"),
    [(4, 6, 1, 1, 1), (4, 4, 4, 2, 1), (4, 8, 2, 2, 0)],
)
def test_covariances_are_those_of_the_windows(channels, outputs, groups, stride, padding):
    """Against `unfold` of PyTorch over all positions of a small image."""
    conv = torch.nn.Conv2d(channels, outputs, 3, stride, padding, groups=groups)
    node = helper.make_node(
        "Conv", ["x", "w"], ["y"], "conv", group=groups, strides=[stride] * 2, pads=[padding] * 4
    )
    moments = Moments(Simplified(None, [node], {"w": conv.weight.detach().numpy()}), node)
    x_NCHW = torch.randn(3, channels, 9, 9, generator=torch.Generator().manual_seed(0)) + 1
    moments.add(x_NCHW.numpy())
    columns = torch.nn.functional.unfold(x_NCHW, 3, padding=padding, stride=stride)  # N, C * 9, P
    columns = columns.reshape(3, groups, -1, columns.shape[-1])
    for group, covariance in enumerate(moments.covariance()):
        expected = np.cov(columns[:, group].permute(1, 0, 2).flatten(1).double(), bias=True)
        np.testing.assert_allclose(covariance, expected, atol=1e-5)


def test_sensitive_tensors_of_a_depthwise_network_stay_in_float32():
    network = build(convscope.load("efficientnet_lite0"), seed=0).eval()
    plain = simplified(graph_of(network).data)
    sites = find_sites(plain)
    weighted = [node for node in plain.nodes if is_weighted(plain, node)]
    assert [node.name for node in weighted if node.input[0] not in sites] == [
        "stage1.block1.depthwise.conv",
        "stage7.block1.expand.conv",
        "stage7.block1.project.conv",
        "fc",
    ]


def test_covariances_of_inputs_that_vary_little_around_a_large_mean():
    """In float64 by NumPy's own function; without centring the error is 1,000 times the value."""
    random = np.random.default_rng(0)
    inputs_NC = (1000 + 0.01 * random.standard_normal((64, 80))).astype(np.float32)
    weight = numpy_helper.from_array(np.zeros((3, 80), np.float32), "w")
    node = helper.make_node("Gemm", ["x", "w"], ["y"], "fc", transB=1)
    graph = helper.make_graph([node], "g", [], [], [weight])
    moments = Moments(Simplified(helper.make_model(graph), [node], {"w": np.zeros((3, 80))}), node)
    for start in range(0, 64, 8):
        moments.add(inputs_NC[start : start + 8])
    expected = np.cov(inputs_NC.astype(np.float64), rowvar=False, bias=True)
    actual = moments.covariance()[0]
    assert np.abs(actual - expected).max() < 1e-3 * np.abs(expected).max()
    assert np.linalg.eigvalsh(actual).min() > -1e-3 * np.abs(expected).max()


@pytest.mark.parametrize("lowest", [-1e-6, -0.1, -1e3])
def test_weights_are_rounded_where_moments_have_no_factor(lowest):
    """Rounding errors make such moments; then more damping, in the end the nearest steps."""
    random = np.random.default_rng(1)
    moments_GDD = np.diag([lowest, 1e-9, 0.0, 1e-6])[None]
    rows_KD = random.uniform(-1, 1, (5, 4))
    scales_K = np.full(5, 1 / 127)
    whole_KD = rounded(rows_KD, moments_GDD, scales_K, 127)
    assert np.isfinite(whole_KD).all()
    assert np.abs(whole_KD).max() <= 127
    assert np.abs(whole_KD * scales_K[:, None] - rows_KD).max() < 2 / 127
