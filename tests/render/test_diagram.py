"""Diagrams: nothing overlaps, nothing is lost, the same bytes every time.

The SVG is parsed independently of the code that wrote it.
"""

import itertools
import json
import random
import re
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from convscope.arch import Architecture, AuxiliaryHead, Chain, Concat, Gate, Paper, Residual
from convscope.errors import InputError
from convscope.layers import (
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    GlobalAvgPool2d,
    Identity,
    Linear,
    LocallyConnected2d,
    LocalResponseNorm,
    MaxPool2d,
    Normalize,
    PartialConv2d,
    ReLU,
    Resize,
    Sigmoid,
    Tanh,
    ZeroPad2d,
    ZeroPadShortcut,
)
from convscope.render.diagram import diagram, diagram_data, drawing, graph, volumes
from convscope.render.diagram.items import (
    ConcatItem,
    HeadItem,
    LayerItem,
    MergeItem,
    StageItem,
    items,
)
from convscope.render.diagram.names import folded_names
from convscope.render.diagram.timings import LayerTimes
from convscope.render.marks import Text, leaves
from convscope.render.pages.html import drawn_page
from convscope.render.png import png
from convscope.render.text import ASCENT, DESCENT, text_width
from convscope.shapes import CHW
from convscope.zoo import list_architectures, load
from tests.zoo.sample import rows

SVG = "{http://www.w3.org/2000/svg}"


def network(name="tried", input=CHW(3, 32, 32), classes=10, **blocks):
    ends = {"pool_last": GlobalAvgPool2d(), "flatten": Flatten(), "classify": Linear(classes)}
    return Architecture(name=name, input=input, num_classes=classes, block=Chain(**blocks, **ends))


