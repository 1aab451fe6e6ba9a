"""Device of a module."""

from typing import Any

import torch
from torch import nn


def device_of(function: Any) -> torch.device:
    """Return the device of a module's parameters; the CPU for a function without any."""
    first = next(function.parameters(), None) if isinstance(function, nn.Module) else None
    return torch.device("cpu") if first is None else first.device
