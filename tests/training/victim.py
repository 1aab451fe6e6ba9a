"""A tiny run that can be killed anywhere, and a server that forks such runs from a warm process.

Run as a script it reads requests, a JSON object a line, and answers with how the child ended.
It trains on one thread, because OpenMP does not survive a fork.
"""

import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import torch

from convscope.arch import Architecture, Chain
from convscope.data import Split
from convscope.data.loading.in_memory import Batch
from convscope.layers import (
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    Normalize,
    ReLU,
)
from convscope.network import build, build_block
from convscope.shapes import CHW
from convscope.training.ema import Ema
from convscope.training.job import Job
from convscope.training.loop import train
from convscope.training.recipe.optim import SGD
from convscope.training.recipe.recipe import Recipe
from convscope.training.run.files import DataRecord
from convscope.training.run.folder import Run

INPUT = CHW(1, 8, 8)
CLASSES = ("a", "b", "c")
DATA = DataRecord(name="tiny", fingerprint="0" * 64, classes=CLASSES)


def samples(count, *, seed):
    g = torch.Generator().manual_seed(seed)
    labels = torch.randint(3, (count,), generator=g)
    images = torch.randint(0, 120, (count, 1, 8, 8), generator=g, dtype=torch.uint8)
    for i, label in enumerate(labels.tolist()):
        images[i, 0, 2 * label : 2 * label + 2] += 90
    return Split(images, labels)


class Batches:
    """The order is a pure function of the epoch."""

    def __init__(self, data, *, batch_size, seed):
        self.data, self.size, self.seed = data, batch_size, seed
        self.steps_per_epoch = len(data.labels_N) // batch_size

    def batch(self, epoch, step):
        g = torch.Generator().manual_seed(self.seed * 1000 + epoch)
        order = torch.randperm(len(self.data.labels_N), generator=g)
        rows = order[step * self.size : (step + 1) * self.size]
        return Batch(self.data.images_NCHW[rows], self.data.labels_N[rows])


def architecture():
    return Architecture(
        name="tiny",
        input=INPUT,
        num_classes=3,
        block=Chain(
            conv=Conv2d(4, 3, padding=1),
            norm=BatchNorm2d(),
            relu=ReLU(),
            pool=MaxPool2d(2),
            flatten=Flatten(),
            drop=Dropout(0.2),
            fc=Linear(3),
        ),
    )


def recipe(**changes):
    fields = {
        "epochs": 4,
        "batch_size": 8,
        "lr": 0.05,
        "optimiser": SGD(weight_decay=1e-4),
        "ema": Ema(decay=0.9),
        "keep": "best",
        "log_every": 3,
        "checkpoint_every": 5,
        "seed": 3,
    }
    return Recipe(**{**fields, **changes})


def job(made, *, network=None):
    training = samples(96, seed=1)
    network = network or build(architecture(), seed=made.seed)
    preprocessing = build_block(Chain(normalise=Normalize((0.3,), (0.2,))), INPUT)
    return Job(
        network=network.to(memory_format=torch.channels_last),
        preprocessing=preprocessing,
        training_preprocessing=preprocessing,
        batches=Batches(training, batch_size=made.batch_size, seed=made.seed),
        validation=samples(24, seed=2),
        classes=CLASSES,
        training_samples=96,
        device=torch.device("cpu"),
    )


def open_run(folder, made=None):
    if (folder / "recipe.json").exists():
        return Run.open(folder)
    return Run.create(folder, architecture(), made or recipe(), DATA)


def train_to_end(folder, made=None, **options):
    """Create or resume; the weights that were kept are written beside the run."""
    with open_run(folder, made) as run:
        kept = {}

        def finish(network, *_):
            kept.update({name: value.clone() for name, value in network.state_dict().items()})

        events = list(train(job(run.recipe), run, finish=finish, **options))
    return events, kept


class KillAt:
    """Ends the process by SIGKILL at the n-th byte (or call) that goes to the disk."""

    def __init__(self, count):
        self.left = count
        self.write, self.fsync, self.replace = os.write, os.fsync, os.replace
        os.write, os.fsync, os.replace = self._write, self._fsync, self._replace

    def _spend(self, cost):
        self.left -= cost
        return self.left <= 0

    def _die(self):
        os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(10)

    def _write(self, handle, data):
        length = len(memoryview(data))
        if self._spend(length):
            self.write(handle, memoryview(data)[: max(0, length + self.left - 1)])
            self._die()
        return self.write(handle, data)

    def _fsync(self, handle):
        if self._spend(1):
            self._die()
        return self.fsync(handle)

    def _replace(self, source, target):
        if self._spend(1):
            self._die()
        self.replace(source, target)
        if self._spend(1):
            self._die()


def serve():
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:  # torch loads a second's worth at the first step
        train_to_end(Path(folder))
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                if request.get("kill_at_byte"):
                    KillAt(request["kill_at_byte"])
                train_to_end(Path(request["folder"]), recipe(**request.get("changes", {})))
                code = 0
            finally:
                sys.stderr.flush()
                os._exit(code)
        if request.get("kill_after_s") is not None:
            time.sleep(request["kill_after_s"])
            os.kill(child, signal.SIGKILL)  # not yet waited for, so it is still ours
        _, status = os.waitpid(child, 0)
        sys.stdout.write(json.dumps({"code": os.waitstatus_to_exitcode(status)}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
