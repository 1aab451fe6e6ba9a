"""Contract of the layers. A new layer adds examples and rows, not test code."""

import inspect
import itertools
import math
from typing import get_args

import pytest
import torch
from pydantic import TypeAdapter
from torch.utils.flop_counter import FlopCounterMode

from convscope.arch import AnyBlock
from convscope.errors import ArchitectureError
from convscope.layers import (
    ELU,
    GELU,
    LAYERS,
    AdaptiveAvgPool2d,
    AdaptiveMaxPool2d,
    AvgPool2d,
    BatchNorm2d,
    CenterCrop,
    ChannelShuffle,
    Conv2d,
    ConvTranspose2d,
    Dropout,
    EuclideanRBF,
    Example,
    GlobalAvgPool2d,
    GlobalMaxPool2d,
    GroupNorm,
    InstanceNorm2d,
    LayerNorm2d,
    LayerScale,
    LeakyReLU,
    Linear,
    LocallyConnected2d,
    LocalResponseNorm,
    MaxPool2d,
    Normalize,
    PartialConv2d,
    PixelShuffle,
    PixelUnshuffle,
    PReLU,
    Resize,
    ScaledTanh,
    SelectChannels,
    StochasticDepth,
    TrainableSubsample2d,
    Upsample,
    ZeroPad2d,
    ZeroPadShortcut,
)
from convscope.layers.base import Layer, Role, View, layer, nbytes
from convscope.layers.call import REQUIRED, ModuleCall
from convscope.shapes import CHW, Features, Spans, Whole

EXAMPLES = [
    pytest.param(example, id=f"{layer.__name__}-{number}")
    for layer in LAYERS
    for number, example in enumerate(layer.examples)
]
BLOCK = TypeAdapter(AnyBlock)


def _batch(example: Example, size: int = 2) -> torch.Tensor:
    generator = torch.Generator().manual_seed(7)
    return torch.randn(size, *example.input, generator=generator)


def test_the_type_of_a_layer_is_its_name():
    for kind in LAYERS:
        assert all(example.layer.type == kind.__name__ for example in kind.examples)


def test_a_layer_cannot_be_inherited():
    for kind in LAYERS:
        with pytest.raises(TypeError, match="layers are final"):
            type("Other", (kind,), {})


BACKENDS = ("output_shape", "module", "onnx", "label")


def missing(kind):
    """What a layer class does not state, of what every layer must."""
    absent = [name for name in BACKENDS if getattr(kind, name) is getattr(Layer, name)]
    absent += [] if getattr(kind, "role", None) in get_args(Role) else ["role"]
    absent += [] if vars(kind).get("examples") else ["examples"]
    first, _, rest = (kind.__doc__ or "").partition("\n\n")
    absent += [] if first.endswith(".") and rest else ["docstring"]
    return absent


@pytest.mark.parametrize("kind", LAYERS)
def test_every_layer_has_every_backend(kind):
    assert missing(kind) == []
    assert inspect.isabstract(Layer)
    assert not inspect.isabstract(kind)
    assert kind.build is Layer.build, "the module is stated in `module` alone"
    assert kind.view in get_args(View)


@layer
class Planted(Layer):
    """A layer without nodes and without a role.

    y = x
    """

    examples = (None,)

    def output_shape(self, input):
        return input

    def label(self, input):
        return "planted"

    def module(self, input):
        return ModuleCall("nn.Identity")


def test_a_layer_that_lacks_a_backend_is_noticed():
    assert missing(Planted) == ["onnx", "role"]
    with pytest.raises(TypeError, match=r"abstract method '?onnx"):
        Planted()


@pytest.mark.parametrize("example", EXAMPLES)
def test_label_is_short(example):
    label = example.layer.label(example.input)
    assert 0 < len(label) <= 40
    assert label == label.strip()


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_call_states_the_callables_own_parameters_and_defaults(example):
    """What the PyTorch source leaves out is the default of the callable."""
    call = example.layer.module(example.input)
    module = call.evaluate()
    assert type(module).__name__ == call.callee.rpartition(".")[2]
    parameters = inspect.signature(type(module)).parameters
    for argument in call.arguments:
        default = parameters[argument.name].default
        if argument.default is not REQUIRED:
            assert argument.default == default
            assert type(argument.default) is type(default)


@pytest.mark.parametrize("example", EXAMPLES)
def test_shape_is_torchs(example):
    module = example.layer.build(example.input)
    assert tuple(module(_batch(example)).shape[1:]) == tuple(
        example.layer.output_shape(example.input)
    )


@pytest.mark.parametrize("example", EXAMPLES)
def test_parameters_are_torchs(example):
    module = example.layer.build(example.input)
    assert sum(p.numel() for p in module.parameters()) == example.layer.parameters(example.input)


