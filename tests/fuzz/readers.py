"""Every reader of files and texts, with a small valid input that the fuzzer damages.

A new reader is one more row of READERS.
"""

import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tests.fuzz.mutations import (
    Mutation,
    bytes_of,
    gzip_of,
    json_of,
    png_of,
    safetensors_of,
    tar_of,
    text_of,
    zip_of,
)


class Reader(NamedTuple):
    """A reader and its inputs.

    Attributes:
        seeds: returns valid inputs: files by their name in the folder of one input.
        damage: mutations by the ending of a file's name.
        read: reads the folder of one input to the end.
        inputs: how many are tried.
        forge: makes the checksums of damaged files right again; half of the inputs are forged.
    """

    seeds: Callable[[Path], list[dict[str, bytes]]]
    damage: dict[str, tuple[Mutation, ...]]
    read: Callable[[Path], Any]
    inputs: int
    forge: Callable[[dict[str, bytes]], None] | None = None


def _only(folder: Path) -> Path:
    return next(iter(sorted(folder.iterdir())))


# images


def _pixels(channels: int) -> np.ndarray:
    numbers = np.arange(12 * 14 * channels, dtype=np.uint32) * 2654435761
    return ((numbers >> 24) % 256).astype(np.uint8).reshape(12, 14, channels)


def _images(_: Path) -> list[dict[str, bytes]]:
    from PIL import Image

    from convscope.io.image_writing import encode_image

    found = {
        "grey.png": encode_image(_pixels(1), ".png"),
        "alpha.png": encode_image(_pixels(4), ".png"),
        "deep.png": encode_image(_pixels(3).astype(np.uint16) * 257, ".png"),
    }
    picture = Image.fromarray(_pixels(3))
    for ending, options in {
        "jpg": {"format": "JPEG"},
        "progressive.jpg": {"format": "JPEG", "progressive": True},
        "webp": {"format": "WEBP"},
        "bmp": {"format": "BMP"},
        "ppm": {"format": "PPM"},
        "tif": {"format": "TIFF", "compression": "tiff_lzw"},
        "avif": {"format": "AVIF"},
    }.items():
        stream = io.BytesIO()
        picture.save(stream, **options)
        found[f"colour.{ending}"] = stream.getvalue()
    frames, palette = io.BytesIO(), picture.quantize(16)
    palette.save(frames, format="GIF", save_all=True, append_images=[palette.rotate(180)])
    found["frames.gif"] = frames.getvalue()
    return [{name: data} for name, data in found.items()]


def _read_image(folder: Path) -> None:
    from convscope.io.images import read_image

    read_image(_only(folder), max_pixels=4_000_000)


# architectures, recipes and other JSON


def _architectures(_: Path) -> list[dict[str, bytes]]:
    from convscope import load

    names = ("lenet5", "resnet20", "googlenet", "lenet5_1998")
    return [{"a.json": load(name).to_json().encode()} for name in names]


def _read_architecture(folder: Path) -> None:
    from convscope.arch import Architecture

    architecture = Architecture.from_json(_only(folder).read_bytes(), where="a.json")
    architecture.table()


def _recipes(_: Path) -> list[dict[str, bytes]]:
    from convscope.recipes import load_recipe

    names = ("lenet5_mnist_quick", "photos", "alexnet_imagenet")
    return [{"r.json": load_recipe(name).to_json().encode()} for name in names]


def _read_recipe(folder: Path) -> None:
    from convscope.training.recipe.recipe import Recipe

    Recipe.from_json(_only(folder).read_bytes())


def _settings(_: Path) -> list[dict[str, bytes]]:
    lines = (
        "lr=0.1",
        "optimiser.momentum=0.9",
        "epochs=3",
        "batch_size=64",
        "loss.label_smoothing=0.1",
    )
    return [{"s.txt": line.encode()} for line in lines]


