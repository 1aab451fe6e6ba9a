"""The engines and levels that are measured, as data: no torch here."""

from typing import NamedTuple

from convscope.engine.levels import Level, find_level
from convscope.errors import unknown_name
from convscope.extras import install_command, is_installed

REFERENCE = "pytorch"


class Candidate(NamedTuple):
    """One engine at one level.

    Attributes:
        key: the word for `--engine`.
        extras: those that install it; any of them without the packages is enough to miss it.
        on_gpu: whether it computes on a GPU too.
    """

    key: str
    name: str
    level: Level
    extras: tuple[str, ...] = ()
    on_gpu: bool = False


CANDIDATES = (
    Candidate("pytorch", "PyTorch eager", "exact", on_gpu=True),
    Candidate("pytorch-folded", "PyTorch folded", "exact", on_gpu=True),
    Candidate("pytorch-folded", "PyTorch folded", "fast", on_gpu=True),
    Candidate("onnxruntime", "ONNX Runtime", "exact", ("onnx", "infer")),
    Candidate("onnxruntime", "ONNX Runtime", "int8", ("onnx", "infer")),
    Candidate("openvino", "OpenVINO", "exact", ("onnx", "openvino")),
    Candidate("openvino", "OpenVINO", "fast", ("onnx", "openvino")),
    Candidate("openvino", "OpenVINO", "int8", ("onnx", "openvino")),
)
"""torch.compile is not among them: it needs a C++ compiler on the user's machine."""

ENGINES: tuple[str, ...] = tuple(dict.fromkeys(each.key for each in CANDIDATES))


def selected(engines: tuple[str, ...], levels: tuple[str, ...]) -> list[Candidate]:
    """Return the candidates of some engines and levels (all if empty), the reference first.

    Raises:
        InputError: an unknown name.
    """
    for name in engines:
        if name not in ENGINES:
            raise unknown_name("engine", name, ENGINES)
    for name in levels:
        find_level(name)
    reference, *others = CANDIDATES
    chosen = [
        each
        for each in others
        if (not engines or each.key in engines) and (not levels or each.level in levels)
    ]
    return [reference, *chosen]


def reason_against(candidate: Candidate, *, device: str, is_calibrated: bool) -> str:
    """Return why a candidate cannot be measured; empty if it can."""
    missing = [extra for extra in candidate.extras if not is_installed(extra)]
    if missing:
        return f"not installed: {install_command(candidate.extras[-1])}"
    if device != "cpu" and not candidate.on_gpu:
        return "computes on the CPU only"
    if candidate.level == "int8" and not is_calibrated:
        return "needs images to calibrate with: --calibration DATA"
    return ""
