"""The exported file against the network: the same keys, the same bits, torch as only import."""

import ast
import importlib.util
import random
import subprocess
import sys
from functools import cache

import pytest
import torch

from convscope.arch import Architecture, AuxiliaryHead, Chain, Concat, Gate, Paper, Residual
from convscope.errors import Unsupported
from convscope.export import pytorch_source
from convscope.export.pytorch.rows import ROWS
from convscope.layers import (
    LAYERS,
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    EuclideanRBF,
    Flatten,
    GlobalAvgPool2d,
    Identity,
    Linear,
    MaxPool2d,
    ReLU,
    Sigmoid,
    ZeroPadShortcut,
)
from convscope.layers.call import Argument, ModuleCall
from convscope.network import build
from convscope.shapes import CHW
from convscope.zoo import list_architectures, load
from tests.zoo.sample import QUICK

EXAMPLES = [
    pytest.param(example, id=f"{layer.__name__}-{number}")
    for layer in LAYERS
    for number, example in enumerate(layer.examples)
]


def conv_norm(channels, kernel, padding=0, stride=1):
    return Chain(
        conv=Conv2d(channels, kernel, stride, padding, bias=False),
        norm=BatchNorm2d(),
        act=ReLU(),
    )


def module(small, middle, large):
    return Concat(
        ones=conv_norm(small, 1),
        threes=Chain(reduce=conv_norm(middle, 1), conv=conv_norm(large, 3, 1)),
        pool=Chain(pool=MaxPool2d(3, stride=1, padding=1), project=conv_norm(small, 1)),
    )


def residual(channels, stride=1, shortcut=Identity()):
    body = Chain(
        first=conv_norm(channels, 3, 1, stride),
        conv=Conv2d(channels, 3, padding=1, bias=False),
        norm=BatchNorm2d(),
    )
    return Chain(add=Residual(body=body, shortcut=shortcut), act=ReLU())


def excite(channels):
    return Chain(
        pool=GlobalAvgPool2d(),
        squeeze=Conv2d(2, 1),
        act=ReLU(),
        excite=Conv2d(channels, 1),
        gate=Sigmoid(),
    )


def excited(channels):
    return Chain(conv=Conv2d(channels, 1), scale=Gate(body=Identity(), gate=excite(channels)))


def classifier(**blocks):
    return Architecture(
        name="tried",
        input=CHW(3, 12, 12),
        num_classes=5,
        block=Chain(**blocks, flatten=Flatten(), linear=Linear(5)),
    )


FIT = AdaptiveAvgPool2d(4)
HEAD = Chain(pool=AvgPool2d(3), flatten=Flatten(), linear=Linear(5))
NETWORKS = {
    "branches": classifier(a=module(2, 3, 4), b=module(5, 6, 7), c=module(5, 6, 7)),
    "residuals": classifier(
        stage1=Chain(**{f"block{i}": residual(3) for i in range(1, 7)}),
        stage2=Chain(
            block1=residual(8, 2, ZeroPadShortcut(8, stride=2)),
            **{f"block{i}": residual(8) for i in range(2, 5)},
        ),
        stage3=Chain(block1=residual(9, 2, conv_norm(9, 1, 0, 2)), block2=residual(9)),
    ),
    "gates": classifier(
        one=Gate(body=Conv2d(4, 3, padding=1), gate=excite(4)),
        stage=Chain(**{f"block{i}": excited(4) for i in range(3)}, last=excited(5)),
    ),
    "heads": classifier(
        aux1=AuxiliaryHead(head=HEAD),
        deep=Chain(conv=Conv2d(4, 3), aux=AuxiliaryHead(head=HEAD, weight=0.5), act=ReLU()),
        join=Concat(left=Chain(conv=Conv2d(2, 1), aux=AuxiliaryHead(head=HEAD)), right=Identity()),
        add=Residual(body=Chain(aux=AuxiliaryHead(head=HEAD), conv=Conv2d(6, 1))),
    ),
    "keywords": classifier(
        **{
            "class": Conv2d(4, 3, padding=1),
            "forward": ReLU(),
            "train": BatchNorm2d(),
            "self": Chain(**{"lambda": Conv2d(4, 1), "append": ReLU(), "self": ReLU()}),
            "x": Concat(torch=Conv2d(2, 1), nn=Conv2d(3, 1), children=ReLU()),
            "head_weights": AuxiliaryHead(head=HEAD),
            "heads": Residual(body=Chain(F=Conv2d(9, 1), Tensor=Dropout())),
            "state_dict": ReLU(),
            "i": Conv2d(9, 1),
        },
        **{f"i{i}": ReLU() for i in (0, 1, 2, 3, 5, 6)},
        i07=ReLU(),
    ),
    "long names": classifier(
        **{
            "a" * 64: ReLU(),
            "b" * 64: Conv2d(9, 3, padding=1),
            "c" * 64: Chain(**{"d" * 64: Chain(**{"e" * 64: ReLU(), "f" * 64: Conv2d(9, 3)})}),
            "g" * 64: Concat(**{"h" * 64: ReLU(), "i" * 64: Conv2d(9, (1, 1))}),
            "j" * 64: AuxiliaryHead(head=HEAD),
        }
    ),
    "one class to another's name": classifier(
        chain1=Chain(conv=Conv2d(3, 1), pool=MaxPool2d(2), act=ReLU(), last=ReLU()),
        chain2=Chain(conv=Conv2d(3, 1), pool=MaxPool2d(2), act=ReLU(), last=ReLU()),
    ),
}


