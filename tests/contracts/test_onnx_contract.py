"""Every layer, composition and architecture against ONNX Runtime, for any number of images."""

import random
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from PIL import Image

from convscope.arch import AuxiliaryHead, Chain, Concat, Gate, Residual
from convscope.arch.block import COMPOSITIONS
from convscope.arch.fold import layers
from convscope.errors import Unsupported
from convscope.export.onnx import graph, onnx_model
from convscope.extras import install_command
from convscope.layers import (
    LAYERS,
    AdaptiveAvgPool2d,
    AdaptiveMaxPool2d,
    AvgPool2d,
    BatchNorm2d,
    CenterCrop,
    Conv2d,
    ConvTranspose2d,
    Dropout,
    Flatten,
    GlobalAvgPool2d,
    GlobalContrastNorm,
    Identity,
    Linear,
    LocallyConnected2d,
    LocalResponseNorm,
    MaxPool2d,
    Normalize,
    ReLU,
    Resize,
    Sigmoid,
    ZcaWhiten,
)
from convscope.network import build, build_block
from convscope.shapes import CHW
from convscope.zoo import list_architectures, load

EXAMPLES = [
    pytest.param(example, id=f"{layer.__name__}-{number}")
    for layer in LAYERS
    for number, example in enumerate(layer.examples)
]
BATCHES = (1, 2, 7)
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def arrays(module):
    """The state dict as NumPy arrays."""
    return {name: tensor.numpy() for name, tensor in module.state_dict().items()}


def drawn(module):
    """The module in evaluation mode, with no bias, scale or statistic at its initial value."""
    with torch.no_grad():
        for tensor in module.state_dict().values():
            if tensor.is_floating_point() and tensor.ndim <= 1:
                tensor.uniform_(0.5, 1.5)
    return module.eval()


def session(model):
    """A checked model in ONNX Runtime, on one thread."""
    onnx.checker.check_model(model, full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, ["CPUExecutionProvider"]
    )


def runner(block, input, module, **options):
    """A function from a batch to the output of ONNX Runtime."""
    run = session(onnx_model(block, input, arrays(module), **options))
    (source,) = run.get_inputs()
    return lambda x: run.run(None, {source.name: x.numpy()})[0]


def hold(run, module, x):
    """The same numbers, to 1e-4 of the largest."""
    with torch.no_grad():
        expected = module(x).float().numpy()
    actual = run(x)
    assert actual.shape == expected.shape
    assert np.isfinite(expected).all()
    np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_layer_for_any_number_of_images(example):
    module = drawn(example.layer.build(example.input))
    run = runner(example.layer, example.input, module)
    for number in BATCHES:
        hold(run, module, torch.randn(number, *example.input))


KINDS = (
    *("max", "average", "convolution", "local", "adaptive", "response"),
    *("border", "same", "transposed", "maximum"),
)


