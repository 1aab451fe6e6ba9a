r"""Write the key lists of other libraries' networks, as fixtures of the tests of `weights/`.

Usage, with torchvision and timm importable (installed, or their wheels unpacked on PYTHONPATH):

    python tools/library_keys.py tests/fixtures/library_keys/residual.json \
        torchvision densenet121 resnext50_32x4d regnetx_400mf=regnet_x_400mf

`NAME=THEIRS` is our name and the library's, where they differ. Rows that the file already has
are kept, or replaced by those of the same library and name. A row has the number of keys, the
SHA-256 of the sorted lines "key shape", and the number of parameters. Nothing is downloaded.
"""

import hashlib
import importlib
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn


def digest(shapes: Mapping[str, tuple[int, ...]]) -> str:
    """Return the SHA-256 of the sorted lines "key shape"; counters of batches are left out."""
    lines = sorted(
        f"{key} {'x'.join(map(str, shape))}"
        for key, shape in shapes.items()
        if not key.endswith("num_batches_tracked")
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def row(state: Mapping[str, Tensor], theirs: str, parameters: int) -> dict[str, object]:
    """Return one line of a fixture."""
    shapes = {key: tuple(tensor.shape) for key, tensor in state.items()}
    number = sum(not key.endswith("num_batches_tracked") for key in shapes)
    return {
        "theirs": theirs,
        "keys": number,
        "sha256": digest(shapes),
        "parameters": parameters,
    }


def _define_missing_operators(library: torch.library.Library) -> None:
    """Name torchvision's compiled operators, which need the torch that they were built with.

    The networks use none of them, but the import registers rules for each.
    """
    spec = importlib.util.find_spec("torchvision")
    assert spec is not None
    assert spec.origin is not None
    source = (Path(spec.origin).parent / "_meta_registrations.py").read_text()
    for part in source.split('register_fake("torchvision::')[1:]:
        library.define(f"{part.partition(chr(34))[0]}(Tensor x) -> Tensor")


def _torchvision() -> Callable[[str], nn.Module]:
    try:
        models = importlib.import_module("torchvision.models")
    except RuntimeError:
        for name in [name for name in sys.modules if name.startswith("torchvision")]:
            del sys.modules[name]
        library = torch.library.Library("torchvision", "DEF")
        _define_missing_operators(library)
        models = importlib.import_module("torchvision.models")
        KEPT.append(library)

    def create(name: str) -> nn.Module:
        network: nn.Module = models.get_model(name, weights=None)
        return network

    return create


def _timm() -> Callable[[str], nn.Module]:
    _torchvision()
    timm = importlib.import_module("timm")

    def create(name: str) -> nn.Module:
        network: nn.Module = timm.create_model(name, pretrained=False)
        return network

    return create


KEPT: list[object] = []
LIBRARIES = {"torchvision": _torchvision, "timm": _timm}


def main(arguments: list[str]) -> None:
    """Add the rows that the command line names to a file."""
    file, library, *names = arguments
    path = Path(file)
    rows = json.loads(path.read_text()) if path.exists() else {}
    create = LIBRARIES[library]()
    for name in names:
        ours, _, theirs = name.partition("=")
        network = create(theirs or ours)
        parameters = sum(p.numel() for p in network.parameters())
        table = rows.setdefault(library, {})
        table[ours] = row(network.state_dict(), theirs or ours, parameters)
        print(ours, table[ours])
    path.parent.mkdir(parents=True, exist_ok=True)
    blocks = []
    for library in sorted(rows):
        lines = [f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in sorted(rows[library].items())]
        blocks.append(f"{json.dumps(library)}: {{\n" + ",\n".join(lines) + "\n}")
    path.write_text("{\n" + ",\n".join(blocks) + "\n}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