def conv(channels, kernel=3, stride=1, **more):
    return Chain(conv=Conv2d(channels, kernel, stride, kernel // 2, **more), act=ReLU())


def inception(scale):
    return Concat(
        ones=conv(8 * scale, 1),
        threes=Chain(reduce=conv(4 * scale, 1), conv=conv(8 * scale)),
        fives=Chain(reduce=conv(2 * scale, 1), conv=conv(4 * scale, 5)),
        pool=Chain(pool=MaxPool2d(3, stride=1, padding=1), project=conv(4 * scale, 1)),
    )


def residual(channels, stride=1, shortcut=Identity()):
    body = Chain(
        conv1=Conv2d(channels, 3, stride, 1, bias=False),
        bn1=BatchNorm2d(),
        relu1=ReLU(),
        conv2=Conv2d(channels, 3, padding=1, bias=False),
        bn2=BatchNorm2d(),
    )
    return Chain(add=Residual(body=body, shortcut=shortcut), relu=ReLU())


def excited(body, channels):
    squeeze = Chain(pool=GlobalAvgPool2d(), fc1=Conv2d(4, 1), relu=ReLU(), fc2=Conv2d(channels, 1))
    return Gate(body=body, gate=Chain(squeeze=squeeze, sigmoid=Sigmoid()))


def projection(channels):
    return Chain(conv=Conv2d(channels, 1, stride=2, bias=False), bn=BatchNorm2d())


def head():
    inner = Chain(pool=AvgPool2d(3), flatten=Flatten(), fc=Linear(64), relu=ReLU(), out=Linear(10))
    return AuxiliaryHead(head=inner)


def towers():
    pool = MaxPool2d(3, stride=2)
    return Architecture(
        name="towers",
        input=CHW(3, 67, 67),
        num_classes=100,
        block=Chain(
            conv1=Conv2d(48, 11, 4),
            relu1=ReLU(),
            lrn1=LocalResponseNorm(),
            pool1=pool,
            conv2=Conv2d(64, 5, padding=2, groups=2),
            relu2=ReLU(),
            pool2=pool,
            conv3=Conv2d(96, 3, padding=1),
            relu3=ReLU(),
            conv4=Conv2d(96, 3, padding=1, groups=2),
            relu4=ReLU(),
            flatten=Flatten(),
            fc6=Linear(512),
            relu6=ReLU(),
            drop6=Dropout(),
            fc7=Linear(512),
            relu7=ReLU(),
            fc8=Linear(100),
        ),
    )


def random_network(seed):
    """A random tree of blocks on 16x16 maps."""
    draw = random.Random(seed)

    def block(depth):
        kind = draw.choice(["conv", "conv", "chain", "concat", "residual", "gate", "pool", "keep"])
        if depth > 3 or kind == "conv":
            return conv(draw.choice([1, 8, 96, 1024]), draw.choice([1, 3, 5]))
        if kind == "pool":
            return MaxPool2d(3, stride=1, padding=1)
        if kind == "keep":
            return draw.choice([Identity(), ReLU(), BatchNorm2d(), Dropout()])
        parts = {f"part{i}": block(depth + 1) for i in range(draw.randint(1, 4))}
        if kind == "residual":
            last = Conv2d(24, 1)
            return Residual(body=Chain(**parts, last=last), shortcut=Chain(last=last))
        if kind == "gate":
            return excited(Chain(**parts, last=Conv2d(24, 1)), 24)
        return Chain(**parts) if kind == "chain" else Concat(**parts)

    blocks = {f"block{i}": block(0) for i in range(draw.randint(1, 6))}
    if draw.random() < 0.5:
        blocks["aux"] = head()
    return network(name=f"random{seed}", input=CHW(3, 16, 16), **blocks)


NETWORKS = {
    "googlenet-like": network(
        stem=conv(16, 7, 2),
        **{f"inception{i}": inception(i) for i in (1, 2, 3)},
        aux1=head(),
        inception4=inception(4),
        inception5=inception(4),
    ),
    "resnet-like": network(
        stem=conv(16),
        stage1=Chain(**{f"block{i}": residual(16) for i in range(1, 4)}),
        stage2=Chain(
            block1=residual(32, 2, projection(32)),
            **{f"block{i}": residual(32) for i in range(2, 37)},
        ),
        stage3=Chain(block1=residual(64, 2, ZeroPadShortcut(64, stride=2)), block2=residual(64)),
    ),
    "gates": network(stem=conv(16), **{f"block{i}": excited(conv(16), 16) for i in (1, 2)}),
    "towers": towers(),
    "plain": network(**{f"conv{i}": conv(16) for i in range(55)}),
    "long chain": network(**{f"conv{i}": conv(i + 1, 1 + 2 * (i % 2)) for i in range(70)}),
    "inside each other": network(
        out=Concat(
            a=Concat(a=conv(4), b=Residual(body=conv(32), shortcut=conv(32)), c=Identity()),
            b=Chain(one=inception(1), two=Residual(body=inception(1), shortcut=conv(24))),
        )
    ),
    "long names": network(
        name="n" * 64, **{"W" * 64: Chain(a=inception(1), b=inception(1)), "M" * 64: inception(2)}
    ),
    "one layer": Architecture(
        name="one", input=CHW(1, 8, 8), num_classes=3, block=Chain(f=Flatten(), fc=Linear(3))
    ),
    "many branches": network(out=Concat(**{f"way{i}": conv(8 + i) for i in range(14)})),
    "mlp": Architecture(
        name="mlp",
        input=CHW(1, 28, 28),
        num_classes=10,
        block=Chain(flatten=Flatten(), hidden=Linear(300), act=Tanh(), out=Linear(10)),
    ),
    "odd layers": network(
        scale=Resize((40, 30)),
        norm=Normalize((0.5,) * 3, (0.5,) * 3),
        drop=Dropout(0.2),
        wide=Conv2d(6, (1, 7), stride=(1, 2), padding=(0, 3), dilation=1),
        local=LocallyConnected2d(4, 3),
        partial=PartialConv2d(((0, 1), (2, 3), (0, 3)), 3),
        deep=Conv2d(6, 3, padding=2, dilation=2, groups=3),
    ),
}
DRAWN = [*NETWORKS, *rows(list_architectures())]
ZOO_SAMPLE = ["resnet18", "resnet152", "inception_v3", "googlenet", "efficientnet_lite0"]


def architecture(name):
    return NETWORKS[name] if name in NETWORKS else load(name)


class Parsed:
    """The texts, boxes, lines and volumes of an SVG; areas are (left, top, right, bottom)."""

    def __init__(self, svg):
        self.root = ElementTree.fromstring(svg)
        self.texts = [(t.text, self._text(t)) for t in self._all("text")]
        rects = [r for r in self._all("rect") if r.get("class") != "f-paper"]
        self.boxes = [(r.get("class"), self._rect(r)) for r in rects]
        self.boxes += [("circle", self._circle(c)) for c in self._all("circle")]
        self.lines = [self._points(line) for line in self._all("polyline")]
        faces = [p for p in self._all("polygon") if p.get("class") not in ("f-edge", "s-ink")]
        self.solids, group = [], []
        for polygon in faces:
            if not polygon.get("fill-opacity") and group:
                self.solids.append(self._around(group))
                group = []
            group += self._points(polygon)
        self.solids += [self._around(group)] if group else []
        self.page = tuple(float(n) for n in self.root.get("viewBox").split())

    def _all(self, name):
        return list(self.root.iter(f"{SVG}{name}"))

    @staticmethod
    def _text(text):
        x, y, size = (float(text.get(key)) for key in ("x", "y", "font-size"))
        width = text_width(text.text, size, bold=text.get("font-weight") == "bold")
        left = x - {None: 0, "middle": width / 2, "end": width}[text.get("text-anchor")]
        return left, y - 0.9 * size, left + width, y + 0.22 * size

    @staticmethod
    def _rect(rect):
        x, y, width, height = (float(rect.get(key)) for key in ("x", "y", "width", "height"))
        return x, y, x + width, y + height

    @staticmethod
    def _circle(circle):
        x, y, r = (float(circle.get(key)) for key in ("cx", "cy", "r"))
        return x - r, y - r, x + r, y + r

    @staticmethod
    def _points(element):
        return [tuple(map(float, pair.split(","))) for pair in element.get("points").split()]

    @staticmethod
    def _around(points):
        xs, ys = zip(*points, strict=True)
        return min(xs), min(ys), max(xs), max(ys)


def apart(a, b, slack=0.2):
    return (
        a[2] <= b[0] + slack or b[2] <= a[0] + slack or a[3] <= b[1] + slack or b[3] <= a[1] + slack
    )


def inside(a, b, slack=0.2):
    return (
        b[0] - slack <= a[0]
        and b[1] - slack <= a[1]
        and a[2] <= b[2] + slack
        and a[3] <= b[3] + slack
    )


def meets(line, area, shrink=0.6):
    """Whether any piece of a line passes through an area (Liang and Barsky)."""
    left, top, right, bottom = (
        area[0] + shrink,
        area[1] + shrink,
        area[2] - shrink,
        area[3] - shrink,
    )
    for (x0, y0), (x1, y1) in itertools.pairwise(line):
        enter, leave = 0.0, 1.0
        for step, low, high in ((x1 - x0, left - x0, right - x0), (y1 - y0, top - y0, bottom - y0)):
            if step == 0:
                if low > 0 or high < 0:
                    enter, leave = 1.0, 0.0
                continue
            first, last = sorted((low / step, high / step))
            enter, leave = max(enter, first), min(leave, last)
        if enter < leave:
            return True
    return False


def check(svg):
    parsed = Parsed(svg)
    assert parsed.texts
    for number, (text, area) in enumerate(parsed.texts):
        assert inside(area, parsed.page), text
        for other, its in parsed.texts[number + 1 :]:
            assert apart(area, its), (text, other)
        for kind, its in parsed.boxes:
            assert apart(area, its) or inside(area, its), (text, kind)
        for its in parsed.solids:
            assert apart(area, its), (text, its)
        for line in parsed.lines:
            assert not meets(line, area), (text, line)
    areas = [area for _, area in parsed.boxes]
    for number, area in enumerate(areas):
        assert inside(area, parsed.page)
        for other in areas[number + 1 :]:
            assert apart(area, other) or inside(area, other) or inside(other, area)
        kind = parsed.boxes[number][0]
        if kind not in ("s-frame", "circle"):
            assert not any(meets(line, area) for line in parsed.lines), (kind, area)
    for number, area in enumerate(parsed.solids):
        assert inside(area, parsed.page)
        assert all(apart(area, other) for other in parsed.solids[number + 1 :])


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("draw", [graph, volumes])
def test_nothing_overlaps(draw, name):
    check(draw(architecture(name)))


def times_of(network):
    """Return 1 ms for each layer with MACs, 0.5 ms for others; 0 for activations and views."""
    ms, inside = {}, {}
    steps = [step for step in network.trace.steps if not step.auxiliary]
    for before, step in zip([None, *steps], steps, strict=False):
        is_view = step.layer is not None and step.layer.view == "always"
        ms[step.path] = 1.0 if step.macs else 0.0 if is_view else 0.5
        if step.layer is not None and step.layer.role == "activation":
            ms[step.path], inside[step.path] = 0.0, before.path
    return LayerTimes(ms, inside, 1.25 * sum(ms.values()), "ONNX Runtime, exact, batch of 1")


TIMED = ("lenet5", "alexnet", "vgg16", "googlenet", "resnet50", "efficientnet_lite0", "se_resnet50")


@pytest.mark.parametrize("draw", [graph, volumes])
@pytest.mark.parametrize("name", TIMED)
def test_times_overlap_nothing_and_add_up(draw, name):
    network = architecture(name)
    times = times_of(network)
    picture = draw(network, times)
    check(picture)
    assert "20.0% of it outside of the layers drawn" in picture
    written = re.findall(r">(?:\w+ · )*(?:Σ )?([\d.,]+) ms, [\d.]+%<", picture)
    assert sum(map(float, written)) == pytest.approx(sum(times.ms.values()))


def test_times_of_repeated_layers_are_added():
    """ResNet-34's stage4: block2 to block6 are drawn once; 5 convolutions and normalisations."""
    network = architecture("resnet34")
    times = times_of(network)
    picture = graph(network, times)
    assert f"Σ 7.5 ms, {7.5 / times.total_ms:.1%}" in picture
    assert "Σ: sum of layers that are drawn as one" in picture


def test_layers_of_one_colour_scale():
    """The slowest layer is yellow with dark text, the fastest violet with light text."""
    network = architecture("lenet5")
    ms = dict.fromkeys(times_of(network).ms, 0.0) | {"conv1": 9.0, "fc2": 0.001}
    picture = graph(network, LayerTimes(ms, {"tanh1": "conv1"}, 10.0, "PyTorch"))
    assert picture.count('fill="#fde725"') == 1
    assert picture.count('fill="#440154"') >= 1


def test_a_layer_without_time_of_its_own_names_the_other():
    network = architecture("lenet5")
    times = times_of(network)
    fused = LayerTimes(times.ms | {"pool1": 0.0}, {"pool1": "conv1"}, times.total_ms, "PyTorch")
    assert ">in conv1</text>" in graph(network, fused)


def test_a_page_with_a_diagram():
    network = architecture("lenet5")
    page = drawn_page(drawing(network, times_of(network)))
    assert page.startswith("<!doctype html>")
    assert page.count("<svg") == 1
    assert "prefers-color-scheme:dark" in page


@pytest.mark.parametrize("seed", range(40))
def test_nothing_overlaps_in_random_networks(seed):
    check(graph(random_network(seed)))
    check(volumes(random_network(seed)))


def test_every_text_is_set_in_a_bundled_font():
    """Text bounds leave room for the ascenders and descenders of the font."""
    assert ASCENT >= 0.9
    assert DESCENT >= 0.22


@pytest.mark.parametrize("name", DRAWN)
def test_accessible_and_alone(name):
    root = ElementTree.fromstring(diagram(architecture(name)))
    assert root.get("role") == "img"
    assert architecture(name).name in root.find(f"{SVG}title").text
    assert len(root.find(f"{SVG}desc").text) > 20
    style = root.find(f"{SVG}style").text
    assert "prefers-color-scheme:dark" in style
    classes = {c for e in root.iter() for c in (e.get("class") or "").split()}
    assert all(f".{name}" in style for name in classes)
    text = ElementTree.tostring(root, encoding="unicode")
    assert "href" not in text
    assert "url(" not in text
    assert "<script" not in text


def words(svg):
    return [text for text, _ in Parsed(svg).texts]


def test_repeats_are_folded():
    texts = words(graph(NETWORKS["resnet-like"]))
    assert {"stage1 ×3", "×3", "stage2 ×36", "×35", "stage3 ×2"} <= set(texts)
    assert len(texts) < 80
    assert "×55" in words(graph(NETWORKS["plain"]))


def test_what_differs_is_not_folded():
    texts = words(graph(NETWORKS["googlenet-like"]))
    assert texts.count("concat") == 4
    assert texts.count("×2") == 1
    assert [name for name in texts if name.startswith("inception")] == [
        *(f"inception{i}" for i in (1, 2, 3)),
        "inception4,",
        "inception5",
    ]


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (("inception4", "inception5"), "inception4, inception5"),
        (("stage2.block2.add", "stage2.block3.add"), "block2, block3"),
        (tuple(f"stage2.block{i}.add" for i in range(2, 37)), "block2 to block36"),
        (tuple(f"mixed6{letter}" for letter in "bcde"), "mixed6b to mixed6e"),
        (tuple(f"block{i}" for i in (1, 2, 4, 5)), "block1, block2, block4, block5"),
        (tuple(f"b{i}" for i in (9, 10, 11, 12)), "b9 to b12"),
        (("a", "b.add", "c"), "a, b.add, c"),
        (("卷积一", "卷积二"), "卷积一, 卷积二"),
    ],
)
def test_a_folded_frame_names_all_blocks_that_it_stands_for(paths, names):
    assert folded_names(paths) == names