@pytest.mark.parametrize("example", EXAMPLES)
def test_macs_are_torchs_flops_halved(example):
    module = example.layer.build(example.input)
    with FlopCounterMode(display=False) as counter:
        module(_batch(example, 1))
    counted = counter.get_total_flops() // 2
    if isinstance(example.layer, PartialConv2d):  # torch counts the zeros of the dense kernel too
        counted = (
            counted * example.layer.links // (len(example.layer.table) * example.input.channels)
        )
    if isinstance(example.layer, Resize):  # two matrix products, and by convention not counted
        counted = 0
    assert counted == example.layer.macs(example.input)


@pytest.mark.parametrize("example", EXAMPLES)
def test_json_round_trip(example):
    text = BLOCK.dump_json(example.layer)
    assert BLOCK.validate_json(text) == example.layer
    assert BLOCK.dump_json(BLOCK.validate_json(text)) == text
    assert hash(BLOCK.validate_json(text)) == hash(example.layer)


@pytest.mark.parametrize("example", EXAMPLES)
def test_saved_memory_is_what_torch_saves(example):
    """Unique storages that autograd packs, less parameters and buffers, are the promised bytes."""
    module = example.layer.build(example.input).train()
    own = {t.untyped_storage().data_ptr() for t in [*module.parameters(), *module.buffers()]}
    x = _batch(example, 1).requires_grad_()
    seen: dict[int, int] = {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            seen[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        y = module(x)
    saved = example.layer.saved(example.input)
    promised = saved.extra_bytes
    promised += nbytes(example.input) * saved.input
    promised += nbytes(example.layer.output_shape(example.input)) * saved.output
    assert y.requires_grad
    small = 64 + 8 * sum(p.numel() for p in module.parameters())  # statistics, scalars, masks
    if isinstance(example.layer, PartialConv2d):
        small += module.dense_weight().numel() * 4 + module.rows.numel() * 16
    if isinstance(example.layer, Resize):  # its two matrices, once for any number of images
        after = example.layer.output_shape(example.input)
        small += 4 * (after.height * example.input.height + after.width * example.input.width)
    assert promised <= sum(seen.values()) + small
    assert sum(seen.values()) <= promised + small


def seen(layer, input):
    """Rows and columns of the input that change each output when they change, as spans.

    One position after the other is raised far above the rest, in every channel by another amount.
    """
    module = layer.build(input).double().eval()
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for tensor in module.state_dict().values():
            if tensor.is_floating_point():
                tensor.uniform_(0.5, 1.5, generator=generator)
        x = torch.rand(1, *input, dtype=torch.float64, generator=generator)
        height, width = input[1:]
        places = list(itertools.product(range(height), range(width)))
        raised = x.repeat(len(places) + 1, 1, 1, 1)
        for number, (i, j) in enumerate(places):
            raised[number, :, i, j] += 200 * torch.arange(1, input.channels + 1)
        y = module(raised)
    y = y if y.ndim == 4 else y[:, :, None, None]
    changed = ((y[:-1] - y[-1]).abs() > 1e-9).any(1)  # of every position: the places of the output
    changed = changed.view(height, width, *changed.shape[1:])
    rows, cols = changed.any(1).any(2), changed.any(0).any(1)
    return spans(rows), spans(cols)


def spans(seen_SU):
    """First and last + 1 of the true entries of each column; None for a column without one."""
    columns = [column.nonzero().flatten().tolist() for column in seen_SU.T]
    return [(column[0], column[-1] + 1) if column else None for column in columns]


def taps(window, unit, size):
    """First and last + 1 input of a window that is not padding."""
    first = unit * window.stride - window.padding
    places = range(first, first + window.extent, window.dilation)
    inside = [place for place in places if 0 <= place < size]
    return (inside[0], inside[-1] + 1) if inside else (0, 0)


def promised(layer, input):
    """The same spans, by the layer's own word."""
    reach = layer.reach(input)
    output = layer.output_shape(input)
    places = output[1:] if len(output) == 3 else (1, 1)
    sides = []
    for axis, (size, units) in enumerate(zip(input[1:], places, strict=True)):
        if reach is None:
            pairs = [(unit, unit + 1) for unit in range(units)]
        elif isinstance(reach, Whole):
            pairs = [(0, size)] * units
        elif isinstance(reach, Spans):
            pairs = reach[axis]
        else:
            pairs = [taps(reach[axis], unit, size) for unit in range(units)]
        sides.append([pair if pair[0] < pair[1] else None for pair in pairs])
    return tuple(sides)


SMALL = [example for example in EXAMPLES if math.prod(example.values[0].input[1:]) <= 400]


@pytest.mark.parametrize("example", [e for e in SMALL if isinstance(e.values[0].input, CHW)])
def test_a_unit_reads_the_inputs_that_it_promises(example):
    assert seen(*example) == promised(*example)


REFUSED = [
    # what, and what the message must name
    (lambda: Conv2d(0, 3), "out_channels"),
    (lambda: Conv2d(-1, 3), "out_channels"),
    (lambda: Conv2d(6, 0), "kernel_size"),
    (lambda: Conv2d(6, (3, 0)), "kernel_size"),
    (lambda: Conv2d(6, (3, 3, 3)), "kernel_size"),
    (lambda: Conv2d(6, 3.0), "kernel_size"),
    (lambda: Conv2d(6, 3, stride=0), "stride"),
    (lambda: Conv2d(6, 3, padding=-1), "padding"),
    (lambda: Conv2d(6, 3, dilation=0), "dilation"),
    (lambda: Conv2d(True, 3), "out_channels"),
    (lambda: Conv2d(2**31, 3), "out_channels"),
    (lambda: Conv2d(10, 3, groups=3), "groups"),
    (lambda: Conv2d(6, 3, groups=2).output_shape(CHW(3, 8, 8)), "groups"),
    (lambda: Conv2d(6, 9).output_shape(CHW(3, 8, 8)), "at least 9"),
    (lambda: Conv2d(6, 3).output_shape(Features(9)), "Flatten"),
    (lambda: Conv2d(6, 3, nonsense=1), "nonsense"),
    (lambda: Conv2d(), "out_channels"),
    (lambda: PartialConv2d((), 3), "row"),
    (lambda: PartialConv2d(((1, 0),), 3), "rising"),
    (lambda: PartialConv2d(((0, 0),), 3), "once"),
    (lambda: PartialConv2d(((),), 3), "row 0"),
    (lambda: PartialConv2d(((0, 7),), 3).output_shape(CHW(3, 8, 8)), "channel 7"),
    (lambda: LocallyConnected2d(2, 9).output_shape(CHW(1, 4, 4)), "at least 9"),
    (lambda: MaxPool2d(2, padding=2), "half"),
    (lambda: AvgPool2d(3, padding=2), "half"),
    (lambda: MaxPool2d(5).output_shape(CHW(1, 3, 3)), "at least 5"),
    (lambda: GlobalAvgPool2d().output_shape(Features(3)), "feature maps"),
    (lambda: AdaptiveAvgPool2d(0), "output_size"),
    (lambda: TrainableSubsample2d(2).output_shape(Features(3)), "feature maps"),
    (lambda: BatchNorm2d(eps=0.0), "eps"),
    (lambda: BatchNorm2d(momentum=2.0), "momentum"),
    (lambda: LocalResponseNorm(size=0), "size"),
    (lambda: LocalResponseNorm(alpha_per="median"), "alpha_per"),
    (lambda: ScaledTanh(amplitude=math.inf), "amplitude"),
    # what float32 cannot hold: infinite or 0 in the weights and in ONNX
    (lambda: ELU(1e308), "alpha"),
    (lambda: PReLU(init=-1e300), "init"),
    (lambda: LayerScale(1e300), "init"),
    (lambda: LayerNorm2d(eps=1e-300), "eps"),
    (lambda: BatchNorm2d(eps=1e-300), "eps"),
    (lambda: EuclideanRBF(((1e300,),)), "centres"),
    (lambda: Normalize((1e300,), (1.0,)), "mean"),
    # windows of padding alone have no maximum
    (lambda: MaxPool2d(2, padding=1, dilation=2).output_shape(CHW(1, 1, 1)), "padding alone"),
    (
        lambda: MaxPool2d(2, stride=4, padding="same_tensorflow", dilation=2).output_shape(
            CHW(1, 4, 1)
        ),
        "padding alone",
    ),
    (lambda: Dropout(1.0), "p"),
    (lambda: Dropout(math.nan), "p"),
    (lambda: Linear(10).output_shape(CHW(3, 4, 4)), "Flatten"),
    (lambda: Linear(0), "out_features"),
    (lambda: EuclideanRBF(()), "centre"),
    (lambda: EuclideanRBF(((1.0,), (1.0, 2.0))), "length"),
    (lambda: EuclideanRBF(((1.0, 2.0),)).output_shape(Features(3)), "Linear(2)"),
    (lambda: Conv2d(6, 3, padding="valid"), "same_tensorflow"),
    (lambda: Conv2d(6, 3, stride=2, padding="same"), 'padding="same_tensorflow" would fit'),
    (lambda: Conv2d(6, 3, padding_mode="mirror"), "padding_mode"),
    (lambda: Conv2d(6, 7, padding=3, padding_mode="reflect").output_shape(CHW(1, 3, 9)), "height"),
    (lambda: Conv2d(6, 9, padding=4, padding_mode="circular").output_shape(CHW(1, 9, 3)), "width"),
    (lambda: Conv2d(1, 2**12, padding="same").output_shape(CHW(99, 1, 1)), "numbers"),
    (lambda: Conv2d(1, 3, padding="same", dilation=2**24).output_shape(CHW(1, 4, 4)), "padding"),
    (lambda: MaxPool2d(2, padding="same"), "same_tensorflow"),
    (lambda: AvgPool2d(2, padding="full"), "same_tensorflow"),
    (lambda: LocallyConnected2d(2, 3, padding="same"), "padding"),
    (lambda: ConvTranspose2d(4, 3, output_padding=1), "at most 0"),
    (lambda: ConvTranspose2d(4, 3, groups=3), "groups"),
    (lambda: ConvTranspose2d(4, 3, stride=2**20), "at most 1024"),
    (lambda: ConvTranspose2d(4, 3, groups=2).output_shape(CHW(3, 4, 4)), "groups=1"),
    (lambda: ConvTranspose2d(4, 3, padding=4).output_shape(CHW(3, 4, 4)), "at most 2"),
    (lambda: ConvTranspose2d(4, 3, dilation=2**30).output_shape(CHW(3, 4, 4)), "kernel"),
    (lambda: ConvTranspose2d(4, 3).output_shape(Features(3)), "feature maps"),
    (lambda: Upsample(0), "scale_factor"),
    (lambda: Upsample(1.5), "scale_factor"),
    (lambda: Upsample(2, mode="bicubic"), "mode"),
    (lambda: PixelShuffle(2).output_shape(CHW(6, 4, 4)), "Conv2d(4, 1)"),
    (lambda: PixelShuffle(2**20), "upscale_factor"),
    (lambda: PixelUnshuffle(2).output_shape(CHW(6, 4, 5)), "divisible by 2"),
    (lambda: AdaptiveMaxPool2d(0), "output_size"),
    (lambda: GlobalMaxPool2d().output_shape(Features(3)), "feature maps"),
    (lambda: LeakyReLU(-0.1), "negative_slope"),
    (lambda: PReLU(init=math.nan), "init"),
    (lambda: ELU(0.0), "alpha"),
    (lambda: GELU("sigmoid"), "approximate"),
    (lambda: LayerNorm2d(eps=0.0), "eps"),
    (lambda: LayerNorm2d().output_shape(Features(3)), "feature maps"),
    (lambda: GroupNorm(4).output_shape(CHW(6, 4, 4)), "groups=3"),
    (lambda: InstanceNorm2d().output_shape(CHW(6, 1, 1)), "two positions"),
    (lambda: LayerScale().output_shape(Features(3)), "feature maps"),
    (lambda: StochasticDepth(1.0), "p"),
    (lambda: SelectChannels(3, 3), "at least 4"),
    (lambda: SelectChannels(3).output_shape(CHW(3, 4, 4)), "0 to 3"),
    (lambda: SelectChannels(0, 4).output_shape(CHW(3, 4, 4)), "3 channels"),
    (lambda: ChannelShuffle(4).output_shape(CHW(6, 4, 4)), "groups=3"),
    (lambda: ZeroPad2d(top=-1), "top"),
    (lambda: ZeroPad2d(right=1.5), "right"),
    (lambda: ZeroPad2d(1).output_shape(Features(3)), "feature maps"),
    (lambda: ZeroPad2d(bottom=2**31 - 1).output_shape(CHW(1, 4, 4)), "at most"),
    (lambda: ZeroPadShortcut(2).output_shape(CHW(3, 4, 4)), "at least 3"),
    (lambda: Normalize((0.5,), (0.5, 0.5)), "every channel"),
    (lambda: Normalize((0.5,), (0.0,)), "std"),
    (lambda: Normalize((0.5,), (0.5,)).output_shape(CHW(3, 4, 4)), "3 means"),
    (lambda: Resize(0), "size"),
    (lambda: Resize(8, interpolation="nearest"), "interpolation"),
    (lambda: CenterCrop((0, 3)), "size"),
]


@pytest.mark.parametrize(("make", "named"), REFUSED)
def test_refused_with_a_name(make, named):
    with pytest.raises(ArchitectureError) as caught:
        make()
    assert named in str(caught.value)


def test_layers_are_frozen():
    with pytest.raises(Exception, match=r"frozen|assign"):
        Conv2d(6, 5).stride = 2
