"""The processor of this machine: its name, and the instructions that engines use."""

import platform
from functools import cache
from pathlib import Path

CPU_INFO = Path("/proc/cpuinfo")
FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_bf16", "amx_int8")
ARM_FLAGS = ("asimd", "asimddp", "i8mm", "bf16", "sve", "sve2")


@cache
def processor() -> str:
    """Return the name of the processor model, as the system has it."""
    return _field("model name") or platform.processor() or platform.machine()


@cache
def instructions() -> tuple[str, ...]:
    """Return those instruction sets of the processor that speed up networks.

    VNNI multiplies 8-bit integers; AVX512_BF16 and AMX multiply bfloat16. Empty where the system
    does not list them, as on macOS and Windows.
    """
    flags = {*_field("flags").split(), *_field("features").split()}
    return tuple(name for name in (*FLAGS, *ARM_FLAGS) if name in flags)


@cache
def _field(name: str) -> str:
    """Return the value of the first line of this name in /proc/cpuinfo; empty without one."""
    try:
        lines = CPU_INFO.read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return ""
    for line in lines:
        key, _, value = line.partition(":")
        if key.strip().lower() == name:
            return value.strip()
    return ""