def _read_setting(folder: Path) -> None:
    from convscope.recipes import load_recipe

    text = _only(folder).read_bytes().decode("utf-8", "surrogateescape")
    load_recipe("lenet5_mnist_quick").override([text])


def _payloads(_: Path) -> list[dict[str, bytes]]:
    from convscope.opening import open_or_untrained

    model, _ = open_or_untrained("lenet5")
    methods = ("feature_maps", "filters", "activation_stats")
    images = _pixels(1)
    return [{"p.json": model.look(method, images).to_json().encode()} for method in methods]


def _read_payload(folder: Path) -> None:
    from convscope.payload.sheet import from_json
    from convscope.render.payloads import drawing
    from convscope.render.svg import svg

    svg(drawing(from_json(_only(folder).read_bytes())))


def _kernels(_: Path) -> list[dict[str, bytes]]:
    texts = ("1 0 -1; 2 0 -2; 1 0 -1", "1/9 1/9 1/9; 1/9 1/9 1/9; 1/9 1/9 1/9", "0.5")
    return [{"k.txt": text.encode()} for text in texts]


def _read_kernel(folder: Path) -> None:
    from convscope.filters.kernels import parse_kernel

    parse_kernel(_only(folder).read_bytes().decode("utf-8", "surrogateescape"))


def _sizes(_: Path) -> list[dict[str, bytes]]:
    return [{"s.txt": text.encode()} for text in ("3x32x32", "1x28x28", "3x224x224")]


def _read_size(folder: Path) -> None:
    from convscope.labs.numbers import parse_pair, parse_sizes
    from convscope.shapes import parse_chw
    from convscope.sweep.space import parse

    text = _only(folder).read_bytes().decode("utf-8", "surrogateescape")
    for reader in (parse_chw, parse, lambda t: parse_sizes(t, "s"), lambda t: parse_pair(t, "p")):
        refused(reader, text)


def refused(call: Callable[[Any], Any], value: Any) -> None:
    """Call a reader that may refuse the value; the others are still tried."""
    from convscope.errors import ConvscopeError

    try:
        call(value)
    except ConvscopeError as error:
        str(error)


# models and runs


def _model(place: Path) -> bytes:
    from convscope.arch import Architecture, Chain
    from convscope.layers import (
        CenterCrop,
        Conv2d,
        Flatten,
        Linear,
        MaxPool2d,
        Normalize,
        ReLU,
        Resize,
    )
    from convscope.network import Card, ModelFile, build, save_model
    from convscope.shapes import CHW

    body = Chain(conv=Conv2d(2, 3), relu=ReLU(), pool=MaxPool2d(2), flat=Flatten(), fc=Linear(3))
    architecture = Architecture(name="small", block=body, input=CHW(1, 8, 8), num_classes=3)
    card = Card(
        architecture=architecture,
        labels=("a", "b", "c"),
        preprocessing=Chain(
            resize=Resize(8), crop=CenterCrop(8), normalize=Normalize(mean=(0.5,), std=(0.5,))
        ),
    )
    weights = build(architecture).state_dict()
    path = place / "seed.safetensors"
    save_model(path, ModelFile(card, weights))
    data = path.read_bytes()
    path.unlink()
    return data


def _models(place: Path) -> list[dict[str, bytes]]:
    return [{"model.safetensors": _model(place)}]


def _read_model(folder: Path) -> None:
    from convscope.opening import open as open_model

    open_model(folder / "model.safetensors").predict(np.zeros((8, 8), np.uint8))


def _runs(place: Path) -> list[dict[str, bytes]]:
    from convscope.training.start import start
    from convscope.zoo import load

    data, recipe = make_digits(place), tiny_recipe()
    events = start(load("lenet5", num_classes=2), data, recipe, place / "run")
    for _ in events:
        pass
    folder = place / "run"
    files = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    return [files]


