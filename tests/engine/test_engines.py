"""Engines against PyTorch's own modules, and their choice."""

import subprocess
import sys
from functools import partial

import pytest
import torch

import convscope
from convscope.engine import choice
from convscope.engine.candidates import Candidate
from convscope.engine.choice import fastest, gradient_network
from convscope.engine.folded import PyTorch, folded
from convscope.engine.graph import graph_of
from convscope.engine.int8 import quantised
from convscope.engine.levels import find_level
from convscope.engine.onnx_runtime import OnnxRuntime
from convscope.engine.openvino import OpenVino
from convscope.engine.passes import engine_options
from convscope.errors import InputError
from convscope.network import build
from convscope.network.hooks import activations, frozen
from convscope.shapes import CHW

NETWORKS = {  # each with an input that is quick
    "lenet5": CHW(1, 32, 32),
    "resnet20": CHW(3, 32, 32),
    "googlenet_bn": CHW(3, 64, 64),
    "efficientnet_lite0": CHW(3, 64, 64),
}
LAYERS = {
    "lenet5": "tanh2",
    "resnet20": "stage2.block1",
    "googlenet_bn": "inception3a",
    "efficientnet_lite0": "stage2",
}


def network(name):
    """A network whose normalisations do something, in evaluation mode."""
    architecture = convscope.load(name, input=NETWORKS[name], num_classes=7)
    built = build(architecture, seed=0).eval()
    generator = torch.Generator().manual_seed(1)
    for key, buffer in built.named_buffers():
        if key.endswith(("running_mean", "running_var")):
            buffer.copy_(torch.rand(buffer.shape, generator=generator) + 0.1)
    return built


def images(name, num=3):
    generator = torch.Generator().manual_seed(2)
    return torch.randn(num, *NETWORKS[name], generator=generator)


def close(a, b):
    torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4 * float(b.abs().max()))


@pytest.mark.parametrize("name", NETWORKS)
def test_engines_agree_with_pytorch_at_logits_and_at_a_layer(name):
    net, x_NCHW, layer = network(name), images(name), LAYERS[name]
    with torch.no_grad(), activations(net, [layer]) as outputs:
        expected = net(x_NCHW)
    graph = graph_of(net, [layer])
    twin = PyTorch(folded(net, kept=[layer]), [layer])
    for engine in (twin, OnnxRuntime(graph), OpenVino(graph)):
        logits_NK, maps = engine(x_NCHW.clone())
        close(logits_NK, expected)
        close(maps, outputs[layer])


@pytest.mark.parametrize("name", ["resnet20", "efficientnet_lite0"])
def test_a_folded_network_has_the_gradients_of_the_network_and_shares_its_weights(name):
    net = network(name)
    before = {key: value.clone() for key, value in net.state_dict().items()}
    with frozen(net):
        twin = gradient_network(net, images(name, 1))
        assert twin is not net
        gradients = []
        for each in (net, twin):
            leaf = images(name).requires_grad_()
            gradients.append(torch.autograd.grad(each(leaf)[:, 2].sum(), leaf)[0])
    close(gradients[1], gradients[0])
    assert all(torch.equal(before[key], value) for key, value in net.state_dict().items())
    last = list(net.named_parameters())[-1]
    assert dict(twin.named_parameters())[last[0]] is last[1]


def doubled(net):
    with torch.no_grad():
        next(net.parameters()).mul_(2)


def doubled_uncounted(net):
    next(net.parameters()).data.mul_(2)


def hooked(net):
    net.get_submodule("stage1.block1.body.conv1").register_forward_hook(lambda *args: args[2] * 2)


@pytest.mark.parametrize("change", [doubled, doubled_uncounted, hooked])
def test_changed_weights_and_hooks_are_seen(change, monkeypatch):
    monkeypatch.setenv("CONVSCOPE_ENGINE", "onnxruntime")
    net, x_NCHW = network("resnet20"), images("resnet20")
    with frozen(net):
        first, twin = fastest(net, x_NCHW).engine, gradient_network(net, x_NCHW[:1])
        assert fastest(net, x_NCHW).engine is first
        assert gradient_network(net, x_NCHW[:1]) is twin
        change(net)
        second, other = fastest(net, x_NCHW).engine, gradient_network(net, x_NCHW[:1])
        with torch.no_grad():
            expected = net(x_NCHW)
            close(second(x_NCHW.clone())[0], expected)
            close(other(x_NCHW.clone()), expected)


def test_an_engine_with_other_outputs_or_an_error_is_not_used_and_said(monkeypatch):
    net, x_NCHW, notes = network("lenet5"), images("lenet5"), []

    class Wrong:
        name = "wrong"

        def __call__(self, inputs_NCHW):
            return (torch.full((len(inputs_NCHW), 7), 3.0),)

    def fails():
        raise RuntimeError("no such operator")

    engines = [Candidate("Wrong", "float32", Wrong), Candidate("Failing", "float32", fails)]
    monkeypatch.setattr(choice, "candidates", lambda *_, **__: engines)
    with frozen(net):
        assert fastest(net, x_NCHW, note=notes.append).engine.name == "PyTorch"
    assert notes == [
        "Wrong, float32 is not used: its outputs differ from PyTorch's",
        "Failing, float32 is not used: RuntimeError: no such operator",
    ]


@pytest.mark.parametrize("engine", [OnnxRuntime, OpenVino, partial(OpenVino, images=2)])
def test_inputs_of_another_shape_or_type_are_an_error_in_words(engine):
    built = engine(graph_of(network("lenet5")))
    for wrong in (torch.zeros(2, 1, 28, 28), torch.zeros(2, 1, 32, 32, dtype=torch.float64)):
        with pytest.raises(InputError, match="inputs of") as error:
            built(wrong)
        assert error.value.expected == "(N, 1, 32, 32), float32"
    assert built(torch.zeros(3, 1, 32, 32))[0].shape == (3, 7)


@pytest.mark.parametrize("name", ["fsat", 3, None])
def test_other_levels_are_an_error_in_words(name):
    for use in (find_level, engine_options):
        with pytest.raises(InputError, match="no engine level named"):
            use(name)


@pytest.mark.parametrize("package", ["onnx", "onnxruntime"])
def test_int8_without_its_packages_says_what_to_install(package, monkeypatch):
    monkeypatch.setattr("convscope.engine.onnx_runtime.find_spec", lambda name: None)
    if package == "onnxruntime":
        monkeypatch.setattr("convscope.engine.onnx_runtime.find_spec", lambda name: "installed")
        monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(InputError, match="int8 without ONNX Runtime"):
        quantised(network("lenet5"), [images("lenet5", 8)])


def test_without_other_packages_pytorch_is_used(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.setitem(sys.modules, "openvino", None)
    net = network("lenet5")
    with frozen(net):
        assert fastest(net, images("lenet5")).engine.name == "PyTorch"


AFTER_ENGINES = """
import signal, sys
from convscope.engine.graph import graph_of
from convscope.engine.openvino import OpenVino
import convscope
from convscope.network import build
graph = graph_of(build(convscope.load("lenet5")).eval())
engines = [OpenVino(graph), OpenVino(graph)]
del engines[0], engines[0]
handled = []
signal.signal(signal.SIGINT, lambda *_: handled.append(1))
signal.raise_signal(signal.SIGINT)
sys.exit(len(handled))
"""


def test_signals_are_handled_after_engines_were_released():
    """OpenVINO's own stack for signal handlers must not be gone: Ctrl-C ended the process."""
    assert subprocess.run([sys.executable, "-c", AFTER_ENGINES], check=False).returncode == 1