def windowed(draw):
    """A pooling or convolution with windows of any kind, on an input that it fits."""
    kernel = draw.randint(1, 4), draw.randint(1, 4)
    padding = draw.randint(0, kernel[0] // 2), draw.randint(0, kernel[1] // 2)
    window = {
        "kernel_size": kernel,
        "stride": (draw.randint(1, 4), draw.randint(1, 4)),
        "padding": padding,
    }
    dilation = draw.randint(1, 3), draw.randint(1, 3)
    ceil_mode = draw.random() < 0.5
    input = CHW(4, draw.randint(10, 14), draw.randint(10, 14))
    match draw.choice(KINDS):
        case "max":
            return MaxPool2d(**window, dilation=dilation, ceil_mode=ceil_mode), input
        case "average":
            counted = draw.random() < 0.5
            return AvgPool2d(**window, ceil_mode=ceil_mode, count_include_pad=counted), input
        case "convolution":
            groups = draw.choice([1, 2, 4])
            return Conv2d(4, **window, dilation=dilation, groups=groups), input
        case "local":
            return LocallyConnected2d(3, **window), input
        case "border":
            mode = draw.choice(["reflect", "replicate", "circular"])
            return Conv2d(4, **window, dilation=dilation, padding_mode=mode), input
        case "same":
            same = window | {"padding": "same_tensorflow"}
            pools = MaxPool2d(**same, dilation=dilation), AvgPool2d(**same)
            mode = draw.choice(["zeros", "reflect", "replicate", "circular"])
            return draw.choice([*pools, Conv2d(4, **same, padding_mode=mode)]), input
        case "transposed":
            return ConvTranspose2d(4, **window, dilation=dilation, groups=2), input
        case "maximum":
            return AdaptiveMaxPool2d((draw.randint(1, 10), draw.randint(1, 10))), input
        case "adaptive":
            return AdaptiveAvgPool2d((draw.randint(1, 10), draw.randint(1, 10))), input
        case _:
            return LocalResponseNorm(draw.randint(1, 7), alpha=0.5, alpha_per="mean"), input


@pytest.mark.parametrize("seed", range(80))
def test_windows_of_any_kind(seed):
    layer, input = windowed(random.Random(seed))
    module = drawn(layer.build(input))
    hold(runner(layer, input, module), module, torch.randn(2, *input))


def photo(number, height, width, pixels="uint8"):
    x = torch.randint(0, 256, (number, 3, height, width), dtype=torch.uint8)
    return x if pixels == "uint8" else x.float()


SIZES = [(8, 8), (1, 1), (9, 20), (20, 9), (37, 53), (5, 3), (64, 30), (101, 7)]
PREPROCESSING = {
    "exact size": Resize((13, 17)),
    "exact size, bicubic": Resize((13, 17), interpolation="bicubic"),
    "shorter side": Resize(12),
    "shorter side, bicubic": Resize(10, interpolation="bicubic"),
    "rounded": Resize((13, 17), rounding="uint8"),
    "rounded, bicubic": Resize(10, interpolation="bicubic", rounding="uint8"),
    "crop": CenterCrop(9),
    "odd crop": CenterCrop((6, 11)),
    "normalise": Normalize(MEAN, STD),
    "contrast": GlobalContrastNorm(),
    "photo": Chain(
        resize=Resize(16, interpolation="bicubic"), crop=CenterCrop(14), norm=Normalize(MEAN, STD)
    ),
    "whitening": Chain(resize=Resize((6, 5)), contrast=GlobalContrastNorm(), zca=ZcaWhiten()),
    "nothing": Identity(),
}


@pytest.mark.parametrize("pixels", ["uint8", "float32"])
@pytest.mark.parametrize("name", PREPROCESSING)
def test_preprocessing_of_images_of_any_size(name, pixels):
    block = PREPROCESSING[name]
    module = build_block(block, CHW(3, 8, 8)).eval()
    for tensor in module.state_dict().values():
        tensor.normal_()
    run = runner(block, CHW(3, 8, 8), module, pixels=pixels, any_size=True)
    for number in BATCHES:
        for height, width in SIZES:
            hold(run, module, photo(number, height, width, pixels))


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
@pytest.mark.parametrize("size", [(60, 41), (33, 120), (300, 400), (13, 900), (700, 3)])
def test_resize_is_pillows(size, interpolation):
    """Pillow on floating-point images, to 0.001 grey levels."""
    layer = Resize((32, 24), interpolation=interpolation)
    run = runner(layer, CHW(3, 8, 8), torch.nn.Identity(), pixels="uint8", any_size=True)
    x = photo(1, *size)
    for channel, actual in zip(x[0], run(x)[0], strict=True):
        image = Image.fromarray(channel.numpy().astype(np.float32))
        expected = image.resize((24, 32), Image.Resampling[interpolation.upper()])
        assert np.abs(actual - np.asarray(expected)).max() < 0.001


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
@pytest.mark.parametrize("size", [(60, 41), (33, 120), (300, 400), (13, 900), (700, 3)])
def test_rounded_resize_is_pillows_bit_by_bit(interpolation, size):
    layer = Resize((32, 24), interpolation=interpolation, rounding="uint8")
    run = runner(layer, CHW(3, 8, 8), torch.nn.Identity(), pixels="uint8", any_size=True)
    x = photo(1, *size)
    resample = Image.Resampling[interpolation.upper()]
    image = Image.fromarray(x[0].permute(1, 2, 0).numpy())
    expected = image.resize((24, image.height), resample).resize((24, 32), resample)
    np.testing.assert_array_equal(run(x)[0].transpose(1, 2, 0), np.asarray(expected))


@pytest.mark.parametrize("rounding", ["uint8", "none"])
@pytest.mark.parametrize("size", [(300, 411), (97, 640), (20, 27)])
def test_resize_in_many_blocks_is_pillows(size, rounding):
    layer = Resize((130, 256), interpolation="bicubic", rounding=rounding)
    run = runner(layer, CHW(3, 8, 8), torch.nn.Identity(), pixels="uint8", any_size=True)
    x = photo(2, *size)
    for pixels, actual in zip(x, run(x), strict=True):
        if rounding == "uint8":
            image = Image.fromarray(pixels.permute(1, 2, 0).numpy())
            expected = np.asarray(image.resize((256, 130), Image.Resampling.BICUBIC))
            np.testing.assert_array_equal(actual.transpose(1, 2, 0), expected)
        else:
            image = Image.fromarray(pixels[0].numpy().astype(np.float32))
            expected = np.asarray(image.resize((256, 130), Image.Resampling.BICUBIC))
            assert np.abs(actual[0] - expected).max() < 0.001


def excite(channels):
    return Chain(pool=GlobalAvgPool2d(), conv=Conv2d(channels, 1), gate=Sigmoid())


HEAD = Chain(pool=GlobalAvgPool2d(), flatten=Flatten(), fc=Linear(2))
BLOCKS = {
    "chain": Chain(conv=Conv2d(5, 3), norm=BatchNorm2d(), drop=Dropout(), act=ReLU()),
    "concat": Concat(a=Conv2d(2, 1), b=Chain(c=Conv2d(4, 3, padding=1), d=ReLU()), e=Identity()),
    "residual": Residual(body=Conv2d(3, 3, padding=1)),
    "gate": Gate(body=Identity(), gate=excite(3)),
    "gate of every number": Gate(body=Conv2d(4, 1), gate=Chain(conv=Conv2d(4, 1), s=Sigmoid())),
    "auxiliary head": Chain(a=Conv2d(4, 1), aux=AuxiliaryHead(head=HEAD), b=ReLU()),
    "identity": Identity(),
    "names of our own": Chain(
        input=Conv2d(4, 1), output=Chain(input=ReLU(), weight=Conv2d(3, 1)), layer=ReLU()
    ),
    "nested": Residual(
        body=Gate(
            body=Concat(a=Conv2d(1, 1), b=Residual(body=Conv2d(3, 1))),
            gate=excite(4),
        ),
        shortcut=Conv2d(4, 1),
    ),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_every_composition(name):
    block, input = BLOCKS[name], CHW(3, 7, 6)
    module = drawn(build_block(block, input))
    run = runner(block, input, module)
    for number in BATCHES:
        hold(run, module, torch.randn(number, *input))


def test_every_composition_that_joins_has_a_row():
    assert set(graph.ROWS) == {kind.__name__ for kind in COMPOSITIONS if kind.flow == "branches"}


def test_a_composition_without_a_row_is_unsupported(monkeypatch):
    monkeypatch.delitem(graph.ROWS, "Gate")
    block = Chain(scale=BLOCKS["gate"])
    with pytest.raises(Unsupported, match="scale: ONNX does not support Gate"):
        onnx_model(block, CHW(3, 4, 4), arrays(build_block(block, CHW(3, 4, 4))))


QUICK = ["lenet5_1998", "resnet20", "resnet18_a", "googlenet", "all_cnn_c", "efficientnet_lite0"]


def hold_architecture(name, batches):
    architecture = load(name)
    network = drawn(build(architecture))
    run = runner(architecture.block, architecture.input, network, name=name)
    for number in batches:
        hold(run, network, torch.randn(number, *architecture.input))


@pytest.mark.parametrize("name", QUICK)
def test_architectures(name):
    hold_architecture(name, (1, 3))


@pytest.mark.slow
@pytest.mark.parametrize("name", list_architectures())
def test_the_zoo_with_folded_normalisation(name):
    """Every layer by itself, in two runtimes: tests/zoo/test_runtimes.py."""
    architecture = load(name)
    network = drawn(build(architecture))
    run = session(graph.network_graph(architecture, arrays(network)).to_model())
    for number in (1, 2):
        hold(
            lambda x: run.run(None, {run.get_inputs()[0].name: x.numpy()})[0],
            network,
            torch.randn(number, *architecture.input),
        )


def test_tensors_have_the_names_of_paths_and_weights_those_of_the_state_dict():
    architecture = load("googlenet")
    state = arrays(build(architecture))
    model = onnx_model(architecture.block, architecture.input, state)
    outputs = {name for node in model.graph.node for name in node.output}
    heads = [head.path for head in architecture.trace.heads]
    main = [path for path, _ in layers(architecture.block)]
    main = [path for path in main if not any(path.startswith(f"{head}.") for head in heads)]
    assert set(main) <= outputs
    stored = {tensor.name for tensor in model.graph.initializer if "/" not in tensor.name}
    expected = {name for name in state if not any(name.startswith(f"{head}.") for head in heads)}
    assert stored == expected
    assert {len(model.graph.input), len(model.graph.output)} == {1}


def test_the_bytes_are_the_same_every_time():
    architecture = load("lenet5_1998")
    state = arrays(build(architecture))
    first, second = (
        onnx_model(architecture.block, architecture.input, state).SerializeToString()
        for _ in range(2)
    )
    assert first == second


def test_no_constant_holds_the_number_of_images():
    for example in (e for layer in LAYERS for e in layer.examples):
        model = onnx_model(example.layer, example.input, arrays(example.layer.build(example.input)))
        for value in (*model.graph.input, *model.graph.output):
            assert value.type.tensor_type.shape.dim[0].dim_param == "N"


def test_without_the_package_the_error_names_the_extra():
    code = (
        "import sys; sys.modules['onnx'] = None\n"
        "from convscope.errors import InputError\n"
        "try:\n    from convscope.export.onnx import onnx_model\n"
        "except InputError as error:\n    print(error.fix)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == install_command("onnx")
