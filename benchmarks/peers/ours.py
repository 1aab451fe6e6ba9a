"""Fashion-MNIST with convscope, on the network and the optimiser of the peers.

    python ours.py BATCH EPOCHS

Of the 60,000 training images 5,000 are held back for validation and not trained on. Prints a
JSON line an epoch; validation, events and checkpoints are in the seconds, the look at the test
split is not.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from convscope import data as datasets
from convscope.arch import Architecture, Chain
from convscope.evaluate.protocol import evaluate
from convscope.layers import Conv2d, Dropout, Flatten, Linear, MaxPool2d, ReLU
from convscope.shapes import CHW
from convscope.training.loop import train
from convscope.training.prepare import make_job
from convscope.training.recipe.optim import Adam
from convscope.training.recipe.recipe import Recipe
from convscope.training.recipe.schedule import Constant
from convscope.training.run.folder import DataRecord, Run


def keras_example() -> Architecture:
    """The convnet of Keras's MNIST example: 34,826 parameters."""
    block = Chain(
        conv1=Conv2d(32, 3),
        relu1=ReLU(),
        pool1=MaxPool2d(2),
        conv2=Conv2d(64, 3),
        relu2=ReLU(),
        pool2=MaxPool2d(2),
        flatten=Flatten(),
        dropout=Dropout(0.5),
        fc=Linear(10),
    )
    return Architecture(name="keras_example", input=CHW(1, 28, 28), num_classes=10, block=block)


def main() -> None:
    batch, epochs = int(sys.argv[1]), int(sys.argv[2])
    data, architecture = datasets.open("fashion_mnist"), keras_example()
    recipe = Recipe(
        epochs=epochs, batch_size=batch, lr=1e-3, optimiser=Adam(), schedule=Constant(), seed=1
    )
    job, test = make_job(architecture, data, recipe), data.split("test")
    record = DataRecord(name=data.name, fingerprint="", classes=tuple(data.classes))
    seconds, begin = 0.0, time.perf_counter()
    with (
        tempfile.TemporaryDirectory() as folder,
        Run.create(Path(folder) / "run", architecture, recipe, record) as run,
    ):
        for event in train(job, run):
            if event.type != "Epoch":
                continue
            seconds += time.perf_counter() - begin
            result = evaluate(job.network, job.preprocessing, test, classes=tuple(data.classes))
            line = {"epoch": event.epoch, "images": event.step * batch, "seconds": seconds}
            print(json.dumps(line | {"accuracy": result.accuracy}), flush=True)
            begin = time.perf_counter()


if __name__ == "__main__":
    main()
