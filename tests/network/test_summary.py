"""The table of any torch module, against our own tables, hand-counted layers and other figures."""

import json

import numpy as np
import pytest
import torch
from torch import nn

import convscope
from convscope.arch import Chain
from convscope.errors import InputError
from convscope.lang import current, use
from convscope.layers import CenterCrop, Resize
from convscope.model import Model
from convscope.network import Card, ModelFile, build, build_empty
from convscope.zoo import load


@pytest.mark.parametrize("name", ["lenet5", "resnet18", "mobilenet_v2", "densenet121"])
def test_rows_agree_with_the_table_of_the_architecture(name):
    architecture = load(name)
    table = architecture.table()
    summary = convscope.summary(build_empty(architecture), tuple(architecture.input))
    rows = {row.path: row for row in summary.rows}
    assert (summary.totals.macs, summary.totals.parameters) == (
        table.totals.macs,
        table.totals.parameters,
    )
    compared = [row for row in table.rows if row.path in rows]
    assert len(compared) == len(rows)
    for row in compared:
        other = rows[row.path]
        assert (row.macs, row.parameters) == (other.macs, other.parameters), row.path
        assert row.field_size == other.field_size, row.path
        assert tuple(row.output_shape) == other.output_shapes[0][1:], row.path


def test_recurrent_layers_and_attention():
    lstm = convscope.summary(nn.LSTM(32, 64, 2), torch.zeros(5, 1, 32))
    assert lstm.totals.macs == 5 * 4 * 64 * ((32 + 64) + (64 + 64))
    layer = nn.TransformerEncoderLayer(32, 4, dim_feedforward=64, batch_first=True)
    tokens = convscope.summary(layer, torch.zeros(1, 5, 32))
    assert tokens.totals.macs == 5 * (4 * 32 * 32 + 2 * 32 * 64)
    assert tokens.totals.products == 2 * 5 * 5 * 32
    assert any("self_attn.out_proj" in note for note in tokens.notes)


def test_memory_of_the_backward_pass():
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 2))
    summary = convscope.summary(module, (2, 3, 8, 8))
    assert [row.saved_bytes for row in summary.rows] == [
        4 * 2 * 3 * 8 * 8,  # the input, for the gradient of the kernel
        4 * 2 * 4 * 6 * 6,  # the output of ReLU, which the linear layer uses too
        0,
        0,
    ]
    frozen = module.requires_grad_(False)
    totals = convscope.summary(frozen, (2, 3, 8, 8)).totals
    assert (totals.saved_bytes, totals.frozen) == (0, totals.parameters)


