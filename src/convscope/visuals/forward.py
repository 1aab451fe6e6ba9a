"""Forward passes of any network: checked images in, finite logits or layer outputs out.

Axes: N batch, C channels, H height, W width, K classes.
"""

from typing import Any

import torch
from torch import Tensor, nn

from convscope.errors import ConvscopeError, InputError
from convscope.network import Network
from convscope.network.hooks import ModuleOutput, Run, frozen, is_layer, module_outputs
from convscope.network.recorder import Recorder
from convscope.shapes import CHW
from convscope.visuals.module import described, one_tensor
from convscope.visuals.scores import Scores, find_scores


def device_of(network: nn.Module) -> torch.device:
    """The device of the network's parameters."""
    for parameter in network.parameters():
        return parameter.device
    return torch.device("cpu")


def prepared_image(network: nn.Module, image_NCHW: Tensor) -> Tensor:
    """A checked copy of one image, a leaf for gradients, with the network's device and type.

    Raises:
        InputError: not one image, not preprocessed, not finite, or of the wrong size.
    """
    return _checked_copy(network, image_NCHW, most=1)


def prepared_images(network: nn.Module, images_NCHW: Tensor) -> Tensor:
    """A checked copy as `prepared_image` returns it, of any number of images."""
    return _checked_copy(network, images_NCHW, most=None)


def _checked_copy(network: nn.Module, images_NCHW: Tensor, *, most: int | None) -> Tensor:
    expected = "(1, C, H, W): one image" if most == 1 else "(N, C, H, W)"
    if not isinstance(images_NCHW, Tensor):
        raise InputError(f"an image of type {type(images_NCHW).__name__}", expected="a tensor")
    shape = tuple(images_NCHW.shape)
    if images_NCHW.ndim != 4 or 0 in shape or (most == 1 and shape[0] != 1):
        raise InputError(f"an image of shape {shape}", expected=expected)
    if not images_NCHW.is_floating_point():
        raise InputError(
            f"an image of {str(images_NCHW.dtype).removeprefix('torch.')}",
            expected="floating-point numbers, the output of the model's preprocessing",
            fix="model.preprocessing(pixels_NCHW)",
        )
    if isinstance(network, Network) and shape[1:] != tuple(network.architecture.input):
        raise InputError(
            f"an image of {'x'.join(map(str, shape[1:]))}",
            expected=f"{network.architecture.input}, the input of {network.architecture.name}",
            fix="resize it first",
        )
    if not bool(images_NCHW.isfinite().all()):
        raise InputError("the image contains NaN or infinity: its values are not finite")
    return _like_parameters(network, images_NCHW.detach().clone())


def _like_parameters(network: nn.Module, images_NCHW: Tensor) -> Tensor:
    """The images with the device and the type of the network's parameters."""
    like = next((p for p in network.parameters() if p.is_floating_point()), images_NCHW)
    return images_NCHW.to(device=like.device, dtype=like.dtype)


def input_shape(network: nn.Module, image_NCHW: Tensor | None) -> CHW:
    """The shape of the network's input, from an image or the architecture.

    Raises:
        InputError: no image for a module that is not built from an architecture.
    """
    if image_NCHW is not None:
        return CHW(*prepared_image(network, image_NCHW).shape[1:])
    if isinstance(network, Network):
        return network.architecture.input
    raise InputError(
        "the size of the images is not known", expected="image_NCHW, preprocessed: (1, C, H, W)"
    )


def compute_logits(network: nn.Module, inputs_NCHW: Tensor) -> Tensor:
    """Finite logits, (N, K), with their autograd graph. The inputs are not changed.

    Raises:
        InputError: the network does not accept such images, its output is not (N, K), or it
            gives probabilities whose logits cannot be found.
    """
    scores = compute_scores(network, inputs_NCHW)
    if scores.link == "none":
        raise InputError(
            "the network's outputs are probabilities: they sum to 1 for each image",
            expected="logits, or a softmax as the last operation, which is undone",
            fix="end the network with its logits, or select them with output=; occlusion needs no "
            "logits",
        )
    return scores.values_NK


def compute_scores(network: nn.Module, inputs_NCHW: Tensor) -> Scores:
    """Finite scores with their autograd graph, and what they mean. The inputs are not changed.

    Raises:
        InputError: the network does not accept such images, or its output is not (N, K).
    """
    # a copy: a network whose first layer works in place must not overwrite the image
    return compute_scores_in_place(network, inputs_NCHW.clone())


def compute_scores_in_place(network: nn.Module, inputs_NCHW: Tensor) -> Scores:
    """Scores as `compute_scores` returns them; the network may overwrite the inputs."""
    if isinstance(network, Network):
        # its architecture ends in logits
        scores = Scores(forward(network, inputs_NCHW), "softmax")
    else:
        recorder = Recorder()
        with recorder:
            output = forward(network, inputs_NCHW)
        scores = find_scores(one_tensor(output), recorder, len(inputs_NCHW))
    finite(scores.values_NK, "the network's scores")
    return scores


def run(network: nn.Module, inputs_NCHW: Tensor) -> None:
    """Run the network for its hooks; the output is ignored and the inputs are not changed.

    Raises:
        InputError: the network does not accept such images.
    """
    forward(network, inputs_NCHW.clone())


def forward(network: nn.Module, inputs_NCHW: Tensor) -> Any:
    """The network's output, whatever its type; the network may overwrite the inputs.

    Raises:
        InputError: the network does not accept such images, or its own code raised an error.
    """
    try:
        return network(_like_parameters(network, inputs_NCHW))
    except (ConvscopeError, torch.OutOfMemoryError, MemoryError):
        raise
    except Exception as error:
        shape = "x".join(map(str, inputs_NCHW.shape[1:]))
        raise InputError(
            f"the network does not accept images of {shape}: {described(error)}",
            fix="further inputs are given with inputs=" if _lacks_arguments(error) else "",
        ) from error


def _lacks_arguments(error: Exception) -> bool:
    """Return whether a module was called with too few arguments."""
    return isinstance(error, TypeError) and "required" in str(error)


def layer_runs(network: nn.Module, input_NCHW: Tensor) -> dict[Run, ModuleOutput]:
    """Outputs of the layers that run for an input, in order; compositions are left out."""
    with frozen(network), torch.no_grad(), module_outputs(network) as outputs:
        run(network, input_NCHW)
    return {output.run: output for output in outputs if is_layer(network, output.run.path)}


def dequantised(values: Tensor) -> Tensor:
    """The same values as ordinary numbers."""
    return values.dequantize() if values.is_quantized else values


def finite(values: Tensor, noun: str) -> Tensor:
    """The same values.

    Raises:
        InputError: one of them is infinite or NaN.
    """
    if not bool(values.detach().isfinite().all()):
        raise InputError(f"{noun} are not finite", fix="check the weights and the image")
    return values