def make_digits(place: Path) -> Any:
    from convscope import data
    from convscope.io.image_writing import write_image

    for label in ("one", "two"):
        for number in range(6):
            path = place / "digits" / label / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            noise = np.random.default_rng(number + 100 * (label == "two"))
            if not path.exists():
                write_image(path, noise.integers(0, 256, (28, 28), np.uint8))
    return data.open(place / "digits")


def tiny_recipe() -> Any:
    from convscope.recipes import load_recipe

    return load_recipe("lenet5_mnist_quick").override(["epochs=1", "batch_size=4"])


def _read_run(folder: Path) -> None:
    from convscope.opening import open as open_model
    from convscope.training.run.control import Control
    from convscope.training.run.events import read_events
    from convscope.training.start import resume

    refused(lambda path: read_events(path / "events.jsonl"), folder)
    refused(lambda path: Control(path / "control.jsonl").poll(), folder)
    refused(open_model, folder)
    refused(lambda path: [event.line() for event in resume(path)], folder)


def _forge_checkpoint(files: dict[str, bytes]) -> None:
    """Write the digests of a damaged checkpoint into its manifest."""
    for name in [name for name in files if name.startswith("checkpoints/") and "json" in name]:
        manifest = json.loads(files[name])
        tensors = files[name.removesuffix("json") + "safetensors"]
        digest = {"size_bytes": len(tensors), "sha256": hashlib.sha256(tensors).hexdigest()}
        manifest["body"]["tensors"] = digest
        text = json.dumps(manifest["body"], sort_keys=True, separators=(",", ":"))
        manifest["sha256"] = hashlib.sha256(text.encode()).hexdigest()
        files[name] = json.dumps(manifest).encode()


def _evaluations(place: Path) -> list[dict[str, bytes]]:
    from convscope.io.image_writing import write_image
    from convscope.opening import open as open_model

    (place / "m").mkdir()
    (place / "m" / "model.safetensors").write_bytes(_model(place))
    opened = open_model(place / "m" / "model.safetensors")
    for label in ("a", "b", "c"):
        for number in range(4):
            path = place / "three" / label / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_image(path, np.full((8, 8), 9 * number + ord(label), np.uint8))
    measured = opened.evaluate(str(place / "three"))
    return [{"evaluation.json": measured.to_json().encode()}]


def _read_evaluation(folder: Path) -> None:
    from convscope.evaluate.metrics import Evaluation

    evaluation = Evaluation.from_json(_only(folder).read_bytes())
    evaluation.rows()
    evaluation.class_rows()


# data sets


def _idx(_: Path) -> list[dict[str, bytes]]:
    import gzip

    from convscope.data.formats.idx import write_idx

    plain = write_idx(_pixels(1).reshape(-1, 4, 7))
    return [{"a.idx": plain}, {"a.gz": gzip.compress(plain, mtime=0)}]


def _read_idx(folder: Path) -> None:
    from convscope.data.formats.idx import read_idx

    read_idx(_only(folder))


def _shards(place: Path) -> list[dict[str, bytes]]:
    from convscope.data import write_shards

    write_shards(make_digits(place), place / "shards")
    files = {path.name: path.read_bytes() for path in sorted((place / "shards").iterdir())}
    bare = {name: data for name, data in files.items() if name.endswith(".tar")}
    return [files, bare]


def _forge_index(files: dict[str, bytes]) -> None:
    """Write into index.json what the damaged shards and their indexes really are."""
    index = json.loads(files["index.json"])
    for shard in (shard for shards in index["splits"].values() for shard in shards):
        tar, own = shard["name"], shard["name"].removesuffix(".tar") + ".index.json"
        shard["index_sha256"] = hashlib.sha256(files[own]).hexdigest()
        shard["bytes"] = len(files[tar])
        shard["images"] = len(json.loads(files[own])["names"])
    files["index.json"] = json.dumps(index).encode()


def _read_shards(folder: Path) -> None:
    from convscope import data
    from convscope.data import index_shards

    if not (folder / "index.json").exists():
        index_shards(folder)
    _read_all(data.open(folder))


