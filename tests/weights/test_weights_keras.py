"""Keras' layout against forward passes written here with Keras' own axes, and its .h5 files."""

import h5py
import numpy as np
import pytest
import torch
from torch.nn import functional as F

from convscope.errors import FormatError, InputError
from convscope.network import build
from convscope.shapes import CHW
from convscope.weights.layout import convert
from convscope.weights.load import load_weights
from convscope.weights.untrusted import read_file
from convscope.zoo import load


class Store(dict):
    """Makes the arrays of a layer when it is first used, as a Keras model would when built."""

    def __init__(self):
        super().__init__()
        self.rng = np.random.default_rng(0)

    def kernel(self, name, *shape):
        scale = (2 / np.prod(shape[:-1])) ** 0.5
        self[f"{name}.0"] = torch.from_numpy(self.rng.normal(0, scale, shape).astype("f4"))
        self[f"{name}.1"] = torch.from_numpy(self.rng.normal(0, 0.1, shape[-1]).astype("f4"))
        return self[f"{name}.0"], self[f"{name}.1"]

    def norm(self, name, width):
        for place, (low, high) in enumerate(((0.5, 1.5), (-0.1, 0.1), (-0.2, 0.2), (0.5, 1.5))):
            self[f"{name}.{place}"] = torch.from_numpy(
                self.rng.uniform(low, high, width).astype("f4")
            )
        return [self[f"{name}.{place}"] for place in range(4)]


def conv(store, x_NHWC, name, width, kernel, stride=1, same=True):
    weight_HWIO, bias = store.kernel(name, kernel, kernel, x_NHWC.shape[3], width)
    y_NCHW = F.conv2d(
        x_NHWC.permute(0, 3, 1, 2), weight_HWIO.permute(3, 2, 0, 1), stride=stride,
        padding=kernel // 2 if same else 0,
    )  # fmt: skip
    return y_NCHW.permute(0, 2, 3, 1) + bias


def norm(store, x_NHWC, name):
    gamma, beta, mean, var = store.norm(name, x_NHWC.shape[3])
    return (x_NHWC - mean) / (var + 1.001e-5).sqrt() * gamma + beta


def pool(x_NHWC, kernel, stride):
    return F.max_pool2d(x_NHWC.permute(0, 3, 1, 2), kernel, stride).permute(0, 2, 3, 1)


def dense(store, x, name, width):
    weight_IO, bias = store.kernel(name, x.shape[1], width)
    return x @ weight_IO + bias


def vgg16(store, x):
    for block, (count, width) in enumerate(((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)), 1):
        for number in range(1, count + 1):
            x = conv(store, x, f"block{block}_conv{number}", width, 3).relu()
        x = pool(x, 2, 2)
    x = x.reshape(len(x), -1)  # row by row, place by place, channels last
    x = dense(store, dense(store, x, "fc1", 4096).relu(), "fc2", 4096).relu()
    return dense(store, x, "predictions", 5)


def resnet50(store, x):
    x = F.pad(x, (0, 0, 3, 3, 3, 3))
    x = norm(store, conv(store, x, "conv1_conv", 64, 7, 2, same=False), "conv1_bn").relu()
    x = pool(F.pad(x, (0, 0, 1, 1, 1, 1)), 3, 2)
    for stage, (count, width) in enumerate(((3, 64), (4, 128), (6, 256), (3, 512)), 2):
        for number in range(1, count + 1):
            name = f"conv{stage}_block{number}"
            stride = 2 if stage > 2 and number == 1 else 1
            shortcut = x
            if number == 1:
                y = conv(store, x, f"{name}_0_conv", 4 * width, 1, stride)
                shortcut = norm(store, y, f"{name}_0_bn")
            y = norm(store, conv(store, x, f"{name}_1_conv", width, 1, stride), f"{name}_1_bn")
            y = norm(store, conv(store, y.relu(), f"{name}_2_conv", width, 3), f"{name}_2_bn")
            y = norm(store, conv(store, y.relu(), f"{name}_3_conv", 4 * width, 1), f"{name}_3_bn")
            x = (shortcut + y).relu()
    return dense(store, x.mean((1, 2)), "predictions", 5)


