"""What the papers print, as they print it. `why` explains a difference, or how to read a unit."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Printed:
    """One printed number.

    Attributes:
        paths: the blocks that it counts; none: the whole main network.
        printed: as it stands in the paper.
        value, unit: the same as a number of units.
        tolerance: how far ours may be, in units, and still agree with what is printed.
    """

    table: str
    row: str
    quantity: str
    printed: str
    value: float
    unit: int = 1
    tolerance: float = 0.0
    paths: tuple[str, ...] = ()
    why: str = ""
    suffix: str = ""
    digits: int = 1


KIBI, MEGA, GIGA = 1024, 10**6, 10**9
K_IS_1024 = "K is 1024 in this table; weights without biases"


def _googlenet() -> tuple[Printed, ...]:
    """Table 1, parameters and operations. Channels are as printed, and right."""
    rows = (  # row, paths, parameters in K, operations in M, why the first or the second differs
        (
            "convolution 7x7/2",
            ("conv1",),
            2.7,
            34,
            "2.7K and 34M fit a separable 7x7 with multiplier 8 (2,712 weights), not 7x7x3x64",
        ),
        ("convolution 3x3/1", ("conv2_reduce", "conv2"), 112, 360, ""),
        ("inception (3a)", ("inception3a",), 159, 128, ""),
        ("inception (3b)", ("inception3b",), 380, 304, ""),
        ("inception (4a)", ("inception4a",), 364, 73, "printed 3K too low for its own channels"),
        ("inception (4b)", ("inception4b",), 437, 88, ""),
        ("inception (4c)", ("inception4c",), 463, 100, "does not fit its own channels; ops do"),
        ("inception (4d)", ("inception4d",), 580, 119, "does not fit its own channels; ops do"),
        ("inception (4e)", ("inception4e",), 840, 170, "does not fit its own channels; ops do"),
        (
            "inception (5a)",
            ("inception5a",),
            1072,
            54,
            "1072K and 54M fit each other, but not the printed channels",
        ),
        ("inception (5b)", ("inception5b",), 1388, 71, "does not fit its own channels; ops do"),
        ("linear", ("fc",), 1000, 1, ""),
    )
    found = []
    for row, paths, kilo, mega, why in rows:
        text = f"{kilo}K"
        found.append(
            Printed(
                "Table 1",
                row,
                "weights",
                text,
                kilo,
                KIBI,
                1.05,
                paths,
                why or K_IS_1024,
                "K",
                1,
            )
        )
        differs = row in ("convolution 7x7/2", "inception (5a)")
        found.append(
            Printed(
                "Table 1",
                row,
                "MACs",
                f"{mega}M",
                mega,
                MEGA,
                1.0,
                paths,
                why if differs else "",
                "M",
                1,
            )
        )
    return tuple(found)


def _lenet() -> tuple[Printed, ...]:
    """Section II-B: trainable parameters and connections, layer by layer."""
    rows = (
        ("C1", ("c1",), 156, 122_304),
        ("S2", ("s2",), 12, 5_880),
        ("C3", ("c3",), 1_516, 151_600),
        ("S4", ("s4",), 32, 2_000),
        ("C5", ("c5",), 48_120, 48_120),
        ("F6", ("f6",), 10_164, 10_164),
    )
    found = []
    for row, paths, parameters, connections in rows:
        found.append(Printed("II-B", row, "parameters", f"{parameters:,}", parameters, paths=paths))
        found.append(
            Printed("II-B", row, "connections", f"{connections:,}", connections, paths=paths)
        )
    found.append(Printed("II-B", "all", "parameters", "60,000", 60_000))
    found.append(
        Printed(
            "II-B",
            "all",
            "connections",
            "340,908",
            340_908,
            why="340,068 of the layers and 840 of the RBF units",
        )
    )
    return tuple(found)


def _alexnet() -> tuple[Printed, ...]:
    """Figure 2: neurons a layer; the text's 60 million parameters and 650,000 neurons."""
    neurons = (
        ("conv1", 253_440, "55 x 55 x 96 is 290,400; printed is 55 x 48 x 96"),
        ("conv2", 186_624, ""),
        ("conv3", 64_896, ""),
        ("conv4", 64_896, ""),
        ("conv5", 43_264, ""),
        ("fc6", 4_096, ""),
        ("fc7", 4_096, ""),
        ("fc8", 1_000, ""),
    )
    rows = [
        Printed("Figure 2", path, "units", f"{n:,}", n, paths=(path,), why=why)
        for path, n, why in neurons
    ]
    rows.append(Printed("text", "all", "parameters", "60 million", 60, MEGA, 1.0, (), "", "M", 2))
    rows.append(
        Printed(
            "text",
            "all",
            "units",
            "650,000",
            650,
            1000,
            10.0,
            (),
            "659,272 with 290,400 neurons in conv1; 622,312 with the printed 253,440",
            "K",
            1,
        )
    )
    return tuple(rows)


