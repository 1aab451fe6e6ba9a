"""Pictures of docs/reference/looking-inside.md.

    convscope train lenet5 mnist --recipe lenet5_mnist_quick --seed 0 -o runs/mine
    python -m tools.looking_pictures [runs/mine]

Without a run only the picture of the pretrained network is made. Needs scikit-image, whose
"coffee" (CC0) it takes, and playwright with Chromium for the page of all visuals.
"""

import io
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from skimage import data

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
PAGE_SIZE = (1000, 1200)  # pixels of the page of all visuals, from its top
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
        save(path.read_bytes(), name)


def save(picture: bytes, name: str) -> None:
    """Write a picture with a small palette."""
    with Image.open(io.BytesIO(picture)) as image:
        small = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.FLOYDSTEINBERG)
        small.save(PICTURES / name, optimize=True)
    print(f"{name}: {(PICTURES / name).stat().st_size:,} bytes")


def look_all(run: str) -> None:
    """Write the top of the page of all visuals of a digit."""
    from tools.shots.browser import chromium, find_chromium, opened

    with tempfile.TemporaryDirectory() as folder:
        digit, page = Path(folder) / "digit.png", Path(folder) / "look.html"
        for words in (
            ["sample", "digit", "-o", str(digit)],
            ["look", "all", run, str(digit), "--data", "mnist", "-o", str(page)],
        ):
            subprocess.run([sys.executable, "-m", "convscope", *words], check=True)
        width, height = PAGE_SIZE
        with (
            chromium(find_chromium()) as browser,
            opened(browser, page, width=width, scheme="light", zh=False) as tab,
        ):
            area = {"x": 0, "y": 0, "width": width, "height": height}
            save(tab.screenshot(full_page=True, clip=area), "looking-page.png")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder) / "coffee.png"
        Image.fromarray(data.coffee()).save(photo)
        look(["grad_cam", "efficientnet_lite0@imagenet", str(photo)], "looking-cam.png")
    for run in sys.argv[1:2]:
        for name, command in OF_A_RUN.items():
            look(command.format(run=run).split(), name)
        look_all(run)


if __name__ == "__main__":
    main()