@pytest.mark.parametrize("name", [*NETWORKS, *ZOO_SAMPLE])
def test_every_folded_frame_is_named(name):
    """As many names as the frame's number says, or the first and the last."""

    def frames(sequence):
        for item in sequence:
            if isinstance(item, StageItem):
                yield from frames(item.items)
            elif not isinstance(item, LayerItem | HeadItem) and item.times > 1:
                yield item

    shown = " ".join(words(graph(architecture(name))))
    for item in frames(items(architecture(name))):
        assert len(item.paths) == item.times
        names = folded_names(item.paths)
        assert names.count(", ") + 1 == item.times or " to " in names
        assert names in shown


def test_sums_and_products_are_labelled_and_top_blocks_named():
    texts = words(graph(network(first=residual(3).blocks["add"], second=conv(8))))
    assert "residual" in texts
    assert "first" in texts
    assert "gate" in words(graph(NETWORKS["gates"]))
    assert "residual · ReLU" in words(graph(NETWORKS["resnet-like"]))


@pytest.mark.parametrize("number", range(2, 32, 3))
def test_no_page_break_between_padding_and_its_convolution(number):
    """Every zero pad stands right above its convolution (graph) or right before it (volumes)."""
    blocks = {
        f"block{i}": Chain(
            pad=ZeroPad2d(bottom=1, right=1), conv=Conv2d(i + 1, 3, 2 if i < 4 else 1)
        )
        for i in range(number)
    }
    tried = Architecture(
        name="padded",
        input=CHW(3, 512, 512),
        num_classes=10,
        block=Chain(**blocks, pool=GlobalAvgPool2d(), flatten=Flatten(), last=Linear(10)),
    )
    for draw, axis in ((graph, 0), (volumes, 1)):
        areas = [(text, area) for text, area in Parsed(draw(tried)).texts if "zero" in text]
        follow = [(text, area) for text, area in Parsed(draw(tried)).texts if "3×3 conv" in text]
        assert len(areas) >= number
        for (_, pad), (_, its) in zip(areas, follow, strict=False):
            middle = [(area[axis] + area[axis + 2]) / 2 for area in (pad, its)]
            assert middle[0] == pytest.approx(middle[1], abs=1)


