"""Fashion-MNIST in the style of torchvision's reference scripts: worker processes, meters.

python torchvision_style.py FOLDER NETWORK BATCH EPOCHS
"""

import json
import sys
import time
from collections import deque
from pathlib import Path

import numpy as np
import torch
from networks import NETWORKS
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset, RandomSampler, SequentialSampler

WORKERS = 2


class Pictures(Dataset):
    """A data set of pictures with its transforms: to tensor, to float, normalise."""

    def __init__(self, folder: Path, split: str) -> None:
        self.images = np.load(folder / f"{split}_images.npy")
        self.labels = np.load(folder / f"{split}_labels.npy")

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        picture = torch.from_numpy(np.array(Image.fromarray(self.images[index]))).unsqueeze(0)
        pixels = picture.to(torch.float32).div(255)
        return pixels.sub_(0.2860).div_(0.3530), int(self.labels[index])


class SmoothedValue:
    """The last 20 values and the mean of all."""

    def __init__(self) -> None:
        self.recent: deque[float] = deque(maxlen=20)
        self.total, self.count = 0.0, 0

    def update(self, value: float, count: int = 1) -> None:
        self.recent.append(value)
        self.total += value * count
        self.count += count


def accuracy(logits: torch.Tensor, labels: torch.Tensor, topk: tuple[int, ...]) -> list[float]:
    with torch.inference_mode():
        found = logits.topk(max(topk), 1).indices.t().eq(labels[None])
        return [100 * float(found[:k].flatten().sum()) / len(labels) for k in topk]


def train_one_epoch(
    network: nn.Module,
    criterion: nn.Module,
    optimiser: torch.optim.Optimizer,
    loader: DataLoader,
) -> None:
    network.train()
    meters = {name: SmoothedValue() for name in ("loss", "acc1", "acc5", "img/s")}
    for images, labels in loader:
        begin = time.time()
        logits = network(images)
        loss = criterion(logits, labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        acc1, acc5 = accuracy(logits, labels, (1, 5))
        meters["loss"].update(loss.item())
        meters["acc1"].update(acc1, len(labels))
        meters["acc5"].update(acc5, len(labels))
        meters["img/s"].update(len(labels) / (time.time() - begin))


def evaluated(network: nn.Module, loader: DataLoader) -> float:
    network.eval()
    meter = SmoothedValue()
    with torch.inference_mode():
        for images, labels in loader:
            meter.update(accuracy(network(images), labels, (1, 5))[0], len(labels))
    return meter.total / meter.count / 100


def main() -> None:
    folder, name, batch, epochs = sys.argv[1:]
    torch.manual_seed(1)
    network = NETWORKS[name]()
    training, test = Pictures(Path(folder), "train"), Pictures(Path(folder), "test")
    loader = DataLoader(
        training, batch_size=int(batch), sampler=RandomSampler(training), num_workers=WORKERS
    )
    held = DataLoader(
        test, batch_size=int(batch), sampler=SequentialSampler(test), num_workers=WORKERS
    )
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
    criterion = nn.CrossEntropyLoss()
    seconds = 0.0
    for epoch in range(1, int(epochs) + 1):
        begin = time.perf_counter()
        train_one_epoch(network, criterion, optimiser, loader)
        seconds += time.perf_counter() - begin
        line = {"epoch": epoch, "images": len(training) * epoch, "seconds": seconds}
        print(json.dumps(line | {"accuracy": evaluated(network, held)}), flush=True)


if __name__ == "__main__":
    main()
