"""Write the stored files of the course's figures into src/convscope/lessons/data/files/.

    python tools/lesson_data.py lenet5 --run runs/lenet5        LeNet-5 as a web export
    python tools/lesson_data.py digits                          11,000 digits to train on in the tab
    python tools/lesson_data.py squeezenet --weights FILE       SqueezeNet 1.1 as a web export
    python tools/lesson_data.py projections --weights FILE      what its units respond to
    python tools/lesson_data.py kernels --weights FILE --run build/first_kernels



The run of LeNet-5 is `convscope train lenet5 mnist --epochs 6 --set seed=0`; the weights of
SqueezeNet are the file that docs/reference/weights.md names; the kernels are those of
`tools/first_kernels.py`. Every part is written from scratch; the same inputs give the same bytes.
"""

import argparse
import gzip
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from lesson_photos import write_photos

ROOT = Path(__file__).parents[1]
FILES = ROOT / "src" / "convscope" / "lessons" / "data" / "files"
TRAIN, HELD_OUT = 10_000, 1_000


def lenet5(options: argparse.Namespace) -> None:
    """Write LeNet-5: network, description and ten digits."""
    from convscope import open as open_model
    from convscope.export.web.target import write_folder

    model = open_model(options.run)
    _replace("lenet5", lambda folder: write_folder(model.file(), folder, training=False))


def digits(_options: argparse.Namespace) -> None:
    """Write the first digits of MNIST, as packed images."""
    from convscope.data import find
    from convscope.export.web.packed_images import Share, packed_images

    FILES.mkdir(exist_ok=True)
    packed = packed_images(find("mnist"), Share(TRAIN, HELD_OUT))
    (FILES / "digits.cvi").write_bytes(packed)


def squeezenet(options: argparse.Namespace) -> None:
    """Write SqueezeNet 1.1 with weights rounded to float16, so that gzip halves the file."""
    import torch

    from convscope import open as open_model
    from convscope.export.web.target import write_folder

    model = open_model("squeezenet1_1", weights=options.weights)
    with torch.no_grad():
        for parameter in model.network.parameters():
            parameter.copy_(parameter.half().float())

    def write(folder: Path) -> None:
        write_folder(model.file(), folder, training=False)
        shutil.rmtree(folder / "samples")
        write_photos(model, folder)
        network = folder / "model.onnx"
        packed = gzip.compress(network.read_bytes(), 9, mtime=0)
        (folder / "model.onnx.gz").write_bytes(packed)
        network.unlink()

    _replace("squeezenet", write)


def projections(options: argparse.Namespace) -> None:
    """Write patches and projections of SqueezeNet's units."""
    from lesson_projections import write

    from convscope import open as open_model

    model = open_model("squeezenet1_1", weights=options.weights)
    _replace("projections", lambda folder: write(model.network, model.preprocessing, folder))


def kernels(options: argparse.Namespace) -> None:
    """Write first kernels as float16: those of `first_kernels.py`, and SqueezeNet's."""
    from convscope import open as open_model

    stored = np.load(options.run / "kernels.npz")
    last = (options.run / "log.csv").read_text(encoding="utf-8").splitlines()[-1].split(",")
    network = open_model("squeezenet1_1", weights=options.weights).network
    first = dict(network.named_parameters())["conv1.weight"].detach().numpy()
    arrays = {
        "trained": _by_colour(stored["kernels"]),
        "random": stored["before"],
        # the network reads blue first
        "squeezenet": _by_colour(first[:, ::-1]),
    }
    facts = {"steps": int(stored["step"]), "photos": 75}
    facts |= {"photo": float(last[3]), "turn": float(last[4])}

    def write(folder: Path) -> None:
        folder.mkdir()
        for name, array in arrays.items():
            (folder / f"{name}.bin").write_bytes(array.astype("<f2").tobytes())
        shapes = {name: array.shape for name, array in arrays.items()}
        text = json.dumps({"shapes": shapes, "facts": facts})
        (folder / "kernels.json").write_text(text, encoding="utf-8")

    _replace("kernels", write)


def _by_colour(kernels_NCHW: "np.ndarray") -> "np.ndarray":
    """Return kernels from the greyest to the most colourful one."""
    grey_N = kernels_NCHW.sum(1).reshape(len(kernels_NCHW), -1)
    energy_N = (kernels_NCHW**2).reshape(len(kernels_NCHW), -1).sum(1)
    share_N = (grey_N**2).sum(1) / 3 / energy_N
    return kernels_NCHW[np.argsort(-share_N, kind="stable")]


def _replace(name: str, write: Callable[[Path], object]) -> None:
    """Replace a folder by one that `write` makes."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / name
        write(folder)
        shutil.rmtree(FILES / name, ignore_errors=True)
        shutil.copytree(folder, FILES / name)
    size = sum(path.stat().st_size for path in (FILES / name).rglob("*") if path.is_file())
    print(f"{name}: {size / 1000:,.0f} kB")


PARTS = {
    "lenet5": lenet5,
    "digits": digits,
    "squeezenet": squeezenet,
    "projections": projections,
    "kernels": kernels,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--run", type=Path)
    parser.add_argument("--weights", type=Path)
    options = parser.parse_args()
    PARTS[options.part](options)


if __name__ == "__main__":
    main()