@pytest.mark.parametrize("name", rows(list_architectures()))
def test_text_is_legible_at_the_width_of_a_readme(name):
    """A README shows pictures 830 pixels wide; text of 9 pixels is the least to read."""
    drawn = drawing(load(name))
    smallest = min(mark.size for mark in leaves(drawn.marks) if isinstance(mark, Text))
    assert smallest * min(1, 830 / drawn.width) >= 9


@pytest.mark.parametrize("name", ["vgg16", "nin", "convpool_cnn_b", "resnet50", "googlenet"])
def test_an_arrow_leads_from_line_to_line(name):
    parsed = Parsed(diagram(load(name)))
    arrows = [p for p in parsed.root.iter(f"{SVG}polygon") if p.get("class") == "f-edge"]
    tips = {parsed._points(arrow)[0] for arrow in arrows}
    back = [line for line in parsed.lines if len(line) == 4 and line[0] not in tips]
    assert back
    for line in back:
        onward = [other for other in parsed.lines if other[0] == line[-1] and len(other) > 2]
        assert line[-1] in tips or any(other[-1] in tips for other in onward)


def count(sequence):
    """Number of convolutions and linear layers in items."""
    total = 0
    for item in sequence:
        match item:
            case LayerItem():
                inner = item.role in ("convolution", "linear")
            case ConcatItem():
                inner = sum(map(count, item.branches))
            case MergeItem():
                inner = count(item.body) + count(item.branch)
            case HeadItem():
                inner = count(item.head)
            case StageItem():
                inner = count(item.items)
        total += inner * getattr(item, "times", 1)
    return total


