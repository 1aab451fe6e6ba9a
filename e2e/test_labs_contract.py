"""Labs of the page against Python's: connections, fields, gradients, learning, gates, counts."""

import itertools
import json
from pathlib import Path
from typing import Any

from convscope.filters.kernels import KERNELS
from convscope.labs.connectivity import Kind, links
from convscope.labs.draws import Draws
from convscope.labs.gradients import Case, Gradients
from convscope.labs.layers.receptive_field import ReceptiveField, parse_layers
from convscope.labs.layers.separable import Separable
from convscope.labs.layers.squeeze_excitation import EXAMPLES, SqueezeExcitation
from convscope.labs.learnable_filter import LearnableFilter, drawn_photo
from e2e import vitest

KINDS: dict[str, Kind] = {
    "convolution": "convolution",
    "local": "locally connected",
    "full": "fully connected",
}
STACKS = (
    "conv3",
    "conv3 conv3 conv3",
    "conv5 pool2 conv5 pool2",
    "conv3s2 conv3 pool3s2 conv3d2",
    "conv7s2 pool3s2 conv1",
)


def _connectivity() -> list[dict[str, Any]]:
    cases = []
    sizes = itertools.product(KINDS, (5, 9), (1, 2, 3, 5), (1, 2, 3))
    for kind, width, kernel, stride in sizes:
        all_links = links(KINDS[kind], units=width, kernel=kernel, stride=stride)
        case = {"kind": kind, "width": width, "kernel": kernel, "stride": stride}
        cases.append(case | {"links": [list(link) for link in all_links]})
    return cases


def _fields() -> list[dict[str, Any]]:
    labs = {text: ReceptiveField(parse_layers(text)) for text in STACKS}
    return [
        {
            "layers": text,
            "fields": [[field.field, field.jump] for field in lab.fields],
            "paths": lab.paths().tolist(),
            "weights": lab.weights(7),
        }
        for text, lab in labs.items()
    ]


def _flows() -> list[dict[str, Any]]:
    cases = []
    styles = itertools.product(
        ("plain", "residual"), ("relu", "tanh"), (False, True), ("he", "xavier")
    )
    for style, activation, normalised, start in styles:
        lab = Gradients(depth=10, seed=3, width=4)
        flow = lab.flow(Case(style, activation, normalised, start))  # type: ignore[arg-type]
        one = {
            "depth": 10,
            "activation": activation,
            "residual": style == "residual",
            "normalised": normalised,
            "init": start,
        }
        size = {"width": 4, "images": lab.images, "seed": 3}
        cases.append({"one": one, "size": size, "flow": flow.to_dict()})
    lab = Gradients()
    one = one | {"depth": 30, "activation": "relu", "residual": False, "normalised": False}
    flow = lab.flow(Case("plain", "relu", False, "xavier"))
    size = {"width": lab.width, "images": lab.images, "seed": 0}
    return [*cases, {"one": one, "size": size, "flow": flow.to_dict()}]


def _learning() -> list[dict[str, Any]]:
    photo_HW = drawn_photo(side=60)
    cases = []
    for name, lr, momentum in (
        ("sobel_x", 1.0, True),
        ("laplacian8", 0.3, True),
        ("gaussian3", 1.4, True),
        ("sobel_y", 1.9, False),
        ("sobel_x", 2.1, False),
    ):
        truth = KERNELS[name].matrix
        steps = LearnableFilter(photo_HW, truth, 3, 20_000, 0, lr, momentum).learn()
        # later steps of a loss that is almost 0 are rounding
        places = [n for n in (0, 1, 2, 5, 10, 20) if n < len(steps)]
        cases.append(
            {
                "photo": {"width": 60, "height": 60, "data": photo_HW.ravel().tolist()},
                "truth": truth.ravel().tolist(),
                "side": 3,
                "how": {"lr": lr, "momentum": momentum},
                "steps": len(steps),
                "places": places,
                "losses": [steps[n].loss for n in places],
                "kernels": [steps[n].kernel.ravel().tolist() for n in places],
            }
        )
    return cases


def _separable() -> list[dict[str, Any]]:
    cases = []
    for channels, outputs, kernel, size in ((64, 128, 3, 56), (1, 1, 1, 1), (30, 2, 7, 13)):
        lab = Separable(channels, outputs, kernel, size)
        sizes = {"channels": channels, "outputs": outputs, "kernel": kernel, "size": size}
        weights = [cost.weights for cost in lab.costs()]
        macs = [cost.macs for cost in lab.costs()]
        cases.append({"sizes": sizes, "weights": weights, "macs": macs, "ratio": lab.ratio})
    return cases


def _gates() -> list[dict[str, Any]]:
    sizes = ((8, 4), (8, 1), (8, 8), (12, 3), (5, 5))
    labs = [SqueezeExcitation(*size, name) for size in sizes for name in (*EXAMPLES, "1")]
    cases = [lab.to_dict() | {"reduction": lab.reduction} for lab in labs]
    for case, lab in zip(cases, labs, strict=True):
        case["maps"] = lab.maps.reshape(lab.channels, -1).tolist()
    return cases


def test_labs_of_the_page_equal_python(tmp_path: Path) -> None:
    draws = Draws(5)
    cases = {
        "draws": {
            "seed": 5,
            "uniform": draws.uniform(50).tolist(),
            "normal": draws.normal(50).tolist(),
        },
        "connectivity": _connectivity(),
        "fields": _fields(),
        "flows": _flows(),
        "learning": _learning(),
        "separable": _separable(),
        "gates": _gates(),
    }
    (tmp_path / "labs.json").write_text(json.dumps(cases))
    vitest.run("src/labs/layers.contract.test.ts", "LAB_CASES", tmp_path)
