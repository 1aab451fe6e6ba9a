"""Weights rounded so that the outputs change least, not the weights themselves.

The squared error of an output over the calibration images is e H e', where e is the row of errors
of its weights and H the second moments of the inputs. Weights are rounded one after another, and
the error of each is made up for by those that follow, in proportion to the inverse of H.

Paper: Frantar et al. 2023, "GPTQ: accurate post-training quantization for generative pre-trained
transformers", arXiv:2210.17323; with the mean error in the bias, as in Nagel et al. 2019,
"Data-free quantization through weight equalization and bias correction", arXiv:1906.04721.

Axes: K outputs, G groups, D inputs of an output, P sampled positions.
"""

import contextlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
DAMPING = 0.01  # of the mean of the diagonal
MORE_DAMPING = 10.0  # times as much, as long as rounding errors leave no factor
MOST_TRIALS = 6


def rounded(rows_KD: Array, moments_GDD: Array, scales_K: Array, largest: int) -> Array:
    """Return the weights as whole numbers of steps of their scale.

    Args:
        rows_KD: the weights of each output; outputs of a group lie beside each other.
        moments_GDD: the covariance of the inputs, by group.
        scales_K: the step of each output.
        largest: of the whole numbers.
    """
    groups, size = len(moments_GDD), moments_GDD.shape[1]
    rows_GKD = rows_KD.reshape(groups, -1, size).astype(np.float64).copy()
    scales_GK = scales_K.reshape(groups, -1)
    whole_GKD = np.zeros_like(rows_GKD)
    # inputs with large moments first: the many small ones make up for their errors
    order_GD = np.argsort(-np.einsum("gdd->gd", moments_GDD), axis=1)
    rows_GKD = np.take_along_axis(rows_GKD, order_GD[:, None], axis=2)
    factors_GDD = _factors(moments_GDD, order_GD)
    for place in range(size):
        column_GK = rows_GKD[:, :, place]
        whole_GK = np.clip(np.rint(column_GK / scales_GK), -largest, largest)
        whole_GKD[:, :, place] = whole_GK
        factor_GD = factors_GDD[:, place, place:]
        error_GK = (column_GK - whole_GK * scales_GK) / factor_GD[:, :1]
        rows_GKD[:, :, place:] -= error_GK[:, :, None] * factor_GD[:, None]
    back_GD = np.argsort(order_GD, axis=1)
    whole_GKD = np.take_along_axis(whole_GKD, back_GD[:, None], axis=2)
    return whole_GKD.reshape(rows_KD.shape)


def _factors(moments_GDD: Array, order_GD: Array) -> Array:
    """Return the upper Cholesky factors of the inverses, with inputs in that order."""
    size = moments_GDD.shape[1]
    moments = np.take_along_axis(moments_GDD, order_GD[:, :, None], axis=1)
    moments = np.take_along_axis(moments, order_GD[:, None], axis=2)
    means_G = np.einsum("gdd->g", moments) / size
    damping_G = DAMPING * means_G + 1e-12
    for _ in range(MOST_TRIALS):
        damped = moments + damping_G[:, None, None] * np.eye(size)
        with contextlib.suppress(np.linalg.LinAlgError):
            return np.swapaxes(np.linalg.cholesky(np.linalg.inv(damped)), 1, 2)
        damping_G = damping_G * MORE_DAMPING
    return np.broadcast_to(np.eye(size), moments.shape)  # each weight to its nearest step