@pytest.mark.parametrize(
    ("name", "forward", "size"),
    [
        pytest.param("vgg16", vgg16, (96, 64), marks=pytest.mark.slow),
        ("resnet50_v1", resnet50, (96, 64)),
    ],
)
def test_outputs(name, forward, size):
    store, images_NHWC = Store(), torch.rand(2, *size, 3)
    expected = forward(store, images_NHWC)
    architecture = load(name, num_classes=5, input=CHW(3, *size))
    fitted = convert(architecture, store)
    assert fitted.layout == "keras"
    network = build(architecture)
    network.load_state_dict(fitted.weights)
    with torch.inference_mode():
        found = network.eval()(images_NHWC.permute(0, 3, 1, 2))
    assert expected.abs().max() > 0.1
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=2e-5)


def test_networks_that_differ_in_keras_are_rejected():
    for name in ("resnet50", "inception_v3", "resnet18", "googlenet"):
        with pytest.raises(InputError, match="keras has no network that computes what"):
            convert(load(name), {}, layout="keras")


def write_h5(path, layers):
    """As Keras 2 wrote it: names in attributes, arrays in groups."""
    with h5py.File(path, "w") as book:
        book.attrs["layer_names"] = [name.encode() for name in layers]
        for name, arrays in layers.items():
            group = book.create_group(name)
            names = [f"{name}/{key}:0" for key in arrays]
            group.attrs["weight_names"] = [text.encode() for text in names]
            for text, array in zip(names, arrays.values(), strict=True):
                group.create_dataset(text, data=array)


def test_h5_files(tmp_path):
    kernel, bias = np.random.normal(size=(3, 3, 2, 4)).astype("f4"), np.ones(4, "f4")
    write_h5(tmp_path / "w.h5", {"conv": {"kernel": kernel, "bias": bias}, "relu": {}})
    found = read_file(tmp_path / "w.h5").by_name
    assert list(found) == ["conv.0", "conv.1"]
    assert torch.equal(found["conv.0"], torch.from_numpy(kernel))


@pytest.mark.slow
def test_an_h5_file_of_another_network(tmp_path):
    write_h5(tmp_path / "w.h5", {"conv": {"kernel": np.ones((3, 3, 2, 4), "f4")}})
    small = load("resnet50_v1", num_classes=2)
    with pytest.raises(FormatError, match=r"missing: conv1"):
        load_weights(small, tmp_path / "w.h5", layout="keras")


def _strange(path, change):
    write_h5(path, {"conv": {"kernel": np.ones((3, 3, 2, 4), "f4")}})
    with h5py.File(path, "a") as book:
        change(book)


STRANGE = {
    "layer_names": lambda book: book.attrs.__delitem__("layer_names"),
    "doesn.t exist": lambda book: (
        book.__delitem__("conv/conv/kernel:0"),
        book.__setitem__("conv/conv/kernel:0", h5py.ExternalLink("/etc/passwd", "/x")),
    ),
    "another file": lambda book: (
        book.__delitem__("conv/conv/kernel:0"),
        book["conv"].create_dataset("conv/kernel:0", (4,), "f4", external=[("/etc/passwd", 0, 16)]),
    ),
    "of that size": lambda book: (
        book.__delitem__("conv/conv/kernel:0"),
        book["conv"].create_dataset(
            "conv/kernel:0", (10**9,), "f4", chunks=(10**6,), compression="gzip"
        ),
    ),
    "not an array of numbers": lambda book: (
        book.__delitem__("conv/conv/kernel:0"),
        book["conv"].create_dataset("conv/kernel:0", data=np.array([b"a"])),
    ),
}


@pytest.mark.parametrize(  # each starts a process that imports torch
    "name", [pytest.param(n, marks=pytest.mark.slow) if "another" in n else n for n in STRANGE]
)
def test_invalid_h5_files_are_rejected(name, tmp_path):
    _strange(tmp_path / "w.h5", STRANGE[name])
    with pytest.raises(FormatError, match=f"rejected: .*{name}"):
        read_file(tmp_path / "w.h5")
