"""No text of any drawing touches another one, leaves the drawing or crosses the edge of its box.

Payload kinds have a contract of their own; here are the drawings of labs, charts of commands, the
report's charts and the zoo. In both languages: Chinese texts have other widths.
"""

import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from convscope import lang
from convscope.labs.connectivity import Connectivity
from convscope.labs.convolution_inputs import Settings, example, random_convolution
from convscope.labs.examples import EXAMPLES
from convscope.labs.gradients import Gradients, cases
from convscope.labs.learnable_filter import LearnableFilter, drawn_photo
from convscope.labs.pictures import connectivity, convolution, gradients, learnable_filter, pooling
from convscope.labs.pooling import Change, Measured
from convscope.payload import Curves, Series
from convscope.render import payloads
from convscope.render.diagram import drawing as diagram
from convscope.render.marks import Box, Drawing, Text
from convscope.report import charts
from convscope.shapes import CHW
from convscope.sweep.space import parse
from convscope.sweep.summary import Outcome, Summary
from convscope.training.lr_range import LrRange
from convscope.zoo import list_architectures, load
from tests.render.overlaps import outside_its_box, touching


@pytest.fixture(params=["en", "zh"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    before = lang.current()
    lang.use(request.param)
    yield request.param
    lang.use(before)


def convolved(input: tuple[int, int, int], step: int = 1, **settings: object) -> Drawing:
    return convolution.drawing(random_convolution(input, Settings(**settings)), step)


def connected(kernel: int, stride: int = 1, depth: int = 5) -> Drawing:
    return connectivity.drawing(Connectivity(CHW(1, 64, 64), 6, kernel, stride, 0, depth))


def filtered(kernel: list[list[float]]) -> Drawing:
    truth = np.array(kernel)
    lab = LearnableFilter(drawn_photo(seed=0), truth, len(truth), 200, 0)
    return learnable_filter.drawing(lab, lab.learn())


def pooled() -> Drawing:
    changes = (Change("features.stage1.pool", True, 1.0, 99.9), Change("conv1", False, 0.0, 0.0))
    names = ("a run with a name that is rather long, in a folder", "max pooling")
    return pooling.drawing([Measured(name, 0.98765, changes, 0.12345, 60_000) for name in names])


def lr_range(low: float, high: float, suggested: float | None) -> Curves:
    lrs = tuple(low * (high / low) ** (t / 79) for t in range(80))
    losses = tuple(2.3 - 2 / (1 + math.exp(-(math.log10(lr) + 3) * 2)) + lr for lr in lrs)
    result = LrRange(lrs, losses, losses, "80 steps", suggested, suggested)
    return result.curves("Learning rate range test: efficientnet_lite0 on photos")


def swept(number: int) -> Summary:
    accuracies = {i: 0.9 + 0.05 * math.sin(i * 2.3) for i in range(number)}
    outcomes = tuple(
        Outcome(i, "done", (f"lr={10.0**-i:.2g}",), a, 0.1, {e: a - 0.3 / e for e in range(1, 7)})
        for i, a in accuracies.items()
    )
    return Summary("lenet5 on mnist", (parse("lr=1e-4..1e-1"),), outcomes)


DRAWINGS: dict[str, Callable[[], Drawing]] = {
    **{
        f"convolution, {name}": lambda name=name: convolution.drawing(example(name))
        for name in EXAMPLES
    },
    "convolution, one number": lambda: convolved((1, 1, 1), kernel=(1, 1), kernels=1),
    "convolution, wide": lambda: convolved((2, 12, 3), kernel=(1, 7), kernels=20),
    "convolution, transposed": lambda: convolved((4, 4, 2), 7, transposed=True, stride=(2, 2)),
    "convolution, grouped": lambda: convolved((6, 6, 4), 5, groups=2, padding=(2, 2)),
    **{
        f"connectivity, {kernel}, stride {stride}": lambda k=kernel, s=stride: connected(k, s)
        for kernel, stride in ((1, 1), (2, 2), (3, 1), (4, 3), (5, 1), (7, 1), (7, 2), (31, 1))
    },
    "learnable filter": lambda: filtered([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
    "learnable filter, 7 wide": lambda: filtered(np.full((7, 7), -1 / 49).tolist()),
    "gradients": lambda: gradients.drawing(
        Gradients(4, 4, 0), [Gradients(4, 4, 0).flow(case) for case in cases()]
    ),
    "pooling, the example": lambda: pooling.drawing(()),
    "pooling, measured": pooled,
    "lr-range": lambda: payloads.drawing(lr_range(1e-6, 10, 0.0056)),
    "lr-range, suggested at the start": lambda: payloads.drawing(lr_range(1e-6, 10, 1.1e-6)),
    "lr-range, suggested at the end": lambda: payloads.drawing(lr_range(1e-9, 1, 0.99)),
    "lr-range, nothing suggested": lambda: payloads.drawing(lr_range(0.1, 0.2, None)),
    **{
        f"sweep of {num}, {which}": lambda num=num, which=which: payloads.drawing(
            getattr(swept(num), which)()
        )
        for num in (1, 4, 9, 40)
        for which in ("over_trials", "over_epochs")
    },
}
ZOO_QUICK = ("lenet5", "alexnet", "vgg16", "googlenet", "resnet18", "efficientnet_lite0", "nin")


@pytest.mark.parametrize("name", DRAWINGS)
def test_no_text_overlaps_or_leaves_its_box(name: str, language: str) -> None:
    drawn = DRAWINGS[name]()
    assert touching(drawn) == []
    assert outside_its_box(drawn) == []


@pytest.mark.parametrize("name", ZOO_QUICK)
def test_no_text_of_a_diagram_overlaps(name: str, language: str) -> None:
    drawn = diagram(load(name))
    assert touching(drawn) == []
    assert outside_its_box(drawn) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({*list_architectures()} - {*ZOO_QUICK}))
def test_no_text_of_the_other_diagrams_overlaps(name: str, language: str) -> None:
    drawn = diagram(load(name))
    assert touching(drawn) == []
    assert outside_its_box(drawn) == []


def pair(num: int, values: Callable[[int], float], **more: object) -> Curves:
    x = tuple(float(i) for i in range(num))
    y = tuple(values(i) for i in range(num))
    lines = (Series(name="training", x=x, y=y), Series(name="validation", x=x, y=y[::-1]))
    fields = {"title": "loss", "x_label": "epoch", "y_label": "loss", "series": lines}
    return Curves(**{**fields, **more})


@pytest.mark.parametrize("shown", ["en", "zh-Hans"])
@pytest.mark.parametrize(
    "payload",
    [
        pair(40, lambda i: 2.3 * 0.9**i, y_scale="log"),
        pair(2, lambda i: 0.5),
        pair(900, lambda i: 1 - 1 / (i + 2), y_format="percent", title="accuracy"),
        pair(5, lambda i: 1e-6 * i, title="learning rate"),
    ],
)
def test_no_text_of_a_reports_chart_overlaps(
    payload: Curves, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Drawing] = []

    def kept(drawing: Drawing, **_: object) -> str:
        drawn.append(drawing)
        return ""

    monkeypatch.setattr(charts, "svg_for_page", kept)
    charts.curves(payload)
    assert [touching(drawing, lang=shown) for drawing in drawn] == [[]]


def test_a_text_that_crosses_its_box_is_noticed() -> None:
    box = Box(10, 10, 30, 20, fill="conv")
    assert outside_its_box(Drawing(200, 50, (box, Text(15, 25, "much too long")))) != []
    assert outside_its_box(Drawing(200, 50, (box, Text(15, 25, "ok", 10)))) == []
