"""Malicious and damaged safetensors files: rejected by name, with little memory."""

import json
import os
import tracemalloc

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from convscope.arch import Chain
from convscope.errors import ConvscopeError, FormatError
from convscope.layers import CenterCrop
from convscope.network import Card, ModelFile, build, read_card, read_model, save_model
from convscope.network import safetensors_file as format_
from convscope.network.safetensors_file import read_header, read_tensors, write_tensors
from convscope.zoo import load

MIB = 2**20


def _file(header, data=b"", *, length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


def _entry(shape=(2,), begin=0, end=8, dtype="F32", **more):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end], **more}


HOSTILE = {
    "empty": (b"", "not a safetensors file"),
    "seven bytes": (b"\0" * 7, "not a safetensors file"),
    "header of 2^63": (_file({}, length=2**63), "a header of 9,223,372,036,854,775,808 bytes"),
    "header of 2^64-1": (_file({}, length=2**64 - 1), "not a safetensors file"),
    "header longer than the file": (_file({}, length=3), "not a safetensors file"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "not a safetensors file"),
    "a pickle": (b"\x80\x04cos\nsystem\n(S'touch pwned'\ntR.", "not a safetensors file"),
    "a zip": (b"PK\x03\x04" + b"\0" * 60, "not a safetensors file"),
    "header of nothing": (_file(b""), "not JSON"),
    "header not UTF-8": (_file(b"\xff\xfe"), "not UTF-8"),
    "header a list": (_file([]), "not an object"),
    "header too deep": (_file(b"[" * 10**5), "192 nested brackets"),
    "header of 5 million lists": (
        lambda: _file(b'{"a":[' + b"[]," * 5_000_000 + b"0]}"),
        "json values",
    ),
    "10^6 tensors": (
        lambda: _file(b"{" + b",".join(b'"a%d":0' % n for n in range(10**6)) + b"}"),
        "json values",
    ),
    "60,000 tensors": (lambda: _file({f"a{n}": 0 for n in range(60_000)}), "60,000 tensors"),
    "a name twice": (
        _file(
            b'{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},'
            b'"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}'
        ),
        "'a' is used twice",
    ),
    "NaN": (_file(b'{"a":NaN}'), "NaN is not a number"),
    "metadata a list": (_file({"__metadata__": []}), "__metadata__"),
    "metadata null": (_file({"__metadata__": None}), "__metadata__"),
    "metadata of numbers": (_file({"__metadata__": {"convscope": 1}}), "__metadata__"),
    "an entry that is a number": (_file({"a": 1}), "an entry of other fields"),
    "an entry with more": (_file({"a": _entry(code="x")}, bytes(8)), "other fields"),
    "an entry with less": (_file({"a": {"dtype": "F32"}}), "other fields"),
    "dtype unknown": (_file({"a": _entry(dtype="F1")}, bytes(8)), "dtype 'F1'"),
    "dtype a list": (_file({"a": _entry(dtype=["F32"])}, bytes(8)), "dtype ['F32']"),
    "dtype an object": (_file({"a": _entry(dtype={})}, bytes(8)), "dtype {}"),
    "dtype long": (_file({"a": _entry(dtype="F" * MIB)}, bytes(8)), "dtype"),
    "dtype that does not fit": (
        _file({"a": _entry(dtype="F64")}, bytes(8)),
        "damaged or truncated",
    ),
    "shape negative": (_file({"a": _entry(shape=[-2])}, bytes(8)), "integer `-2`"),
    "shape negative twice": (_file({"a": _entry(shape=[-1, -2])}, bytes(8)), "integer `-1`"),
    "shape huge": (_file({"a": _entry(shape=[2**62, 2**62])}, bytes(8)), "overflow"),
    "shape wraps around": (
        _file({"a": _entry(shape=[2**62, 4, 2])}, bytes(8)),
        "overflow",
    ),
    "shape beyond 64 bits": (_file({"a": _entry(shape=[2**64])}, bytes(8)), "floating point"),
    "shape of 100,000 sizes": (_file({"a": _entry(shape=[2**62] * 10**5)}, bytes(8)), "at most 8"),
    "shape of fractions": (_file({"a": _entry(shape=[2.0])}, bytes(8)), "floating point"),
    "shape of true": (_file({"a": _entry(shape=[True, 2])}, bytes(8)), "boolean"),
    "shape a number": (_file({"a": _entry() | {"shape": 2}}, bytes(8)), "at most 8"),
    "offsets reversed": (_file({"a": _entry(begin=8, end=0)}, bytes(8)), "invalid offset"),
    "offsets negative": (_file({"a": _entry(begin=-8, end=0)}, bytes(8)), "integer `-8`"),
    "offsets one": (_file({"a": _entry() | {"data_offsets": [8]}}, bytes(8)), "a tuple of size 2"),
    "offsets beyond": (_file({"a": _entry(begin=8, end=16)}, bytes(8)), "invalid offset"),
    "a gap": (_file({"a": _entry(), "b": _entry(begin=12, end=20)}, bytes(20)), "invalid offset"),
    "overlap": (_file({"a": _entry(), "b": _entry(begin=4, end=12)}, bytes(12)), "invalid offset"),
    "the same place": (_file({"a": _entry(), "b": _entry()}, bytes(8)), "invalid offset"),
    "data missing": (_file({"a": _entry()}, bytes(7)), "damaged or truncated"),
    "data left over": (_file({"a": _entry()}, bytes(9)), "not fully covered"),
    "long name": (_file({"n" * MIB: _entry(dtype="F1")}, bytes(8)), "dtype 'F1'"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_malicious_file(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    content, named = HOSTILE[name]
    path = tmp_path / "model.safetensors"
    path.write_bytes(content() if callable(content) else content)  # a large one when it is needed
    tracemalloc.start()
    try:
        with pytest.raises(FormatError) as caught:
            read_header(path)
        assert tracemalloc.get_traced_memory()[1] < 50 * MIB
    finally:
        tracemalloc.stop()
    assert named in str(caught.value)
    assert caught.value.where.startswith("model.safetensors")
    assert len(str(caught.value)) < 1000
    for read in (read_tensors, read_card, read_model):
        with pytest.raises(FormatError):
            read(path)
    assert os.listdir(tmp_path) == [path.name]


def test_not_there_or_no_file(tmp_path):
    for path in (tmp_path / "missing", tmp_path, tmp_path / "missing/deeper"):
        with pytest.raises(FormatError, match=r"cannot be read|not a safetensors"):
            read_header(path)


def _model():
    architecture = load("lenet5_1998")
    card = Card(
        architecture=architecture,
        labels=tuple("0123456789"),
        preprocessing=Chain(crop=CenterCrop(32)),
    )
    return ModelFile(card, build(architecture).state_dict())


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    path = tmp_path_factory.mktemp("sound") / "model.safetensors"
    save_model(path, _model())
    return path.read_bytes()


def test_truncated_at_every_boundary(sound, tmp_path):
    length = 8 + int.from_bytes(sound[:8], "little")
    header = json.loads(sound[8:length])
    ends = [e["data_offsets"][1] for name, e in header.items() if name != "__metadata__"]
    cuts = {0, 1, 7, 8, 9, length - 1, length, length + 1, len(sound) - 1}
    cuts |= {length + end + off for end in ends for off in (-1, 0, 1)} | set(range(0, length, 97))
    path = tmp_path / "model.safetensors"
    for cut in sorted(cut for cut in cuts if cut < len(sound)):
        path.write_bytes(sound[:cut])
        with pytest.raises(FormatError) as caught:
            read_model(path)
        assert caught.value.where.startswith("model.safetensors")


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_flipped_bytes_in_the_header(data, sound, tmp_path_factory):
    """Refused by name, or a sound model all the same (a label, say, that reads otherwise)."""
    length = 8 + int.from_bytes(sound[:8], "little")
    damaged = bytearray(sound)
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(0, length - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "flipped.safetensors"
    path.write_bytes(damaged)
    try:
        model = read_model(path)
    except ConvscopeError:
        return
    model.network()


def _with_card(path, change):
    model = _model()
    card = json.loads(model.card.model_dump_json())
    text = change(card) or json.dumps(card)
    write_tensors(path, model.weights, {"convscope": text})


def _set(**fields):
    return lambda card: card.update(fields)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda card: " ", "not JSON"),
        (lambda card: "[" * 10**5, "192 nested brackets"),
        (lambda card: "[]", "does not fit"),
        (lambda card: '{"a":1,"a":2}', "'a' is used twice"),
        (lambda card: json.dumps(card)[:-1] + ',"results":{}}', "'results' is used twice"),
        (_set(results={"loss": float("nan")}), "NaN is not a number"),
        (
            lambda card: json.dumps(card).replace('"results": {}', '"results": {"x": 1e999}'),
            "1e999 is too large",
        ),
        (_set(labels=["a"]), "1 labels for 10 classes"),
        (_set(labels="0123456789"), "labels"),
        (_set(code="import os"), "unknown field 'code'"),
        (_set(schema_version=2), "schema_version"),
        (
            lambda card: card["architecture"]["block"]["blocks"]["c1"].update(out_channels=10**9),
            "model.safetensors.architecture.c1: parameters",
        ),
        (
            lambda card: card["architecture"]["block"]["blocks"]["c1"].update(strid=1),
            "model.safetensors.architecture.c1.strid",
        ),
        (
            lambda card: card["architecture"]["block"]["blocks"]["f6"].update(out_features=85),
            "84 numbers",
        ),
        (
            lambda card: card["architecture"]["block"]["blocks"]["c1"].update(bias=False),
            "c1.bias is unexpected",
        ),
        (lambda card: card["preprocessing"]["blocks"]["crop"].update(size=31), "gives 1x31x31"),
    ],
)
def test_malicious_cards(change, named, tmp_path):
    path = tmp_path / "model.safetensors"
    _with_card(path, change)
    with pytest.raises(ConvscopeError) as caught:
        read_model(path)
    assert named in str(caught.value)
    assert isinstance(caught.value, FormatError)
    assert caught.value.where.startswith("model.safetensors")


def test_every_type_of_number_comes_back(tmp_path):
    tensors = {str(dtype): torch.arange(6).reshape(2, 3).to(dtype) for dtype in format_.DTYPES} | {
        "none": torch.zeros(0, 3),
        "one": torch.tensor(3.5),
        "turned": torch.randn(4, 5).T,
    }
    write_tensors(tmp_path / "t", tensors, {})
    again = read_tensors(tmp_path / "t")
    assert set(again) == set(tensors)
    for name, tensor in tensors.items():
        assert again[name].dtype == tensor.dtype
        assert torch.equal(again[name], tensor)


def test_a_file_beyond_the_limits_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr(format_, "MAX_TENSORS", 3)
    with pytest.raises(FormatError, match="4 tensors"):
        write_tensors(tmp_path / "t", {str(n): torch.zeros(1) for n in range(4)}, {})
    assert os.listdir(tmp_path) == []