def _read_all(dataset: Any) -> None:
    for name in dataset.splits:
        split = dataset.photos(name)
        for index in range(min(len(split), 3)):
            split.read(index)


def _labels(place: Path) -> list[dict[str, bytes]]:
    make_digits(place)
    photos = {p.name: p.read_bytes() for p in (place / "digits" / "one").glob("*.png")}
    rows = [(name, ("cat", "dog")[number % 2]) for number, name in enumerate(sorted(photos))]
    plain = "filename,label\n" + "".join(f"{name},{label}\n" for name, label in rows)
    splits = "id;class;set\n" + "".join(f"{n[:-4]};{label};train\n" for n, label in rows)
    records = json.dumps([{"file": name, "label": label} for name, label in rows])
    return [
        {"labels.csv": plain.encode(), **photos},
        {"labels.csv": splits.encode(), **photos},
        {"labels.json": records.encode(), **photos},
        {"labels.json": json.dumps(dict(rows)).encode(), **photos},
    ]


def _read_labels(folder: Path) -> None:
    from convscope import data

    named = [path for path in folder.iterdir() if path.name.startswith("labels")]
    _read_all(data.open(named[0] if named else folder))


def _arrays(_: Path) -> list[dict[str, bytes]]:
    from convscope.data.formats.idx import write_idx

    images, labels = np.zeros((12, 6, 6), np.uint8), (np.arange(12) % 3).astype(np.uint8)
    single = io.BytesIO()
    np.savez(single, x_train=images, y_train=labels, x_test=images, y_test=labels)
    medical = io.BytesIO()
    np.savez_compressed(
        medical,
        train_images=images,
        train_labels=labels[:, None],
        val_images=images,
        val_labels=labels[:, None],
        test_images=images,
        test_labels=labels[:, None],
    )
    idx = {
        f"{part}-{kind}-ubyte": write_idx(array)
        for part in ("train", "t10k")
        for kind, array in (("images-idx3", images), ("labels-idx1", labels))
    }
    return [{"own.npz": single.getvalue()}, {"own.npz": medical.getvalue()}, idx]


def _read_arrays(folder: Path) -> None:
    from convscope import data

    packed = folder / "own.npz"
    opened = data.open(packed if packed.exists() else folder)
    for name in opened.splits:
        opened.split(name).image(0)