def _millions(table: str, printed: str, value: float, tolerance: float, why: str) -> Printed:
    return Printed(table, "all", "parameters", printed, value, MEGA, tolerance, (), why, "M", 3)


def _vgg(millions: int) -> tuple[Printed, ...]:
    return (_millions("Table 2", f"{millions}", millions, 0.5, ""),)


def _resnet(flops: str, why: str = "") -> tuple[Printed, ...]:
    why = why or "called FLOPs in the paper, counted as multiply-adds"
    return (Printed("Table 1", "all", "MACs", flops, float(flops), GIGA, 0.07, (), why, "G", 3),)


def _v15(flops: str, published: str) -> tuple[Printed, ...]:
    why = f"v1.5 has the stride in the 3x3 of a block; {published} is the paper's network"
    return _resnet(flops, why)


def _resnet_cifar(printed: str, tolerance: float) -> tuple[Printed, ...]:
    return (_millions("Table 6", f"{printed}M", float(printed), tolerance, ""),)


ABOUT = "a looser 'about' than in the other rows: by its own Table 1 a tenth less"
MODEL_C = "0.955 million by its own Table 1; the printed 1.3 fits no reading of it"


def _all_cnn(printed: str, why: str = "") -> tuple[Printed, ...]:
    return (_millions("Table 3", f"about {printed}M", float(printed), 0.12, why),)


def _inception_v3() -> tuple[Printed, ...]:
    """The abstract. `less than 25 million` is met by anything from 0."""
    cost = "counted over the released network, whose stem is not that of the paper's Table 1"
    return (
        Printed("abstract", "all", "MACs", "5 billion", 5, GIGA, 0.5, (), cost, "G", 3),
        Printed("abstract", "all", "parameters", "< 25 million", 12.5, MEGA, 12.5, (), "", "M", 3),
    )


def _efficientnet_lite0() -> tuple[Printed, ...]:
    """The table of the authors' repository."""
    table, why = (
        "README",
        "convolutions and the linear layer; how the 407M were counted is not said",
    )
    return (
        Printed(table, "all", "parameters", "4.7M", 4.7, MEGA, 0.05, (), "", "M", 3),
        Printed(table, "all", "MACs", "407M", 407, MEGA, 0.5, (), why, "M", 1),
    )


TABLES: dict[str, tuple[Printed, ...]] = {
    "lenet5_1998": _lenet(),
    "alexnet": _alexnet(),
    "vgg11": _vgg(133),
    "vgg11_lrn": _vgg(133),
    "vgg13": _vgg(133),
    "vgg16_c": _vgg(134),
    "vgg16": _vgg(138),
    "vgg19": _vgg(144),
    "googlenet": _googlenet(),
    "inception_v3": _inception_v3(),
    "resnet18": _resnet("1.8"),
    "resnet34": _resnet("3.6"),
    "resnet50": _v15("3.8", "resnet50_v1"),
    "resnet101": _v15("7.6", "resnet101_v1"),
    "resnet152": _v15("11.3", "resnet152_v1"),
    "resnet18_a": _resnet("1.8"),
    "resnet34_a": _resnet("3.6"),
    "resnet50_v1": _resnet("3.8"),
    "resnet101_v1": _resnet("7.6"),
    "resnet152_v1": _resnet("11.3"),
    "resnet20": _resnet_cifar("0.27", 0.005),
    "resnet32": _resnet_cifar("0.46", 0.005),
    "resnet44": _resnet_cifar("0.66", 0.005),
    "resnet56": _resnet_cifar("0.85", 0.005),
    "resnet110": _resnet_cifar("1.7", 0.05),
    "model_a": _all_cnn("0.9", ABOUT),
    "strided_cnn_a": _all_cnn("0.9", ABOUT),
    "convpool_cnn_a": _all_cnn("1.28"),
    "all_cnn_a": _all_cnn("1.28"),
    "model_b": _all_cnn("1", ABOUT),
    "strided_cnn_b": _all_cnn("1", ABOUT),
    "convpool_cnn_b": _all_cnn("1.35"),
    "all_cnn_b": _all_cnn("1.35"),
    "model_c": _all_cnn("1.3", MODEL_C),
    "strided_cnn_c": _all_cnn("1.3", MODEL_C),
    "convpool_cnn_c": _all_cnn("1.4"),
    "all_cnn_c": _all_cnn("1.4", "Table 4 of the same paper prints about 1.3M"),
    "efficientnet_lite0": _efficientnet_lite0(),
}
