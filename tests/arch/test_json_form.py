"""The JSON form: one round trip, a published schema, and hostile texts refused by name."""

import json
import random
import re
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convscope.arch import Architecture
from convscope.errors import ArchitectureError, ConvscopeError, FormatError
from convscope.zoo import list_architectures, load
from tests.zoo.sample import rows

LENET = load("lenet5").to_json()
MIB = 2**20


@pytest.mark.parametrize("name", rows(list_architectures()))
def test_round_trip(name):
    architecture = load(name)
    for indent in (None, 2):
        text = architecture.to_json(indent=indent)
        again = Architecture.from_json(text)
        assert again == architecture
        assert again.to_json(indent=indent) == text
        assert Architecture.from_json(text.encode()) == architecture


def _edited(*path, value):
    """LeNet-5's JSON with one value set."""
    data = json.loads(LENET)
    inner = data
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return json.dumps(data)


def _conv1(**fields):
    data = json.loads(LENET)
    data["block"]["blocks"]["conv1"] |= fields
    return json.dumps(data)


def _nested(levels):
    opened = '{"type":"Chain","blocks":{"a":' * levels
    return (
        LENET[: LENET.index('"block"')]
        + f'"block": {opened}{{"type":"ReLU"}}'
        + "}}" * levels
        + "}"
    )