def _folders(place: Path) -> list[dict[str, bytes]]:
    make_digits(place)
    root = place / "digits"
    return [{str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*.png"))}]


def _check_folder(folder: Path) -> None:
    from convscope.data import check

    check(folder)


# weights of others


def _pickles(_: Path) -> list[dict[str, bytes]]:
    import torch

    stream = io.BytesIO()
    torch.save({"state_dict": {"module.fc.weight": torch.zeros(2, 3)}}, stream)
    hostile = b"\x80\x02cos\nsystem\nX\x0e\x00\x00\x00touch EXECUTED\x85R."
    return [{"w.pth": stream.getvalue()}, {"w.pth": hostile}]


def _read_weights(folder: Path) -> None:
    from convscope.weights.load import load_weights
    from convscope.zoo import load

    load_weights(load("lenet5"), _only(folder))


# ONNX files


def _onnx(_: Path) -> list[dict[str, bytes]]:
    from tests.export.onnx_files import nested, small

    return [{"m.onnx": model.SerializeToString()} for model in (small(), small(), nested(2))]


def _forge_onnx(files: dict[str, bytes]) -> None:
    """Write the digest of the damaged tensors into the metadata."""
    from onnx import ModelProto

    from convscope.export.onnx.metadata import WEIGHTS, weights_sha256
    from tests.export.onnx_files import with_metadata

    model = ModelProto.FromString(files["m.onnx"])
    digest = weights_sha256(tensor.raw_data for tensor in model.graph.initializer)
    files["m.onnx"] = with_metadata(model, {WEIGHTS: digest}).SerializeToString()


def _read_onnx(folder: Path) -> None:
    from convscope.export.verify.reading import read_facts

    read_facts(_only(folder).read_bytes())


def _verify_onnx(folder: Path) -> None:
    from convscope.export.verify import verify_file

    verification = verify_file(_only(folder))
    verification.rows()
    verification.to_json()


READERS: dict[str, Reader] = {
    "image": Reader(
        _images, {".png": (bytes_of, png_of, png_of), "": (bytes_of,)}, _read_image, 900
    ),
    "architecture": Reader(
        _architectures, {"": (json_of, json_of, bytes_of)}, _read_architecture, 500
    ),
    "recipe": Reader(_recipes, {"": (json_of, json_of, bytes_of)}, _read_recipe, 400),
    "setting": Reader(_settings, {"": (text_of, bytes_of)}, _read_setting, 800),
    "payload": Reader(_payloads, {"": (json_of, json_of, bytes_of)}, _read_payload, 250),
    "kernel": Reader(_kernels, {"": (text_of, bytes_of)}, _read_kernel, 500),
    "size": Reader(_sizes, {"": (text_of, bytes_of)}, _read_size, 500),
    "model": Reader(_models, {"": (safetensors_of, safetensors_of, bytes_of)}, _read_model, 400),
    "run": Reader(
        _runs,
        {
            ".json": (json_of, bytes_of),
            ".jsonl": (text_of, bytes_of),
            ".safetensors": (safetensors_of, bytes_of),
            "": (bytes_of,),
        },
        _read_run,
        300,
        _forge_checkpoint,
    ),
    "evaluation": Reader(_evaluations, {"": (json_of, json_of, bytes_of)}, _read_evaluation, 200),
    "idx": Reader(_idx, {".gz": (gzip_of(bytes_of), bytes_of), "": (bytes_of,)}, _read_idx, 300),
    "shards": Reader(
        _shards,
        {".json": (json_of, json_of, bytes_of), ".tar": (tar_of, bytes_of)},
        _read_shards,
        400,
        _forge_index,
    ),
    "labels": Reader(
        _labels,
        {".csv": (text_of, bytes_of), ".json": (json_of, bytes_of), "": (bytes_of,)},
        _read_labels,
        500,
    ),
    "arrays": Reader(
        _arrays, {".npz": (zip_of(bytes_of), bytes_of), "": (bytes_of,)}, _read_arrays, 400
    ),
    "folder check": Reader(_folders, {"": (bytes_of, png_of)}, _check_folder, 20),
    "onnx": Reader(_onnx, {"": (bytes_of,)}, _read_onnx, 600, _forge_onnx),
    "verify": Reader(_onnx, {"": (bytes_of,)}, _verify_onnx, 150, _forge_onnx),
    "weights": Reader(_pickles, {"": (bytes_of, zip_of(bytes_of))}, _read_weights, 30),
}


def _allocate(_: Path) -> None:
    np.ones(1 << 30, np.uint8)


def _execute(folder: Path) -> None:
    import os

    os.system(f"touch {folder}/EXECUTED")


def _loop(_: Path) -> None:
    while True:
        pass


def _write_elsewhere(folder: Path) -> None:
    (folder.parent.parent / "escaped").write_bytes(b"")


def _say_escape(_: Path) -> None:
    from convscope.errors import ConvscopeError

    class EscapeError(ConvscopeError):
        def __str__(self) -> str:
            return "\x1b[2J"

    raise EscapeError("")


def _fail(_: Path) -> None:
    raise KeyError("numbers")


FAULTY = {
    name: Reader(_sizes, {"": (bytes_of,)}, read, 1)
    for name, read in {
        "took": _allocate,
        "os.system": _execute,
        "too slow": _loop,
        "wrote": _write_elsewhere,
        "control characters": _say_escape,
        "KeyError": _fail,
    }.items()
}
"""Readers with a planted fault, by what the fuzzer must find: they test the fuzzer itself."""
