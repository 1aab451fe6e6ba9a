"""Pictures of docs/looking-inside.md.

    convscope train lenet5 mnist --recipe lenet5_mnist_quick --seed 0 -o runs/mine
    python tools/looking_pictures.py [runs/mine]

Without a run only the picture of the pretrained network is made. Needs scikit-image, whose
"coffee" (CC0) it takes.
"""

import io
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from skimage import data

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
COLOURS = 256  # of the palette: a third of the bytes
OF_A_RUN = {
    "looking-patches.png": "top_patches {run} --data mnist --layer tanh2 --set units=9,11",
    "looking-wanted.png": "maximise {run}",
    "looking-embedding.png": "embedding {run} --data mnist",
}


def look(arguments: list[str], name: str) -> None:
    """Run `convscope look` and write its picture with a small palette."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        command = [sys.executable, "-m", "convscope", "look", *arguments, "-o", str(path)]
        subprocess.run(command, check=True)
        with Image.open(io.BytesIO(path.read_bytes())) as image:
            small = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.FLOYDSTEINBERG)
            small.save(PICTURES / name, optimize=True)
    print(f"{name}: {(PICTURES / name).stat().st_size:,} bytes")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder) / "coffee.png"
        Image.fromarray(data.coffee()).save(photo)
        look(["grad_cam", "efficientnet_lite0@imagenet", str(photo)], "looking-cam.png")
    for run in sys.argv[1:2]:
        for name, command in OF_A_RUN.items():
            look(command.format(run=run).split(), name)


if __name__ == "__main__":
    main()