@pytest.mark.parametrize("name", DRAWN)
def test_every_layer_with_weights_is_drawn(name):
    steps = architecture(name).trace.steps
    roles = [getattr(step.operation, "role", "") for step in steps]
    expected = roles.count("convolution") + roles.count("linear")
    assert count(items(architecture(name))) == expected


def test_a_gate_is_a_residual_with_a_multiplication_sign():
    svg = graph(NETWORKS["gates"])
    labels = {label for text in words(svg) for label in text.split(" · ")}
    assert {"×2", "global avg pool", "sigmoid"} <= labels
    crosses = [
        line
        for line in Parsed(svg).lines
        if len(line) == 2 and abs(line[0][0] - line[1][0]) == abs(line[0][1] - line[1][1]) == 6
    ]
    assert len(crosses) == 2
    assert "multiplied by" in ElementTree.fromstring(svg).find(f"{SVG}desc").text


def test_data_is_json_with_every_label():
    data = json.loads(json.dumps(diagram_data(load("googlenet"))))
    assert data["input"] == [3, 224, 224]
    assert [item["type"] for item in data["items"]][-1] == "layer"
    text = json.dumps(data, ensure_ascii=False)
    for label in ("7×7 conv, 64, /2", "3×3 max pool, /2", "linear, 1000", '"weight": 0.3'):
        assert label in text


