"""A network with 8-bit integers, calibrated with real images.

Axes: N batch, C channels, H height, W width.
"""

import platform
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from convscope.engine.graph import Graph, graph_of
from convscope.engine.int8 import kept
from convscope.engine.int8.calibration import calibrated
from convscope.engine.int8.simplified import simplified
from convscope.engine.int8.sites import find_sites
from convscope.engine.int8.writing import Writer
from convscope.engine.onnx_runtime import runtime
from convscope.errors import InputError
from convscope.extras import install_command
from convscope.machine.processor import instructions
from convscope.network import Network

CALIBRATION_IMAGES = 128
"""Images that are enough: see docs/reference/engines.md."""
FEWEST_IMAGES = 8
CALIBRATION_BATCH = 8
FIX = "a data set or a folder with more photos like those to predict"


def quantised(
    network: Network,
    batches_NCHW: Iterable[Tensor],
    *,
    note: Callable[[str], None] = lambda _: None,
) -> Graph:
    """Return the network as an ONNX model that computes with 8-bit integers.

    Activations are uint8 with one scale for each tensor, weights int8 with one scale for each
    output channel. ONNX Runtime and OpenVINO run the same bytes. Weights are as they are now. The
    result is remembered on the disk for the same network and images: see `kept`.

    Args:
        batches_NCHW: preprocessed real images, (N, C, H, W) float32, from the training data;
            the first `CALIBRATION_IMAGES` are used.
        note: takes sentences on what was decided.

    Raises:
        InputError: no or too few images; images of another shape, not finite or all the same.
        Unsupported: a layer or a composition without ONNX nodes.
    """
    if runtime() is None:
        raise InputError("int8 without ONNX Runtime", fix=install_command("infer"))
    batches = _checked(batches_NCHW, tuple(network.architecture.input))
    count = sum(map(len, batches))
    graph = graph_of(network)
    largest = 127 if adds_in_32_bits() else 63
    key = kept.key_of(graph, batches, largest)
    data = kept.read(key, note)
    if data is None:
        plain = simplified(graph.data)
        sites = find_sites(plain)
        known = calibrated(plain, sites, batches, threads=torch.get_num_threads())
        data = Writer(plain, sites, known, largest=largest).model()
        kept.write(key, data, note)
    if count < CALIBRATION_IMAGES:
        note(f"int8: calibrated with {count} images only; {CALIBRATION_IMAGES} are better")
    if largest != 127:
        note("int8: weights have 7 bits, since this processor has no VNNI instructions")
    return graph._replace(data=data)


def adds_in_32_bits() -> bool:
    """Return whether products of 8 bits are added in 32 bits, so that sums cannot overflow.

    Processors of x86 without VNNI add two of them in 16 bits.
    """
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return True
    return not {"avx512_vnni", "avx_vnni"}.isdisjoint(instructions())


def _checked(
    batches_NCHW: Iterable[Tensor], shape: Sequence[int]
) -> list[NDArray[np.floating[Any]]]:
    """Return the first `CALIBRATION_IMAGES` images in small batches."""
    parts: list[Tensor] = []
    count = 0
    for batch_NCHW in batches_NCHW:
        if batch_NCHW.ndim != 4 or tuple(batch_NCHW.shape[1:]) != tuple(shape):
            raise InputError(
                f"calibration images of shape {tuple(batch_NCHW.shape)}",
                expected=f"(N, {', '.join(map(str, shape))}), preprocessed as for the network",
            )
        parts.append(batch_NCHW[: CALIBRATION_IMAGES - count].detach().float().cpu())
        count += len(parts[-1])
        if count >= CALIBRATION_IMAGES:
            break
    if count < FEWEST_IMAGES:
        raise InputError(
            f"{count} images to calibrate int8 with",
            expected=f"at least {FEWEST_IMAGES}, better {CALIBRATION_IMAGES}",
            fix=FIX,
        )
    images_NCHW = torch.cat(parts)
    if not bool(images_NCHW.isfinite().all()):
        raise InputError("calibration images with NaN or infinite values", fix=FIX)
    if bool((images_NCHW == images_NCHW[:1]).all()):
        raise InputError("calibration images that are all the same", fix=FIX)
    starts = range(0, count, CALIBRATION_BATCH)
    return [images_NCHW[start : start + CALIBRATION_BATCH].numpy() for start in starts]
