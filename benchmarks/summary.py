"""Parameters and MACs by convscope.summary, torchinfo, thop and fvcore, for networks of others.

pip install torchvision timm torchinfo thop fvcore
python benchmarks/summary.py
"""

import copy
import logging
import warnings
from collections.abc import Callable
from typing import Any

import fvcore
import thop
import timm
import torch
import torchinfo
import torchvision
from fvcore.nn import FlopCountAnalysis, parameter_count
from torch import nn
from torchvision import models

import convscope

NETWORKS: dict[str, tuple[Callable[[], nn.Module], list[tuple[int, ...]]]] = {
    "resnet50": (models.resnet50, [(1, 3, 224, 224)]),
    "mobilenet_v3_small": (models.mobilenet_v3_small, [(1, 3, 224, 224)]),
    "inception_v3": (lambda: models.inception_v3(init_weights=False), [(1, 3, 299, 299)]),
    "vit_b_16": (models.vit_b_16, [(1, 3, 224, 224)]),
    "convnext_tiny (timm)": (lambda: timm.create_model("convnext_tiny"), [(1, 3, 224, 224)]),
    "LSTM(32, 64, 2)": (lambda: nn.LSTM(32, 64, 2), [(5, 1, 32)]),
    "TransformerEncoderLayer(64, 4, 128)": (
        lambda: nn.TransformerEncoderLayer(64, 4, 128, batch_first=True),
        [(1, 10, 64)],
    ),
    "Bilinear(3, 4, 5)": (lambda: nn.Bilinear(3, 4, 5), [(2, 3), (2, 4)]),
}


def by_convscope(module: nn.Module, inputs: list[torch.Tensor]) -> tuple[int, int]:
    totals = convscope.summary(module, inputs).totals
    if totals.products:
        print(f"  products of attention: {totals.products:,}")
    return totals.parameters, totals.macs


def by_torchinfo(module: nn.Module, inputs: list[torch.Tensor]) -> tuple[int, int]:
    result = torchinfo.summary(module, input_data=inputs, verbose=0, device="cpu")
    return result.total_params, result.total_mult_adds


def by_thop(module: nn.Module, inputs: list[torch.Tensor]) -> tuple[int, int]:
    macs, parameters = thop.profile(module, inputs=tuple(inputs), verbose=False)
    return int(parameters), int(macs)


def by_fvcore(module: nn.Module, inputs: list[torch.Tensor]) -> tuple[int, int]:
    analysis: Any = FlopCountAnalysis(module, tuple(inputs))
    analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
    print("  fvcore:", dict(analysis.by_operator()))
    return parameter_count(module)[""], int(analysis.total())


def main() -> None:
    """Print the versions, and parameters and MACs by each program."""
    warnings.filterwarnings("ignore")
    logging.disable(logging.CRITICAL)
    for package in (torch, torchvision, timm, torchinfo, fvcore):
        print(package.__name__, package.__version__)
    print("thop", thop.__version__)
    for name, (build, shapes) in NETWORKS.items():
        module = build().eval()
        print(name)
        for count in (by_convscope, by_torchinfo, by_thop, by_fvcore):
            inputs = [torch.zeros(shape) for shape in shapes]
            parameters, macs = count(copy.deepcopy(module), inputs)
            print(f"  {count.__name__[3:]:10}{parameters:>14,} parameters{macs:>18,} MACs")


if __name__ == "__main__":
    main()
