"""Train a small AlexNet on the sample photos and store its 96 first kernels of 11 x 11 x 3.

AlexNet learned from ImageNet for days. Here a network with its first layer (96 kernels of 11 x 11
x 3, stride 4) learns two tasks on crops of the 75 public-domain photos that come with convscope:
which photo a crop is from, and by which multiple of 90 degrees it was turned. No labels of people
are used. Crops are 83 x 83, scaled, turned, mirrored, changed in hue and brightness, and a little
noisy; a quarter of them is grey.

    OMP_NUM_THREADS=1 nice -n 10 python tools/first_kernels.py --minutes 60 -o build/first_kernels

writes `kernels.npz` (kernels before and after training), `kernels.png` and `log.csv` into the
folder. The seed is 0. The committed kernels are those of 60 minutes on a busy machine, which ended
them after about 4,000 of 5,000 steps; `--steps` and `--minutes` are both limits.
"""

import argparse
import io
import math
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F

from convscope.samples import photos

SIDE = 83
PHOTOS_A_BATCH, CROPS_A_PHOTO = 32, 4
NOISE = 0.04
DAMPING = 0.7

Levels = list[list[torch.Tensor]]
Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


class Twins(nn.Module):
    """AlexNet's first layers at half the width after conv1, with one head for each task."""

    def __init__(self, num_photos: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 96, 11, stride=4, bias=False)
        nn.init.normal_(self.conv1.weight, std=1e-3)
        self.features = nn.Sequential(
            nn.BatchNorm2d(96),
            nn.ReLU(),
            nn.MaxPool2d(3, 2),
            nn.Conv2d(96, 128, 5, padding=2, groups=2, bias=False),
            nn.BatchNorm2d(128),
            nn.ReLU(),
            nn.MaxPool2d(3, 2),
            nn.Conv2d(128, 192, 3, padding=1, bias=False),
            nn.BatchNorm2d(192),
            nn.ReLU(),
            nn.Flatten(),
        )
        self.photo = nn.Linear(192 * 16, num_photos)
        self.turn = nn.Linear(192 * 16, 4)

    def forward(self, images_NCHW: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        features = self.features(self.conv1(images_NCHW))
        return self.photo(features), self.turn(features)


def read_photos() -> list[list[torch.Tensor]]:
    """Return each photo at full and half size, 1 x 3 x H x W from -1 to 1."""
    files = [*photos.photo_bytes().values(), photos.PHOTO.read_bytes()]
    levels = []
    for data in files:
        image = Image.open(io.BytesIO(data)).convert("RGB")
        halved = image.resize((image.width // 2, image.height // 2), Image.Resampling.BOX)
        levels.append(
            [
                torch.from_numpy(np.array(level)).permute(2, 0, 1)[None].float() / 127.5 - 1
                for level in (image, halved)
            ]
        )
    return levels


def crops(
    levels: list[torch.Tensor], turns: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """Return one crop for each turn, turned by up to 20 degrees besides.

    One pixel of a crop is 0.75 to 2.2 of the photo.
    """
    count = len(turns)

    def number(low: float, high: float) -> torch.Tensor:
        return torch.empty(count).uniform_(low, high, generator=generator)

    photo = levels[0]
    height, width = photo.shape[2:]
    largest = min(2.2, 0.98 * min(height, width) / SIDE)
    step = torch.exp(number(math.log(0.75), math.log(largest)))
    photo = levels[1] if float(step.mean()) > 1.5 else photo
    angle = number(-0.35, 0.35) + turns * (math.pi / 2)
    mirrored = torch.where(number(0, 1) < 0.5, -1.0, 1.0)
    half = step * SIDE / 2
    room = 0.72
    x = number(-1, 1) * (1 - room * half / (width / 2)).clamp(min=0)
    y = number(-1, 1) * (1 - room * half / (height / 2)).clamp(min=0)
    cos, sin = torch.cos(angle), torch.sin(angle)
    across, down = half / (width / 2), half / (height / 2)
    rows = [mirrored * cos * across, -sin * across, x, mirrored * sin * down, cos * down, y]
    grid = F.affine_grid(
        torch.stack(rows, 1).view(count, 2, 3), [count, 3, SIDE, SIDE], align_corners=False
    )
    return F.grid_sample(
        photo.expand(count, -1, -1, -1), grid, padding_mode="reflection", align_corners=False
    )


def tinted(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Change brightness, contrast, hue and saturation, make a quarter grey, add noise."""
    count = len(images)

    def number(low: float, high: float) -> torch.Tensor:
        return torch.empty(count, 1, 1, 1).uniform_(low, high, generator=generator)

    grey = images.mean(1, keepdim=True)
    colours = images - grey
    # a turn of the hue mixes the channels by the rotation about the grey axis
    turn = number(-1, 1) ** 3 * math.pi
    across = (colours.roll(1, 1) - colours.roll(2, 1)) / math.sqrt(3)
    colours = torch.cos(turn) * colours + torch.sin(turn) * across
    saturation = number(0.4, 1.6) * (number(0, 1) > 0.25)
    images = (grey * number(0.6, 1.4) + colours * saturation) + number(-0.2, 0.2)
    return images + NOISE * torch.randn(images.shape, generator=generator)


def batch(levels: Levels, generator: torch.Generator) -> Batch:
    """Return images, numbers of their photos, and their turns."""
    chosen = torch.randperm(len(levels), generator=generator)[:PHOTOS_A_BATCH]
    turns = torch.randint(4, (PHOTOS_A_BATCH, CROPS_A_PHOTO), generator=generator)
    images = [
        crops(levels[number], turn, generator)
        for number, turn in zip(chosen.tolist(), turns, strict=True)
    ]
    return (
        tinted(torch.cat(images), generator),
        chosen.repeat_interleave(CROPS_A_PHOTO),
        turns.flatten(),
    )


def preconditioner(levels: Levels, generator: torch.Generator) -> torch.Tensor:
    """Return the damped inverse covariance of conv1's patches, largest eigenvalue 1: (363, 363).

    Photos have far more slow changes than edges, so plain gradient descent learns blobs long
    before it learns edges. With the gradient of conv1 times this matrix both are learned as fast,
    as in K-FAC; the network and its loss stay what they are.
    """
    images = torch.cat([batch(levels, generator)[0] for _ in range(8)])
    patches = F.unfold(images, 11, stride=4).transpose(1, 2).reshape(-1, 363)
    patches = patches - patches.mean(0)
    covariance = patches.T @ patches / len(patches)
    damped = covariance + DAMPING * covariance.diagonal().mean() * torch.eye(363)
    inverse = torch.linalg.inv(damped)
    return inverse / torch.linalg.eigvalsh(inverse).max()


def tiled(kernels: torch.Tensor, columns: int = 16, scale: int = 5) -> Image.Image:
    """Return a picture of all kernels, each stretched to its own largest number; grey is 0."""
    rows = -(-len(kernels) // columns)
    canvas = np.full((rows * 12 + 1, columns * 12 + 1, 3), 255, np.uint8)
    for number, kernel in enumerate(kernels.numpy()):
        row, column = divmod(number, columns)
        drawn = 127.5 + 127.5 * kernel / np.abs(kernel).max()
        canvas[row * 12 + 1 : row * 12 + 12, column * 12 + 1 : column * 12 + 12] = drawn.transpose(
            1, 2, 0
        )
    return Image.fromarray(canvas).resize(
        (canvas.shape[1] * scale, canvas.shape[0] * scale), Image.Resampling.NEAREST
    )


def train(folder: Path, steps: int, minutes: float, rate: float, decay: float) -> None:
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(0)
    levels = read_photos()
    network = Twins(len(levels)).to(memory_format=torch.channels_last)
    inverse = preconditioner(levels, generator)
    before = network.conv1.weight.detach().clone()
    optimiser = torch.optim.SGD(
        network.parameters(), lr=rate, momentum=0.9, weight_decay=decay, nesterov=True
    )
    began, shares = time.monotonic(), []
    log = (folder / "log.csv").open("w", encoding="utf-8")
    print("step,minutes,loss,photo,turn", file=log)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = (
                rate * min(1, (step + 1) / 200) * 0.5 * (1 + math.cos(math.pi * step / steps))
            )
        images, numbers, turns = batch(levels, generator)
        by_photo, by_turn = network(images.to(memory_format=torch.channels_last))
        loss = F.cross_entropy(by_photo, numbers, label_smoothing=0.1) + F.cross_entropy(
            by_turn, turns
        )
        optimiser.zero_grad()
        loss.backward()
        gradient = network.conv1.weight.grad
        assert gradient is not None
        gradient.copy_((gradient.reshape(96, -1) @ inverse).view_as(gradient))
        optimiser.step()
        right = (
            (by_photo.argmax(1) == numbers).float().mean(),
            (by_turn.argmax(1) == turns).float().mean(),
        )
        shares.append([float(value) for value in (loss.detach(), *right)])
        minutes_used = (time.monotonic() - began) / 60
        if (step + 1) % 100 == 0 or step + 1 == steps or minutes_used > minutes:
            row = [step + 1, round(minutes_used, 2), *np.round(np.mean(shares, 0), 4).tolist()]
            print(*row, sep=",", file=log, flush=True)
            shares = []
            kernels = network.conv1.weight.detach().clone()
            tiled(kernels).save(folder / "kernels.png")
            np.savez(
                folder / "kernels.npz",
                kernels=kernels.numpy(),
                before=before.numpy(),
                step=step + 1,
            )
        if minutes_used > minutes:
            break


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=float, default=0.05)
    parser.add_argument("--decay", type=float, default=2e-3)
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    train(options.output, options.steps, options.minutes, options.rate, options.decay)


if __name__ == "__main__":
    main()
