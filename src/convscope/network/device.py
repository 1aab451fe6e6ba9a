"""Devices by name, and of a module."""

from typing import Any

import torch
from torch import nn

from convscope.errors import InputError


def find_device(name: str) -> torch.device:
    """Return the device of that name.

    Raises:
        InputError: this machine does not have it, or the name is unknown.
    """
    try:
        device = torch.device(name)
        if device.type == "meta":
            raise RuntimeError("it holds no numbers")
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError, ImportError) as error:
        reason = "" if "device type" in str(error) else f" ({str(error).splitlines()[0][:100]})"
        raise InputError(
            f"device {name!r} is not available{reason}",
            expected="cpu or cuda" if torch.cuda.is_available() else "cpu",
        ) from None
    return device


def device_of(function: Any) -> torch.device:
    """Return the device of a module's parameters; the CPU for a function without any."""
    first = next(function.parameters(), None) if isinstance(function, nn.Module) else None
    return torch.device("cpu") if first is None else first.device
