"""The folder that hands a network and inputs to the processes of the engines."""

import json
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from convscope.arch import Architecture
from convscope.errors import InputError
from convscope.network import Network
from convscope.network.build import build_empty, put_weights
from convscope.shapes import InputSize, input_size
from convscope.zoo.json_file import with_input_size

ARCHITECTURE, WEIGHTS, INPUTS = "architecture.json", "weights.safetensors", "inputs.safetensors"
SETTINGS = "settings.json"


class Job(NamedTuple):
    """Network, inputs and settings that all processes share.

    Attributes:
        images_NCHW: prepared images to compare outputs with.
        calibration_NCHW: prepared images for int8.
    """

    network: Network
    images_NCHW: Tensor
    calibration_NCHW: Tensor | None
    device: str
    threads: int

    def write(self, folder: Path) -> None:
        """Write the job into an empty folder."""
        weights = {key: t.detach().cpu() for key, t in self.network.state_dict().items()}
        save_file({key: t.clone() for key, t in weights.items()}, folder / WEIGHTS)
        tensors = {"images": self.images_NCHW}
        if self.calibration_NCHW is not None:
            tensors["calibration"] = self.calibration_NCHW.clone()
        save_file(tensors, folder / INPUTS)
        (folder / ARCHITECTURE).write_text(self.network.architecture.to_json())
        settings = {"device": self.device, "threads": self.threads}
        (folder / SETTINGS).write_text(json.dumps(settings))

    @staticmethod
    def read(folder: Path) -> "Job":
        """Read a job; the threads of this process are set to those of the job."""
        settings = json.loads((folder / SETTINGS).read_text())
        torch.set_num_threads(settings["threads"])
        device = settings["device"]
        network = build_empty(Architecture.from_json((folder / ARCHITECTURE).read_text()))
        put_weights(network, load_file(folder / WEIGHTS))
        network.eval().requires_grad_(False).to(device)
        inputs = load_file(folder / INPUTS)
        return Job(
            network,
            inputs["images"].to(device),
            inputs.get("calibration"),
            device,
            settings["threads"],
        )


def with_input(network: Network, input: InputSize | None) -> Network:
    """Return a network with the same weights for another size of the input.

    Raises:
        ArchitectureError, InputError: the layers or the weights do not fit it.
    """
    if input is None:
        return network
    own = network.architecture
    size = input_size(input, channels=own.input.channels)
    other = with_input_size(own, size)
    weights = network.state_dict()
    resized = build_empty(other)
    for key, tensor in resized.state_dict().items():
        if tensor.shape != weights[key].shape:
            shapes = [" x ".join(map(str, each.shape)) for each in (tensor, weights[key])]
            raise InputError(
                f"an input of {size} with trained weights",
                expected=f"{own.input}: {key} has {shapes[1]} numbers, and would need {shapes[0]}",
                fix=f"leave --input out, or bench {own.name} without weights",
            )
    put_weights(resized, weights)
    return resized.eval()