class Branching(nn.Module):
    """Decides by a value, which the meta device does not have."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)

    def forward(self, x):
        x = self.norm(torch.nn.functional.dropout(self.conv(x)))
        return {"logits": x if x.sum().item() > 0 else -x, "name": "branching"}


@pytest.mark.parametrize("mode", ["eval", "train"])
@pytest.mark.parametrize("kind", ["shared", "branching"])
def test_the_module_is_not_changed(kind, mode):
    layer = nn.Linear(8, 8)
    shared = nn.Sequential(layer, nn.BatchNorm1d(8), layer, nn.Dropout())
    module, input = (shared, (4, 8)) if kind == "shared" else (Branching(), (2, 3, 8, 8))
    list(module.children())[1].eval()
    modes = [inner.training for inner in module.modules()]
    tensors = dict(module.state_dict(keep_vars=True))
    before = {name: tensor.detach().clone() for name, tensor in tensors.items()}
    state = torch.random.get_rng_state()
    summary = convscope.summary(module, input, mode=mode)
    after = module.state_dict(keep_vars=True)
    assert all(after[name] is tensor for name, tensor in tensors.items())
    assert all(torch.equal(before[name], tensor) for name, tensor in after.items())
    assert all(parameter.grad is None for parameter in module.parameters())
    assert modes == [inner.training for inner in module.modules()]
    assert torch.equal(state, torch.random.get_rng_state())
    assert not any(inner._forward_hooks for inner in module.modules())
    assert any("own device" in note for note in summary.notes) == (kind == "branching")
    if kind == "shared":
        assert summary.totals.parameters == 72 + 16
        assert [row.parameters for row in summary.rows] == [72, 16, 0, 0]
        assert [row.call for row in summary.rows] == [1, 1, 2, 1]


@pytest.mark.parametrize(
    ("module", "input", "part"),
    [
        (nn.Sequential(nn.Conv2d(3, 4, 3)), (1, 8, 8), "0: the forward pass fails"),
        (nn.Sequential(nn.Conv2d(3, 4, 3)), (0, 3, 8, 8), "at least 1 along every axis"),
        (nn.Sequential(nn.Conv2d(3, 4, 3)), "3x8x8", "a shape as (3, 224, 224)"),
        (nn.Sequential(nn.Conv2d(3, 4, 3)), (3, 8.0, 8), "a shape as (3, 224, 224)"),
        (nn.Sequential(nn.Conv2d(3, 4, 3)), [], "a shape as (3, 224, 224)"),
        (nn.LSTM(8, 4), (5, 2, 8), "pass a tensor"),
        (nn.LSTM(8, 4), [(5, 2, 8)], "pass a tensor"),
        (nn.LazyLinear(4), (2, 3), "run the module on one input first"),
        ("lenet5", (1, 32, 32), "is no torch.nn.Module"),
        (nn.Linear(8, 4), None, "a shape as (3, 224, 224)"),
    ],
)
def test_mistakes(module, input, part):
    with pytest.raises(InputError) as caught:
        convscope.summary(module, input)
    assert part in str(caught.value)


class Product(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *inputs):
        return self.function(*inputs)


@pytest.mark.parametrize(
    ("function", "shapes", "macs"),
    [
        (torch.mv, [(3, 4), (4,)], 3 * 4),
        (torch.addmv, [(3,), (3, 4), (4,)], 3 * 4),
        (torch.dot, [(5,), (5,)], 5),
        (torch.bmm, [(2, 3, 4), (2, 4, 5)], 2 * 3 * 4 * 5),
        (torch.addbmm, [(3, 5), (2, 3, 4), (2, 4, 5)], 2 * 3 * 4 * 5),
        (torch.cdist, [(2, 4), (3, 4)], None),
        (torch.cdist, [(40, 4), (30, 4)], None),
        (torch.fft.rfft2, [(4, 4)], None),
        (torch.linalg.inv, [(4, 4)], None),
    ],
)
def test_products_are_counted_or_a_note_names_them(function, shapes, macs):
    table = convscope.summary(Product(function), [torch.ones(shape) for shape in shapes])
    assert table.totals.products == (macs or 0)
    assert any("not counted: aten::" in note for note in table.notes) == (macs is None)


def test_bilinear_layers_count_each_weight_for_each_sample():
    for shape in ((), (7,)):
        inputs = [torch.ones(2, *shape, 3), torch.ones(2, *shape, 4)]
        table = convscope.summary(nn.Bilinear(3, 4, 5), inputs)
        assert table.totals.macs == 2 * max(shape, default=1) * 5 * 3 * 4


def test_modules_named_as_methods_and_normalised_weights():
    inner = nn.Sequential()
    inner._modules["double"] = nn.Linear(4, 3)  # as networks of convscope name a layer
    assert convscope.summary(inner, (2, 4)).totals.macs == 2 * 4 * 3
    with pytest.warns(FutureWarning, match="weight_norm"):
        normalised = nn.utils.weight_norm(nn.Linear(4, 3))
    before = normalised.weight
    table = convscope.summary(normalised, (2, 4))
    assert not table.notes
    assert table.totals.macs == 2 * 4 * 3
    assert normalised.weight is before


def test_models_and_architectures_have_an_input():
    architecture = load("lenet5")
    network = build(architecture)
    expected = convscope.summary(network, (1, 32, 32))
    labels = tuple("0123456789")
    card = Card(
        architecture=architecture,
        labels=labels,
        preprocessing=Chain(resize=Resize(32), crop=CenterCrop(32)),
    )
    model = Model(ModelFile(card, dict(network.state_dict())))
    assert convscope.summary(architecture) == convscope.summary(model) == expected
    assert convscope.summary(model, (8, 1, 32, 32)).totals.macs == 8 * expected.totals.macs


def test_inputs_by_shape_tensor_list_and_name():
    two = nn.Bilinear(3, 4, 5)
    assert convscope.summary(two, [(2, 3), torch.zeros(2, 4)]).rows[0].output_shapes == ((2, 5),)
    named = convscope.summary(two, {"input1": (2, 3), "input2": (2, 4)})
    assert named.rows[0].output_shapes == ((2, 5),)
    sizes = tuple(np.array([3, 4]))
    assert convscope.summary(nn.Linear(4, 2), sizes).rows[0].output_shapes == ((3, 2),)
    half = convscope.summary(nn.Conv2d(3, 4, 3).bfloat16(), (3, 8, 8))
    assert half.rows[0].activation_bytes == 2 * 4 * 6 * 6


def test_the_table_as_text_json_and_a_page():
    summary = convscope.summary(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()), (3, 8, 8))
    assert str(summary).splitlines()[0].split()[:2] == ["layer", "type"]
    assert "| 0 | Conv2d | 4x6x6 | 112 | 3,888 |" in summary.to_markdown()
    assert json.loads(summary.to_json())["totals"]["macs"] == 3888
    assert "<table" in summary._repr_html_()
    before = current()
    try:
        use("zh")
        text = str(summary)
    finally:
        use(before)
    assert "感受野" in text
    assert "trainable" not in text
