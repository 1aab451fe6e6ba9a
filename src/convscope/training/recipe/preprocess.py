"""The last layers of the preprocessing, chosen by the recipe, and their fitting.

Tensor names end in their axes: N images, C channels, H height, W width, D = C H W.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from convscope.data.dataset import AnySplit
from convscope.errors import FormatError
from convscope.layers import AnyLayer, GlobalContrastNorm, Normalize, ZcaWhiten
from convscope.layers.base import Layer
from convscope.network.model_file import check_finite
from convscope.network.safetensors_file import read_header, read_tensors, write_tensors
from convscope.record import Record

FITTED = "preprocessing.safetensors"  # in the folder of a run
BATCH = 500  # images at a time: 18 MB of float32 numbers, 3 x 32 x 32

Positive = Annotated[float, Field(gt=0)]


class Standardise(Record):
    """y[c] = (x[c] / 255 - mean[c]) / std[c], with the mean and deviation of the data set."""

    type: Literal["Standardise"] = "Standardise"

    def layers(self, mean: tuple[float, ...], std: tuple[float, ...]) -> dict[str, AnyLayer]:
        return {"normalise": Normalize(mean, std)}


class GcnZca(Record):
    """Global contrast normalisation, then ZCA whitening fitted to the training split.

    The matrix has (C H W)^2 numbers (38 MB for 3 x 32 x 32) and is stored in the model file.
    Papers: Krizhevsky 2009 (whitening), Goodfellow et al. 2013 (these numbers, as in pylearn2).

    Args:
        scale: norm of every image after the first step.
        epsilon: added to the variances before the second.
    """

    type: Literal["GcnZca"] = "GcnZca"
    scale: Positive = 55.0
    epsilon: Positive = 0.1

    def layers(self, mean: tuple[float, ...], std: tuple[float, ...]) -> dict[str, AnyLayer]:
        return {"contrast": GlobalContrastNorm(self.scale), "whiten": ZcaWhiten(self.epsilon)}


AnyPreprocess = Annotated[Standardise | GcnZca, Field(discriminator="type")]


def put_fitted(preprocessing: nn.Module, fitted: Mapping[str, Tensor]) -> None:
    """Load tensors that were fitted before.

    Raises:
        FormatError: they belong to another preprocessing.
    """
    try:
        preprocessing.load_state_dict(dict(fitted))
    except RuntimeError as error:
        raise FormatError(
            f"not the tensors of this preprocessing: {str(error).splitlines()[-1].strip()}",
            fix="train in a new folder",
            where=FITTED,
        ) from None


def write_fitted(folder: Path, preprocessing: nn.Module) -> None:
    """Write the fitted tensors, if any, into a run folder: a resumed run uses the same bits.

    Raises:
        StorageError: they cannot be written.
    """
    if tensors := preprocessing.state_dict():
        write_tensors(folder / FITTED, {name: t.cpu() for name, t in tensors.items()}, {})


def read_fitted(folder: Path) -> dict[str, Tensor] | None:
    """Read what `write_fitted` wrote; None without such a file.

    Raises:
        FormatError: it is damaged.
    """
    path = folder / FITTED
    if not path.exists():
        return None
    read_header(path)
    tensors = read_tensors(path)
    check_finite(tensors, where=FITTED)
    return tensors


def fit(preprocessing: nn.Module, layers: Mapping[str, object], split: AnySplit) -> None:
    """Fit every layer that has tensors of its own to the images of a split, in place.

    A pure function of the images: computed on the CPU in float64.

    Args:
        preprocessing: the module of a chain.
        layers: the chain's layers by name.
    """
    before: list[nn.Module] = []
    for name, part in preprocessing.named_children():
        own, layer = part.state_dict(), layers[name]
        if own and isinstance(layer, Layer):
            fitted = layer.fitted_tensors(*moments(nn.Sequential(*before), split))
            for tensor_name, tensor in own.items():
                tensor.copy_(fitted[tensor_name])
        before.append(part)


@torch.no_grad()
def moments(before: nn.Module, split: AnySplit) -> tuple[Tensor, Tensor]:
    """Return mean (D,) and covariance (D, D), divided by N, of the images after some layers.

    In float64 and two passes: first the mean, then the products of the centred images, so that
    no digits are lost.
    """
    mean_D: Tensor = torch.stack([rows_ND.sum(0) for rows_ND in _rows(before, split)]).sum(0)
    mean_D = mean_D / len(split)
    covariance_DD = torch.zeros(len(mean_D), len(mean_D), dtype=torch.float64)
    for rows_ND in _rows(before, split):
        centred_ND = rows_ND - mean_D
        covariance_DD.addmm_(centred_ND.T, centred_ND)
    return mean_D, covariance_DD / len(split)


def _rows(before: nn.Module, split: AnySplit) -> Iterator[Tensor]:
    """Yield the images of a split in order, each as one row of float64."""
    for inputs_NCHW, _ in split.inputs(before, batch_size=BATCH):
        yield inputs_NCHW.flatten(1).double()
