"""Fashion-MNIST as `pytorch/examples` trains MNIST: one image at a time through a DataLoader.

    python pytorch_examples.py FOLDER NETWORK BATCH OPTIMISER EPOCHS

FOLDER holds the arrays that the harness wrote. Prints a JSON line an epoch.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from networks import NETWORKS
from PIL import Image
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset


class Pictures(Dataset):
    """What torchvision's MNIST with ToTensor and Normalize does for each image."""

    def __init__(self, folder: Path, split: str) -> None:
        self.images = np.load(folder / f"{split}_images.npy")
        self.labels = np.load(folder / f"{split}_labels.npy")

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        picture = Image.fromarray(self.images[index])
        pixels = torch.from_numpy(np.array(picture)).unsqueeze(0).float().div(255)
        return pixels.sub(0.1307).div(0.3081), int(self.labels[index])


def evaluated(network: nn.Module, loader: DataLoader) -> float:
    network.eval()
    correct = 0
    with torch.no_grad():
        for images, labels in loader:
            correct += int((network(images).argmax(1) == labels).sum())
    return correct / len(loader.dataset)


def main() -> None:
    folder, name, batch, optimiser_name, epochs = sys.argv[1:]
    torch.manual_seed(1)
    network = NETWORKS[name]()
    training = DataLoader(Pictures(Path(folder), "train"), batch_size=int(batch), shuffle=True)
    test = DataLoader(Pictures(Path(folder), "test"), batch_size=1000)
    if optimiser_name == "adadelta":
        optimiser = torch.optim.Adadelta(network.parameters(), lr=1.0)
        schedule = torch.optim.lr_scheduler.StepLR(optimiser, step_size=1, gamma=0.7)
    else:
        optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
        schedule = torch.optim.lr_scheduler.ConstantLR(optimiser, factor=1.0)
    seconds = 0.0
    for epoch in range(1, int(epochs) + 1):
        network.train()
        begin = time.perf_counter()
        for number, (images, labels) in enumerate(training):
            optimiser.zero_grad()
            loss = F.nll_loss(F.log_softmax(network(images), dim=1), labels)
            loss.backward()
            optimiser.step()
            if number % 10 == 0:
                loss.item()  # where the example prints
        schedule.step()
        seconds += time.perf_counter() - begin
        line = {"epoch": epoch, "images": len(training.dataset) * epoch, "seconds": seconds}
        print(json.dumps(line | {"accuracy": evaluated(network, test)}), flush=True)


if __name__ == "__main__":
    main()