HOSTILE = {
    # name: (text, class, what the message or its place must hold)
    "empty": ("", FormatError, "not JSON"),
    "blank": (" " * 1000, FormatError, "not JSON"),
    "not JSON": ("hello", FormatError, "not JSON"),
    "half": (LENET[: len(LENET) // 2], FormatError, "not JSON"),
    "two": (LENET + LENET, FormatError, "not JSON"),
    "comment": ("// x\n" + LENET, FormatError, "not JSON"),
    "not UTF-8": (b"{\xff\xfe}", FormatError, "not UTF-8 at byte 1"),
    "half of UTF-16": (b"\xff\xfe{", FormatError, "not UTF-16 at byte 2"),
    "NUL": (b"\0" * 100, FormatError, "not JSON"),
    "lone surrogate": (LENET.replace("lenet5", "\ud800"), ArchitectureError, "unicode"),
    "escaped surrogate": (LENET.replace("lenet5", "\\ud800"), FormatError, "not JSON"),
    "a list": ("[]", ArchitectureError, "does not fit"),
    "null": ("null", ArchitectureError, "does not fit"),
    "a number": ("3", ArchitectureError, "does not fit"),
    "brackets": ("[" * 10**5, FormatError, "more than 192 nested brackets"),
    "braces": ('{"a":' * 10**5, FormatError, "more than 192 nested brackets"),
    "closing": ("]" * 10**6, FormatError, "not JSON"),
    "brackets after a string": ('["' + "\\\\" * 1000 + '",' + "[" * 10**5, FormatError, "192"),
    "brackets in a string": ('"' + "[" * 10**5, FormatError, "not JSON"),
    "deep blocks": (_nested(80), ArchitectureError, "depth: 65"),
    "deeper blocks": (_nested(98), FormatError, "more than 192 nested brackets"),
    "17 MB": ("[" + "0," * 8_900_000 + "0]", FormatError, "json bytes: 17,800,003"),
    "16 MB of lists": ("[" + "[]," * 5_000_000 + "0]", FormatError, "json values: 10,000,002"),
    "5 MB of strings": ("[" + '""' * 2_500_000 + "]", FormatError, "json values"),
    "one long string": ('"' + "a" * 15 * MIB + '"', ArchitectureError, "does not fit"),
    "one long open string": ('"' + "a" * 15 * MIB, FormatError, "not JSON"),
    "100,000 wrong blocks": (
        _edited("block", "blocks", value={f"a{n}": 1 for n in range(100_000)}),
        ArchitectureError,
        "100,000 fields do not fit",
    ),
    "too many layers": (
        _edited("block", "blocks", value={f"a{n}": {"type": "ReLU"} for n in range(10_001)}),
        ArchitectureError,
        "a10000: layers: 10,001",
    ),
    "name twice": (
        LENET.replace('"num_classes"', '"name": "x",\n"num_classes"'),
        FormatError,
        "'name' is used twice",
    ),
    "block twice": (LENET.replace('"conv2"', '"conv1"'), FormatError, "'conv1' is used twice"),
    "NaN": (_conv1(padding=float("nan")), FormatError, "NaN is not a number"),
    "Infinity": (_conv1(padding=float("inf")), FormatError, "Infinity is not a number"),
    "-Infinity": (_conv1(padding=float("-inf")), FormatError, "-Infinity is not a number"),
    "1e400": (LENET.replace('"padding": 0', '"padding": 1e400'), FormatError, "1e400 is too large"),
    "-0 channels": (
        LENET.replace('"out_channels": 6', '"out_channels": -0'),
        ArchitectureError,
        "conv1.out_channels",
    ),
    "10^4 digits": (
        LENET.replace('"padding": 0', '"padding": ' + "9" * 10**4),
        FormatError,
        "4,300 digits",
    ),
    "10^3 digits": (
        LENET.replace('"padding": 0', '"padding": ' + "9" * 10**3, 1),
        ArchitectureError,
        "conv1.padding",
    ),
    "10^4 decimals": (
        LENET.replace('"padding": 0', '"padding": 0.' + "9" * 10**4),
        ArchitectureError,
        "conv1.padding",
    ),
    "dilation and padding of 2^31": (
        _conv1(dilation=2**31 - 1, padding=2**31 - 1),
        ArchitectureError,
        "conv1: the height is",
    ),
    "stride of 2^16": (_conv1(stride=2**16), ArchitectureError, "conv1: stride 65536"),
    "10^9 channels": (_conv1(out_channels=10**9), ArchitectureError, "conv1: parameters"),
    "2^31 channels": (_conv1(out_channels=2**31), ArchitectureError, "conv1.out_channels"),
    "10^9 pixels": (
        _edited("input", value=[1, 10**9, 10**9]),
        ArchitectureError,
        "conv1: activation bytes",
    ),
    "no channels": (_edited("input", value=[0, 32, 32]), ArchitectureError, "input"),
    "text for a size": (_edited("input", value=["1", 32, 32]), ArchitectureError, "input.0"),
    "fraction": (_conv1(stride=1.0), ArchitectureError, "conv1.stride"),
    "true": (_conv1(stride=True), ArchitectureError, "conv1.stride"),
    "text": (_conv1(kernel_size="5"), ArchitectureError, "conv1.kernel_size"),
    "three sizes": (_conv1(kernel_size=[5, 5, 5]), ArchitectureError, "conv1.kernel_size"),
    "null size": (_conv1(padding=None), ArchitectureError, "conv1.padding"),
    "number for a bias": (_conv1(bias=1), ArchitectureError, "conv1.bias"),
    "unknown field": (_conv1(colour=1), ArchitectureError, "conv1.colour: unknown field 'colour'"),
    "long unknown field": (_conv1(**{"x" * MIB: 1}), ArchitectureError, "unknown field"),
    "unknown layer": (_conv1(type="Conv3d"), ArchitectureError, "did you mean Conv2d"),
    "long unknown layer": (_conv1(type="X" * MIB), ArchitectureError, "no type named"),
    "no type": (_edited("block", "blocks", "conv1", value={}), ArchitectureError, "conv1"),
    "unknown top field": (_edited("weights", value=1), ArchitectureError, "weights: unknown"),
    "the trace": (_edited("trace", value=[]), ArchitectureError, "trace: unknown"),
    "version 2": (_edited("schema_version", value=2), ArchitectureError, "schema_version"),
    "a layer for a chain": (_edited("block", value={"type": "ReLU"}), ArchitectureError, "type"),
    "path in a name": (
        _edited("block", "blocks", value={"../../x": {"type": "ReLU"}}),
        ArchitectureError,
        "'../../x' cannot name a block",
    ),
    "path in the name": (
        _edited("name", value="../../etc/passwd"),
        ArchitectureError,
        "cannot name",
    ),
    "no blocks": (_edited("block", "blocks", value={}), ArchitectureError, "no block"),
    "classes": (_edited("num_classes", value=11), ArchitectureError, "11 classes"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_malicious_text(name):
    text, kind, named = HOSTILE[name]
    with pytest.raises(kind) as caught:
        Architecture.from_json(text)
    assert named in str(caught.value)
    assert len(str(caught.value)) < 1000
    tracemalloc.start()
    try:
        with pytest.raises(kind):
            Architecture.from_json(text)
        assert tracemalloc.get_traced_memory()[1] < 50 * MIB
    finally:
        tracemalloc.stop()


def test_minus_zero_is_zero():
    text = LENET.replace('"padding": 0', '"padding": -0')
    assert Architecture.from_json(text) == load("lenet5")


def test_a_misspelt_field_is_named_with_its_path():
    data = json.loads(LENET)
    blocks = data["block"]["blocks"]
    blocks["conv1"]["stride"] = "x"
    blocks["conv2"]["strid"] = 1
    with pytest.raises(ArchitectureError) as caught:
        Architecture.from_json(json.dumps(data))
    assert caught.value.where == "conv2.strid"
    blocks["conv1"]["stride"] = 1
    blocks["conv2"]["kernel_siz"] = blocks["conv2"].pop("kernel_size")
    del blocks["conv2"]["strid"]
    with pytest.raises(ArchitectureError) as caught:
        Architecture.from_json(json.dumps(data))
    assert caught.value.where == "conv2.kernel_siz"


def test_paths_through_compositions():
    def within(inner):
        return json.dumps(
            json.loads(LENET)
            | {
                "block": {
                    "type": "Chain",
                    "blocks": {
                        "s": {
                            "type": "Residual",
                            "body": {
                                "type": "Concat",
                                "blocks": {"Chain": {"type": "AuxiliaryHead", "head": inner}},
                            },
                        }
                    },
                }
            }
        )

    with pytest.raises(ArchitectureError) as caught:
        Architecture.from_json(within({"type": "Conv2d", "out_channels": 1, "kernel_size": 0}))
    assert caught.value.where == "s.body.Chain.head.kernel_size"


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None)
@given(value=plain)
def test_any_json_ends_in_our_errors(value):
    with pytest.raises(ConvscopeError):
        Architecture.from_json(json.dumps(value))


def _places(value, path=()):
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _places(inner, (*path, key))


PLACES = list(_places(json.loads(LENET)))[1:]


@settings(max_examples=250, deadline=None)
@given(place=st.sampled_from(PLACES), value=plain, remove=st.booleans())
def test_mutated_json_ends_in_our_errors_or_in_a_sound_network(place, value, remove):
    data = json.loads(LENET)
    inner = data
    for key in place[:-1]:
        inner = inner[key]
    if remove:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    _reads_or_refuses(json.dumps(data))


@settings(max_examples=150, deadline=None)
@given(at=st.integers(0, len(LENET) - 1), cut=st.integers(0, 9), put=st.binary(max_size=4))
def test_damaged_bytes_end_in_our_errors_or_in_a_sound_network(at, cut, put):
    data = LENET.encode()
    _reads_or_refuses(data[:at] + put + data[at + cut :])


def _reads_or_refuses(text):
    try:
        found = Architecture.from_json(text)
    except ConvscopeError:
        return
    assert Architecture.from_json(found.to_json()) == found


EXTREMES = (0, -1, 2, 7, 1024, 65536, 2**24, 2**31 - 1, 2**31, 10**30, 0.5, None, "3", [3, 9])


@pytest.mark.parametrize("name", ["lenet5", "resnet20", "googlenet"])
def test_any_extreme_number_is_refused_with_a_sentence_or_gives_shapes(name):
    """Seeded: each round replaces up to 3 numbers of a network by extreme values."""
    text = load(name).to_json(indent=None)
    numbers = list(re.finditer(r"(?<=:)-?\d+(?=[,}])", text))
    draw = random.Random(name)
    for _ in range(60):
        changed = text
        for match in sorted(draw.sample(numbers, 3), key=lambda m: -m.start()):
            value = json.dumps(draw.choice(EXTREMES))
            changed = changed[: match.start()] + value + changed[match.end() :]
        try:
            architecture = Architecture.from_json(changed)
        except ConvscopeError as error:
            assert 0 < len(str(error)) < 10_000  # noqa: PT017
        else:
            architecture.table().to_json()
