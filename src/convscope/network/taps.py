"""The only hooks: what passes through a network, by path, without changing it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from torch import Tensor, nn

from convscope.network.build import module_at


@contextmanager
def activations(network: nn.Module, paths: Sequence[str]) -> Iterator[dict[str, Tensor]]:
    """Collect the outputs of the named layers while the network runs.

        with activations(network, ["conv1", "tanh1"]) as seen:
            network(images_NCHW)
        seen["conv1"]  # (N, C, H, W)

    The hooks are gone afterwards, whatever happens. The tensors are the network's own, with
    their gradients; a layer that runs twice keeps its last output.

    Raises:
        InputError: no such path; the nearest ones are named.
    """
    seen: dict[str, Tensor] = {}
    modules = {path: module_at(network, path) for path in paths}
    handles = []

    def keep(path: str, output: Tensor) -> None:
        seen[path] = output

    try:
        for path, module in modules.items():
            handles.append(
                module.register_forward_hook(lambda _, __, output, path=path: keep(path, output))
            )
        yield seen
    finally:
        for handle in handles:
            handle.remove()
