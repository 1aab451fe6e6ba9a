"""Devices by name. torch is imported when a name is resolved.

`auto` is the first GPU of CUDA (or ROCm) that works, otherwise the CPU. Apple's GPU is used by its
name `mps` only: float64, which fitting and some visuals need, does not exist on it.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import torch

AUTO = "auto"
CPU = "cpu"


class Choice(NamedTuple):
    """A device by its own name, and a note on why it was chosen, if that was automatic."""

    name: str
    note: str = ""


def choose_device(name: str, *, local_rank: int = 0, local_size: int = 1) -> Choice:
    """Return the device of that name; for `auto` the best that works.

    Args:
        local_rank, local_size: number of this process on this machine, and of all processes there;
            with `auto` each takes its own GPU, or none does.
    """
    if name != AUTO:
        return Choice(name)
    import torch

    gpus = _num_gpus()
    if gpus >= local_size:
        device = f"cuda:{local_rank}"
        try:
            torch.empty(1, device=device)
        except (RuntimeError, AssertionError) as error:
            reason = str(error).splitlines()[0][:100]
            return Choice(CPU, f"the GPU cannot be used ({reason}): computing on the CPU")
        label = torch.cuda.get_device_name(device)
        return Choice(device, f"computing on the GPU {label}; --device cpu uses the CPU")
    if gpus:
        return Choice(CPU, f"{local_size} processes but only {gpus} GPUs: computing on the CPU")
    if torch.backends.mps.is_available():
        return Choice(CPU, "computing on the CPU; --device mps uses the GPU of this Mac")
    return Choice(CPU)


def find_device(name: str) -> "torch.device":
    """Return the device of that name, as torch has it.

    Raises:
        InputError: this machine does not have it, or the name is unknown.
    """
    import torch

    from convscope.errors import InputError

    try:
        device = torch.device(choose_device(name).name)
        if device.type == "meta":
            raise RuntimeError("it holds no numbers")
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError, ImportError) as error:
        reason = "" if "device type" in str(error) else f" ({str(error).splitlines()[0][:100]})"
        raise InputError(
            f"device {name!r} is not available{reason}",
            expected=f"one of {', '.join(available_devices())}",
            fix="use auto; `convscope doctor` shows the processors and GPUs",
        ) from None
    return device


def available_devices() -> list[str]:
    """Return the names that this machine knows, `auto` first."""
    import torch

    names = [AUTO, CPU, *(f"cuda:{number}" for number in range(_num_gpus()))]
    return [*names, "mps"] if torch.backends.mps.is_available() else names


BFLOAT16_FLAGS = ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16")  # of x86 and of Arm


def multiplies_bfloat16(device: "torch.device") -> bool:
    """Return whether a device multiplies bfloat16 numbers, rather than emulates it."""
    import torch

    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type != "cpu":
        return False
    # not in every torch that we allow
    capabilities: Mapping[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    return any(capabilities.get(flag, False) for flag in BFLOAT16_FLAGS)


def _num_gpus() -> int:
    import torch

    return torch.cuda.device_count() if torch.cuda.is_available() else 0
