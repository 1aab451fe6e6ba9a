"""Everything that is looked at: the commands that write pages and pictures, in one language.

    python -m tools.shots.subjects LANGUAGE FOLDER

runs all of them in this process, so that torch is loaded once, and prints what failed.
"""

import contextlib
import io
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

INPUTS = (  # written once, by the first language
    "sample digit -o {work}/digit.png",
    "sample photo -o {work}/photo.jpg",
    "sample photos -o {work}/photos",
    "train lenet5 mnist --recipe lenet5_mnist_quick --epochs 1 --seed 0 -o {work}/digits",
    "train efficientnet_lite0@imagenet {work}/photos --epochs 1 --seed 0 -o {work}/fine",
    "sweep lenet5 {work}/photos --vary lr=1e-3..1e-1 --trials 3 --epochs 3 -o {work}/sweep",
)
COPIED = {  # subject: file of an input
    "report-digits.html": "digits/report.html",
    "report-fine.html": "fine/report.html",
    "sweep-trials.png": "sweep/trials.png",
    "sweep-epochs.png": "sweep/epochs.png",
}
DIAGRAMS = (
    "lenet5", "alexnet", "vgg16", "nin", "all_cnn_c", "googlenet", "inception_v3", "resnet18",
    "resnet152", "resnet110", "efficientnet_lite0", "conv5_bn",
)  # fmt: skip
CHINESE_DIAGRAMS = ("lenet5", "alexnet", "resnet18")
PAGES = {
    "look-all-digit.html": "look all {work}/digits {work}/digit.png",
    "look-all-photo.html": "look all {work}/fine {work}/photo.jpg",
    "look-grad-cam.html": "look grad_cam {work}/fine {work}/photo.jpg",
    "evaluate-digits.html": "evaluate {work}/digits mnist",
    "evaluate-photos.html": "evaluate {work}/fine {work}/photos",
}
PICTURES = {
    "lab-convolution.svg": "lab convolution --stride 2 --padding 1",
    "lab-convolution-lecture.svg": "lab convolution --example lecture --step 4",
    "lab-convolution-transposed.svg": "lab convolution --input 2x4x4 --kernels 4 --transposed",
    "lab-connectivity.svg": "lab connectivity",
    "lab-connectivity-7.svg": "lab connectivity --kernel 7 --stride 2",
    "lab-learnable-filter.svg": "lab learnable_filter",
    "lab-learnable-filter-photo.svg": "lab learnable_filter {work}/photo.jpg --filter laplacian8",
    "lab-pooling.svg": "lab pooling {work}/digits",
    "lab-gradients.svg": "lab gradients --depth 8",
    "lr-range.svg": "lr-range lenet5 mnist --steps 80",
    "runs.svg": "runs {work}/digits {work}/fine",
    "look-activation-stats.svg": "look activation_stats {work}/fine --data {work}/photos",
    "look-receptive-field.png": "look receptive_field {work}/digits",
    "look-top-patches.png": "look top_patches {work}/digits --data mnist",
    "data-check.png": "data check {work}/photos",
    "data-show.png": "data show {work}/photos",
    "data-show-mnist.png": "data show mnist",
    "filter.png": "filter {work}/photo.jpg sobel_x",
}
ON_PHOTOS = ("fine", "sweep")
"""Inputs that are trained on photos, which takes longest."""
ENGLISH_ONLY = ("look-all-photo.html", "evaluate-photos.html", "look-activation-stats.svg")
"""Those that take longest, and that others show in Chinese."""


class Failure(NamedTuple):
    """A subject that could not be made, and why."""

    subject: str
    reason: str


def produce(language: str, folder: Path, *, only: str = "", photos: bool = True) -> list[Failure]:
    """Write all subjects whose name contains `only` into a folder; return those that failed.

    `photos`: with a network fine-tuned on photos, which takes longest.
    """
    from convscope.lang import use

    use(language)
    work = folder.parent / "work"
    work.mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    failures: list[Failure] = []
    for command in INPUTS:
        target = Path(command.format(work=work).split()[-1])
        if not target.exists() and (photos or target.name not in ON_PHOTOS):
            _run(command, work, target.name, failures)
    jobs: dict[str, Callable[[], None] | str] = {**PAGES, **PICTURES}
    for name in DIAGRAMS if language == "en" else CHINESE_DIAGRAMS:
        jobs[f"diagram-{name}.svg"] = f"show {name}"
    for name, words in jobs.items():
        if only in name and (language == "en" or name not in ENGLISH_ONLY):
            _run(f"{words} -o {folder / name} --force", work, name, failures)
    for name, source in COPIED.items():
        with contextlib.suppress(FileNotFoundError):
            (folder / name).write_bytes((work / source).read_bytes())
    if only in "notebook.html, objects of digits":
        _guarded(lambda: _notebook(work, folder / "notebook.html"), "notebook.html", failures)
    return failures


def _run(command: str, work: Path, name: str, failures: list[Failure]) -> None:
    """Run a command of convscope in this process, with its output put aside."""
    from convscope.cli import app

    words = command.format(work=work).split()
    _guarded(lambda: app(words, standalone_mode=False), name, failures)


def _guarded(job: Callable[[], object], name: str, failures: list[Failure]) -> None:
    started = time.monotonic()
    quiet = io.StringIO()
    try:
        with contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
            job()
    except SystemExit as stop:
        if stop.code:
            failures.append(Failure(name, quiet.getvalue()[-300:]))
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        failures.append(Failure(name, f"{error} ({Path(where.filename).name}:{where.lineno})"))
    sys.stdout.write(f"{time.monotonic() - started:6.1f} s  {name}\n")


def _notebook(work: Path, target: Path) -> None:
    """Write a page of the objects that a notebook shows."""
    import convscope
    from convscope import data as datasets

    model = convscope.open(work / "digits")
    network = convscope.load("lenet5")
    objects = {
        "architecture": network,
        "table": network.table(),
        "model": model,
        "predictions": model.predict([work / "digit.png"]),
        "data set": datasets.open(str(work / "photos")),
    }
    parts = [f"<h2>{name}</h2>{value._repr_html_()}" for name, value in objects.items()]
    head = "<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'>"
    head += "<style>:root{color-scheme:light dark}</style>"
    body = "<body style='font:14px sans-serif;margin:16px'>"
    target.write_text(head + body + "\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    for failure in produce(sys.argv[1], Path(sys.argv[2]), only=(sys.argv[3:] or [""])[0]):
        sys.stdout.write(f"FAILED {failure.subject}: {failure.reason}\n")