def calls(function, *arguments):
    """Number of Python function calls; independent of the speed of the machine."""
    number = 0

    def count_call(frame, event, argument):
        nonlocal number
        number += event == "call"

    sys.setprofile(count_call)
    try:
        function(*arguments)
    finally:
        sys.setprofile(None)
    return number


def test_time_grows_linearly_with_the_number_of_layers():
    short, long = (
        network(**{f"conv{i}": conv(1 + i % 7, 1) for i in range(num)}) for num in (200, 800)
    )
    assert calls(diagram, long) < 4.6 * calls(diagram, short)
    assert calls(items, long) < 4.2 * calls(items, short)


def test_png_of_a_diagram():
    data = png(drawing(load("lenet5")))
    assert data.startswith(b"\x89PNG")


def test_shapes_stand_on_the_edges():
    texts = words(graph(NETWORKS["resnet-like"]))
    assert {"16 × 32×32", "32 × 16×16", "64 × 8×8", "64 × 1×1", "10 logits"} <= set(texts)
    texts = words(volumes(load("lenet5")))
    for size in ("1@32×32", "6@28×28", "6@14×14", "16@10×10", "16@5×5", "120@1×1", "84", "10"):
        assert size in texts


def test_alexnets_towers_and_which_layers_connect_across_them():
    parsed = Parsed(volumes(NETWORKS["towers"]))
    texts = [text for text, _ in parsed.texts]
    assert texts.count("24@15×15") == 2
    assert texts.count("32@7×7") == 2
    assert texts.count("256") == 4  # fc6 and fc7, half in each tower
    assert texts.count("100") == 1
    assert texts.count("own tower only") == 2
    assert texts.count("both towers") == 3
    middle = [(area[1] + area[3]) / 2 for area in parsed.solids]
    assert len({round(y) for y in middle}) > 3
    # a whole convolution or a full connection crosses from one tower to the other
    crossing = [line for line in parsed.lines if abs(line[-1][1] - line[-2][1]) > 150]
    assert len(crossing) >= 2 * 2 + 2 * 2


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("towers", "volumes"),
        ("plain", "volumes"),
        ("mlp", "volumes"),
        ("googlenet-like", "graph"),
        ("resnet-like", "graph"),
        ("long chain", "graph"),
        ("lenet5", "volumes"),
    ],
)
def test_the_drawing_suits_the_structure(name, kind):
    assert diagram(architecture(name)) == {"graph": graph, "volumes": volumes}[kind](
        architecture(name)
    )


def test_hostile_texts_stay_texts():
    fields = {name: getattr(NETWORKS["plain"], name) for name in Architecture.model_fields}
    paper = Paper(
        title="<script>", authors="</text><script>alert(1)</script> & \x00\x1b", year=2000, url="x"
    )
    svg = graph(Architecture(**(fields | {"paper": paper})))
    root = ElementTree.fromstring(svg)
    assert not list(root.iter(f"{SVG}script"))
    check(svg)


def test_nothing_to_draw():
    flat = Architecture(
        name="flat", input=CHW(1, 1, 4), num_classes=4, block=Chain(flatten=Flatten())
    )
    check(graph(flat))
    assert diagram(flat) == graph(flat)
    with pytest.raises(InputError, match="no layer to draw"):
        volumes(flat)


def test_the_same_bytes_in_every_process():
    code = (
        "import hashlib; from convscope.render.diagram import graph, volumes; "
        "from convscope.zoo import load; "
        "text = graph(load('lenet5')) + volumes(load('lenet5_1998')); "
        "print(hashlib.sha256(text.encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PATH": ""},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_no_torch():
    code = (
        "import sys; from convscope.render.diagram import diagram; from convscope.zoo import load; "
        "diagram(load('lenet5')); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
