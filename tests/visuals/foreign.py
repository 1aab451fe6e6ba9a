"""Networks as other libraries write them, small: torchvision, timm, transformers, Keras habits."""

import dataclasses

import torch
from torch import nn
from torch.nn import functional as F


class BasicBlock(nn.Module):
    """torchvision's residual block: an addition and a ReLU in place, one ReLU for both."""

    def __init__(self, channels, *, inplace=True):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=inplace)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.inplace = inplace

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.inplace:
            out += x
        else:
            out = out + x
        return self.relu(out)


class ResNet(nn.Module):
    """torchvision's ResNet with two stages; registered in another order than it runs."""

    def __init__(self, *, inplace=True, head_first=False):
        super().__init__()
        if head_first:
            self.fc = nn.Linear(8, 5)
        self.conv1 = nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.relu = nn.ReLU(inplace=inplace)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = nn.Sequential(BasicBlock(8, inplace=inplace), BasicBlock(8, inplace=inplace))
        self.layer2 = nn.Sequential(BasicBlock(8, inplace=inplace))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        if not head_first:
            self.fc = nn.Linear(8, 5)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer2(self.layer1(x))
        return self.fc(torch.flatten(self.avgpool(x), 1))


class Bottleneck(nn.Module):
    """A block whose one ReLU runs three times, on maps of different sizes."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(8, 4, 1), nn.Conv2d(4, 4, 3, padding=1)
        self.conv3, self.relu = nn.Conv2d(4, 8, 1), nn.ReLU(inplace=True)

    def forward(self, x):
        y = self.relu(self.conv2(self.relu(self.conv1(x))))
        y = self.conv3(y)
        y += x
        return self.relu(y)


class Body(nn.Module):
    """A small body with logits, to which `end` is applied."""

    def __init__(self, end=lambda z: z, classes=4):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.ReLU())
        self.classifier = nn.Linear(6, classes)
        self.end = end

    def logits(self, x):
        return self.classifier(self.features(x).mean((2, 3)))

    def forward(self, x):
        return self.end(self.logits(x))


class HeadRegisteredFirst(nn.Module):
    """A head that is registered before the stem, and a convolution that never runs."""

    def __init__(self):
        super().__init__()
        self.head = nn.Conv2d(6, 4, 1)
        self.unused = nn.Conv2d(3, 9, 5)
        self.stem = nn.Conv2d(3, 6, 3)

    def forward(self, x):
        return self.head(F.relu(self.stem(x))).mean((2, 3))


class ChannelsLast(nn.Module):
    """Swin's layout: NHWC between the stem and the head."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 12, 4, stride=4)
        self.norm, self.mlp = nn.LayerNorm(12), nn.Sequential(nn.Linear(12, 12), nn.GELU())
        self.head = nn.Linear(12, 5)

    def forward(self, x):
        x = self.stem(x).permute(0, 2, 3, 1)
        x = x + self.mlp(self.norm(x))
        return self.head(x.permute(0, 3, 1, 2).mean((2, 3)))


class Vit(nn.Module):
    """A vision transformer of two blocks with a class token."""

    def __init__(self):
        super().__init__()
        self.conv_proj = nn.Conv2d(3, 8, 4, stride=4)
        self.token = nn.Parameter(torch.randn(1, 1, 8))
        blocks = [nn.TransformerEncoderLayer(8, 2, 16, batch_first=True) for _ in range(2)]
        self.blocks = nn.Sequential(*blocks)
        self.ln, self.head = nn.LayerNorm(8), nn.Linear(8, 5)

    def forward(self, x):
        tokens = self.conv_proj(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.token.expand(len(x), -1, -1), tokens], 1)
        return self.head(self.ln(self.blocks(tokens))[:, 0])


@dataclasses.dataclass
class ModelOutput:
    """transformers' kind of output."""

    logits: torch.Tensor
    hidden: torch.Tensor | None = None


class Siamese(nn.Module):
    """Two images through shared weights."""

    def __init__(self):
        super().__init__()
        self.body, self.fc = nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU()), nn.Linear(12, 3)

    def forward(self, left, right):
        return self.fc(torch.cat([self.body(left).mean((2, 3)), self.body(right).mean((2, 3))], 1))


class Unet(nn.Module):
    """A segmentation network: scores for each position."""

    def __init__(self):
        super().__init__()
        self.down, self.up = nn.Conv2d(3, 6, 3, 2, 1), nn.ConvTranspose2d(6, 4, 2, 2)

    def forward(self, x):
        return {"out": self.up(F.relu(self.down(x))), "aux": None}