def loaded(source, folder):
    """Write the file, import it, return its last class."""
    path = folder / "exported.py"
    path.write_text(source, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("exported", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, ast.parse(source).body[-1].name)


def random_weights(network):
    """Biases, scales and batch statistics away from 0 and 1, so that a missing one is noticed."""
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for tensor in network.state_dict().values():
            if tensor.is_floating_point() and tensor.ndim == 1:
                tensor.uniform_(0.5, 1.5, generator=generator)
    return network


def hold(architecture, folder, *, batch=2):
    """Same keys in the same order; same logits, heads included, in both modes."""
    network = random_weights(build(architecture))
    exported = loaded(pytorch_source(architecture), folder)()
    assert list(exported.state_dict()) == list(network.state_dict())
    exported.load_state_dict(network.state_dict())
    images = torch.randn(batch, *architecture.input, generator=torch.Generator().manual_seed(5))
    for mode in (False, True):
        network.train(mode), exported.train(mode)
        expected_heads, heads = [], []
        with torch.no_grad(), torch.random.fork_rng():
            torch.manual_seed(1)
            expected = network(images, expected_heads)
            torch.manual_seed(1)
            actual = exported(images, heads) if network.head_weights else exported(images)
        assert torch.equal(expected, actual)
        assert expected.isfinite().all()
        assert len(expected_heads) == len(heads) == len(network.head_weights)
        assert all(torch.equal(a, b) for a, b in zip(expected_heads, heads, strict=True))
    if network.head_weights:
        assert exported.head_weights == network.head_weights


def fields(architecture):
    return {name: getattr(architecture, name) for name in Architecture.model_fields}


def as_network(example):
    """A classifier around an example of a layer."""
    image = example.input if isinstance(example.input, CHW) else CHW(example.input.features, 1, 1)
    before = {} if isinstance(example.input, CHW) else {"vector": Flatten()}
    return Architecture(
        name="tried",
        input=image,
        num_classes=3,
        block=Chain(**before, layer=example.layer, flatten=Flatten(), linear=Linear(3)),
    )


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_layer(example, tmp_path):
    hold(as_network(example), tmp_path)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_composition(name, tmp_path):
    hold(NETWORKS[name], tmp_path)


def anything(seed):
    """A random tree of blocks, with repeats that differ in little or nothing."""
    draw = random.Random(seed)
    blocks = []

    def block(depth):
        if blocks and draw.random() < 0.4:
            return draw.choice(blocks)
        kind = draw.choice(["conv", "conv", "chain", "concat", "residual", "keep", "heads"])
        if depth > 3 or kind == "conv":
            return conv_norm(draw.choice([2, 5]), draw.choice([1, 3]), draw.choice([1, 2]))
        if kind == "keep":
            return draw.choice([Identity(), ReLU(), BatchNorm2d(), MaxPool2d(2, stride=1)])
        if kind == "heads":
            return Chain(aux=AuxiliaryHead(head=Chain(flatten=Flatten(), fc=Linear(5))))
        parts = {f"part{i}": block(depth + 1) for i in range(draw.randint(1, 3))}
        same = Conv2d(4, 1)
        if kind == "concat":
            parts = {name: Chain(inner=part, size=FIT) for name, part in parts.items()}
        if kind == "residual":
            body = Chain(**parts, size=FIT, last=same)
            new = Residual(body=body, shortcut=Chain(size=FIT, last=same))
        else:
            new = Chain(**parts) if kind == "chain" else Concat(**parts)
        blocks.append(new)
        return new

    return classifier(**{f"block{i}": block(0) for i in range(draw.randint(2, 6))})


@pytest.mark.parametrize("seed", range(12))
def test_random_architectures(seed, tmp_path):
    hold(anything(seed), tmp_path)


def test_deep_nesting(tmp_path):
    block = Conv2d(3, 1)
    for number in range(57):
        inner = {"a": block}
        block = (Chain(**inner), Concat(**inner), Residual(block, Conv2d(3, 1)))[number % 3]
    hold(classifier(deep=block), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", list_architectures())
def test_the_zoo(name, tmp_path):
    hold(load(name), tmp_path)


@cache
def sources():
    return list(_sources())


def _sources():
    yield from (pytorch_source(as_network(e)) for layer in LAYERS for e in layer.examples)
    yield from map(pytorch_source, NETWORKS.values())
    yield from (pytorch_source(anything(seed)) for seed in range(12))
    yield from (pytorch_source(load(name)) for name in sorted(QUICK))


def test_the_formatter_changes_nothing(tmp_path):
    for number, source in enumerate(sources()):
        (tmp_path / f"source{number}.py").write_text(source, encoding="utf-8")
    for length in ("88", "100"):
        ruff = [sys.executable, "-m", "ruff", "format", "--isolated", "--diff"]
        run = subprocess.run(
            [*ruff, "--line-length", length, str(tmp_path)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stdout
    lint = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F,E7,E9,I,B"]
    run = subprocess.run([*lint, str(tmp_path)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


def test_torch_is_the_only_import():
    for source in sources():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                assert [name.name for name in node.names] == ["torch"]
            elif isinstance(node, ast.ImportFrom):
                assert node.module in ("torch", "torch.nn")


def test_the_bytes_are_the_same_every_time():
    for architecture in NETWORKS.values():
        assert pytorch_source(architecture) == pytorch_source(architecture)


def test_repeats_become_classes_and_loops():
    source = pytorch_source(NETWORKS["residuals"])
    assert '**{f"block{i}": ResidualBlock(3) for i in range(1, 7)}' in source
    source = pytorch_source(NETWORKS["keywords"])
    assert 'for i in range(4):\n            self.add_module(f"i{i}", nn.ReLU())' in source
    source = pytorch_source(NETWORKS["branches"])
    assert source.count("torch.cat(") == 1
    assert len(source.splitlines()) < 120


def test_parameters_of_a_class_are_the_numbers_that_differ():
    source = pytorch_source(NETWORKS["branches"])
    # 3 channels in; then small, middle, large
    for arguments in ("(3, 2, 3, 4)", "(8, 5, 6, 7)", "(17, 5, 6, 7)"):
        assert arguments in source


def test_a_hostile_title_is_text(tmp_path):
    paper = Paper(
        title='""" \\\n"""\nimport os\nos.abort()\n\0 "',
        authors='x""" + exit() + """',
        year=2000,
        url="https://example.org/" + "a" * 300,
    )
    architecture = Architecture(
        **(fields(NETWORKS["branches"]) | {"paper": paper, "differs_from_paper": ('"""\n1/0',)})
    )
    hold(architecture, tmp_path)
    assert "os.abort" in ast.get_docstring(ast.parse(pytorch_source(architecture)))


@pytest.mark.parametrize("name", ["chain", "f", "tensor", "torch", "7x7", "nn", "none", "true"])
def test_any_name_of_an_architecture(name, tmp_path):
    hold(Architecture(**(fields(NETWORKS["branches"]) | {"name": name})), tmp_path)


def test_equal_tables_are_printed_once():
    rbf = EuclideanRBF(((0.1, -1.0, 1e-7, 1e30),))
    architecture = Architecture(
        name="tried",
        input=CHW(4, 1, 1),
        num_classes=1,
        block=Chain(
            flatten=Flatten(), one=rbf, widen=Linear(4), two=rbf, again=Linear(4), three=rbf
        ),
    )
    assert pytorch_source(architecture).count("CENTRES = ") == 1


def test_a_layer_is_printed_by_its_own_module_call(monkeypatch):
    """Not as `nn.<type>`, which was the silent default for layers without a row."""
    call = ModuleCall("activation.ScaledTanh", (Argument("amplitude", 1.0), Argument("slope", 2.0)))
    monkeypatch.setattr(ReLU, "module", lambda *_: call)
    source = pytorch_source(classifier(act=ReLU()))
    assert "self.act = ScaledTanh(amplitude=1.0, slope=2.0)" in source
    assert "class ScaledTanh(nn.Module):" in source
    assert "nn.ReLU" not in source


@pytest.mark.parametrize("name", ["Gate", "Concat", "Residual"])
def test_a_composition_without_a_row_is_unsupported(name, monkeypatch):
    """It was written as a sum."""
    monkeypatch.delitem(ROWS, name)
    block = {
        "Gate": Gate(body=Identity(), gate=Sigmoid()),
        "Concat": Concat(a=ReLU(), b=ReLU()),
        "Residual": Residual(body=ReLU()),
    }[name]
    with pytest.raises(Unsupported, match=f"PyTorch source does not support {name}"):
        pytorch_source(classifier(stage1=Chain(x=block, y=ReLU()), stage2=Chain(x=block, y=ReLU())))


@pytest.mark.parametrize(
    "callee",
    [
        "nn.Nope",
        "nn.functional",
        "activation.Nope",
        "mystery.Thing",
        "pool.Tensor",
        "Bare",
        "a.b.C",
    ],
)
def test_a_layer_with_an_unknown_module_is_unsupported(callee, monkeypatch):
    """It was printed, and the file failed when it was imported."""
    monkeypatch.setattr(ReLU, "module", lambda *_: ModuleCall(callee))
    with pytest.raises(Unsupported) as error:
        pytorch_source(classifier(stage=Chain(act=ReLU())))
    sentence = str(error.value).splitlines()[0]
    assert sentence.startswith("stage.act: ")
    assert f"ReLU: its module {callee} does not exist" in sentence
