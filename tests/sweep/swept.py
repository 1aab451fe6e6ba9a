"""A tiny sweep, for this process or for others: python swept.py FOLDER TRIALS [EPOCHS_BEFORE_KILL]

With a third number the process ends by SIGKILL when that many epochs were made.
"""

import os
import signal
import sys
from pathlib import Path

import torch

from convscope import starting
from convscope.arch import Architecture, Chain
from convscope.data import Split
from convscope.layers import Conv2d, Flatten, Linear, MaxPool2d, ReLU
from convscope.shapes import CHW
from convscope.sweep import Definition, SweepFolder, parse, sweep
from convscope.training.recipe.recipe import Recipe
from convscope.training.run.events import EpochEvent

VARY = ("lr=1e-4..1.0", "batch_size=8,16", "optimiser.momentum=0.5..0.9")


class Stripes:
    """Where the bright stripe is, is the class. It has no test split that could be opened."""

    name, classes, shape, channels = "stripes", ("a", "b", "c"), CHW(1, 8, 8), 1
    mean, std = (0.3,), (0.2,)

    def split(self, name):
        count = {"train": 96, "val": 24}[name]
        g = torch.Generator().manual_seed(count)
        labels = torch.randint(3, (count,), generator=g)
        images = torch.randint(0, 200, (count, 1, 8, 8), generator=g, dtype=torch.uint8)
        for i, label in enumerate(labels.tolist()):
            images[i, 0, 2 * label : 2 * label + 2] += 50
        return Split(images, labels)

    def fingerprint(self):
        return "5" * 64


def architecture():
    return Architecture(
        name="tiny",
        input=CHW(1, 8, 8),
        num_classes=3,
        block=Chain(
            conv=Conv2d(4, 3, padding=1),
            relu=ReLU(),
            pool=MaxPool2d(2),
            flatten=Flatten(),
            fc=Linear(3),
        ),
    )


def recipe(**changes):
    from convscope.training.recipe.optim import SGD

    fields = {"epochs": 3, "batch_size": 8, "lr": 0.05, "optimiser": SGD(), "checkpoint_every": 5}
    return Recipe(**{**fields, **changes})


def planned(**changes):
    return starting.plan(architecture(), Stripes(), recipe=recipe(**changes), out="unused")


def folder(path, *, vary=VARY, seed=0, plan=None):
    dimensions = [parse(text) for text in vary]
    return SweepFolder(Path(path), Definition.of(plan or planned(), dimensions, seed=seed))


def main(path, trials, kill_after=None):
    torch.set_num_threads(1)
    epochs = 0
    for event in sweep(planned(), folder(path), trials=int(trials)):
        epochs += isinstance(event, EpochEvent)
        if kill_after is not None and epochs == int(kill_after):
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])
