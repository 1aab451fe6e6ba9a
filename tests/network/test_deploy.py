"""The deployed form of RepVGG against the trained one, and against torch's own layers."""

import json

import pytest
import torch
from typer.testing import CliRunner

import convscope
from convscope.arch import Architecture, Chain, Residual
from convscope.cli import app
from convscope.errors import InputError, StorageError
from convscope.layers import (
    BatchNorm2d,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    Identity,
    Linear,
    ReLU,
)
from convscope.network import ModelFile, build, read_model, save_model
from convscope.network.deploy import deployed, merged
from convscope.opening import untrained
from convscope.shapes import CHW
from convscope.zoo import load


@torch.no_grad()
def randomised(network):
    draw = torch.Generator().manual_seed(3)
    for key, tensor in network.state_dict().items():
        if key.endswith("running_var") or (tensor.dim() == 1 and key.endswith("weight")):
            tensor.uniform_(0.5, 1.5, generator=draw)
        elif tensor.is_floating_point():
            scale = (2 / tensor[0].numel()) ** 0.5 if tensor.dim() > 1 else 0.2
            tensor.normal_(0, scale, generator=draw)
    return network.eval()


def network_of(body, channels=6):
    block = Chain(body=body, relu=ReLU(), pool=GlobalAvgPool2d(), flatten=Flatten(), fc=Linear(3))
    return Architecture(name="sums", input=CHW(channels, 9, 8), num_classes=3, block=block)


def branch(width, kernel, **options):
    padding = kernel // 2 if isinstance(kernel, int) else tuple(k // 2 for k in kernel)
    return Chain(conv=Conv2d(width, kernel, padding=padding, **options), norm=BatchNorm2d(eps=1e-3))


SUMS = {
    "three": Residual(Residual(branch(6, 3), branch(6, 1, bias=False)), BatchNorm2d()),
    "strided": Residual(branch(4, 3, stride=2), branch(4, 1, stride=2)),
    "groups": Residual(Residual(branch(6, 3, groups=2), branch(6, 1, groups=2)), BatchNorm2d()),
    "asymmetric": Residual(branch(6, (1, 3)), Residual(branch(6, (3, 1)), branch(6, 5))),
    "identity": Residual(branch(6, 3), Identity()),
    "no affine": Residual(Chain(conv=Conv2d(6, 3, padding=1), norm=BatchNorm2d(affine=False))),
}


@pytest.mark.parametrize("name", SUMS)
def test_a_sum_of_branches_is_one_convolution(name):
    """In float64 the outputs are equal to 1e-6, the rounding of the weights to float32."""
    architecture = network_of(SUMS[name])
    network = randomised(build(architecture))
    changed, weights = merged(architecture, network.state_dict())
    assert len(changed.trace.steps) == 5
    other = build(changed).eval()
    other.load_state_dict(weights)
    x = torch.randn(2, *architecture.input, dtype=torch.float64)
    with torch.inference_mode():
        expected, outputs = network.double()(x), other.double()(x)
    assert (outputs - expected).abs().max() < 1e-6 * expected.abs().max()


def test_the_merged_kernel_is_exact_in_float64():
    """RepVGG's block against torch's convolution of the merged kernel, all in float64."""
    from convscope.network import deploy

    architecture = network_of(SUMS["three"])
    network = randomised(build(architecture)).double()
    kept = {}
    plain = deploy._convolution

    def keep(branch, path):
        kept[path] = branch
        return plain(branch, path)

    deploy._convolution = keep
    try:
        merged(architecture, network.state_dict())
    finally:
        deploy._convolution = plain
    x = torch.randn(1, 6, 9, 8, dtype=torch.float64)
    whole = kept["body"]
    y = torch.nn.functional.conv2d(x, whole.kernel_OIHW, whole.shift_O, padding=1)
    with torch.inference_mode():
        assert (network.get_submodule("body")(x) - y).abs().max() < 1e-10


RGB = Residual(Residual(branch(3, 3), branch(3, 1)), BatchNorm2d())

REFUSED = {
    "a rectifier inside": Residual(Chain(conv=Conv2d(6, 3, padding=1), relu=ReLU())),
    "not centred": Residual(Conv2d(6, 1), Chain(norm=BatchNorm2d(), conv=Conv2d(6, 1))),
    "reflected": Residual(Conv2d(6, 3, padding=1, padding_mode="reflect")),
    "groups differ": Residual(Conv2d(6, 1, groups=2), Conv2d(6, 1)),
    "no kernel": Residual(BatchNorm2d()),
}


@pytest.mark.parametrize("name", REFUSED)
def test_other_sums_stay(name):
    architecture = network_of(REFUSED[name])
    with pytest.raises(InputError, match="no sum of linear branches"):
        merged(architecture, build(architecture).state_dict())


def test_repvgg_becomes_its_deployed_form(tmp_path):
    architecture = load("repvgg_a0", num_classes=5, input=CHW(3, 32, 32))
    model = untrained(architecture)
    randomised(model.network)
    file = ModelFile(model.card, dict(model.network.state_dict()))
    path = tmp_path / "deployed.safetensors"
    save_model(path, deployed(file))
    again = read_model(path)
    assert (
        again.card.architecture.block
        == load("repvgg_a0_deployed", num_classes=5, input=CHW(3, 32, 32)).block
    )
    x = torch.randn(2, 3, 32, 32)
    with torch.inference_mode():
        expected, outputs = model.network(x), convscope.open(path).network(x)
    assert (outputs - expected).abs().max() < 1e-4 * expected.abs().max()


def test_the_command_writes_a_model_file_that_predicts_the_same(tmp_path):
    model = untrained(network_of(RGB, channels=3))
    randomised(model.network)
    source, target = tmp_path / "trained.safetensors", tmp_path / "deployed.safetensors"
    model.save(source)
    target.write_bytes(b"old")
    words = ["deploy", str(source), "-o", str(target), "--json"]
    refused = CliRunner().invoke(app, words)
    assert isinstance(refused.exception, StorageError)
    result = CliRunner().invoke(app, [*words, "--force"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["architecture"] == "sums_deployed"
    x = torch.randn(2, 3, 9, 8)
    with torch.inference_mode():
        outputs = convscope.open(target).network(x)
        torch.testing.assert_close(outputs, model.network(x), rtol=1e-4, atol=1e-4)
