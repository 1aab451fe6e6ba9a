"""ONNX model in memory of a network, for the engines that run one.

Axes: N batch, C channels, H height, W width.
"""

from collections.abc import Sequence
from typing import NamedTuple

from convscope.engine.folded import last_layer
from convscope.network import Network

MOST_BYTES = 2_000_000_000
"""Of the weights: a serialised ONNX model without other files ends at 2 GiB."""


class Graph(NamedTuple):
    """A serialised ONNX model with an input (N, C, H, W) float32 and free N.

    Attributes:
        input: the name of the input.
        outputs: the names of the logits and of the outputs of layers.
    """

    data: bytes
    input: str
    outputs: tuple[str, ...]


def graph_of(network: Network, paths: Sequence[str] = ()) -> Graph:
    """Return the ONNX model of a network with its weights as they are now.

    Args:
        paths: layers and chains whose outputs are returned beside the logits.

    Raises:
        Unsupported: a layer or a composition without ONNX nodes.
        KeyError: weights that do not belong to the architecture.
    """
    from onnx import TensorProto, helper

    from convscope.export.onnx.graph import onnx_model

    architecture = network.architecture
    weights = {key: t.detach().cpu().numpy() for key, t in network.state_dict().items()}
    model = onnx_model(architecture.block, architecture.input, weights)
    names = [last_layer(network, path) for path in paths]
    for name in dict.fromkeys(names):
        model.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    logits = model.graph.output[0].name
    return Graph(model.SerializeToString(), model.graph.input[0].name, (logits, *names))
