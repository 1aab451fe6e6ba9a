"""Profile of ONNX Runtime: the file of events that a session with profiling writes."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from convscope.engine.graph import Graph
from convscope.engine.onnx_runtime import session_of
from convscope.engine.profile.attribution import Node, Pass

SUFFIX = "_kernel_time"
WARM_UP = 2


def profiled(graph: Graph, inputs: Tensor, repeats: int, aliases: Mapping[str, str]) -> list[Pass]:
    """Return passes of a session with the options of the engine.

    Args:
        aliases: paths of tensors that are named otherwise, as the output of the network.
    """
    with tempfile.TemporaryDirectory(prefix="convscope-profile-") as folder:
        session = session_of(graph.data, profile=str(Path(folder) / "profile"))
        values = inputs.detach().contiguous().numpy()
        for _ in range(WARM_UP + repeats):
            session.run(list(graph.outputs), {graph.input: values})
        events = json.loads(Path(session.end_profiling()).read_text())
    return _passes(events, aliases)[WARM_UP:]


def _passes(events: list[dict[str, Any]], aliases: Mapping[str, str]) -> list[Pass]:
    """Return the passes; the event of a pass follows those of its operations."""
    passes: list[Pass] = []
    nodes: list[Node] = []
    for event in events:
        name = str(event.get("name", ""))
        if event.get("cat") == "Node" and name.endswith(SUFFIX):
            name = name.removesuffix(SUFFIX)
            nodes.append(Node((aliases.get(name, name),), event["dur"] / 1000))
        elif name == "model_run":
            passes.append(Pass(tuple(nodes), event["dur"] / 1000))
            nodes = []
    return passes
