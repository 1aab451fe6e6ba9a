"""Export targets as data: facts, input, options and result.

No torch is imported here: `convscope export --help` lists the targets.
"""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from convscope.arch import Architecture
    from convscope.network.model_file import ModelFile

Layers = tuple[str, ...] | Literal["all"]
LAYOUTS = ("convscope", "torchvision", "timm", "efficientnet_pytorch", "authors")
"""Names of tensors that weights can be written with; those of `weights.layout`."""


class Target(NamedTuple):
    """An entry of `TARGETS`. Functions are "module:name", imported when they are used.

    Attributes:
        write: `write(exported, path, options) -> Written`. The path was checked: what is there
            may be replaced. A failure leaves no new file.
        about: one line for the help.
        endings: endings of the output's name; empty for a folder.
        single: endings where `Options.single_file` makes it one file.
        text: `text(exported, options) -> str`, for a target that can go to standard output.
        check: `check(path, options)`, called before any work; it raises for what cannot be written.
        needs_weights: `exported.model` is not None. Without, it is None for an architecture.
        options: the fields of `Options` that it takes.
        extra: the extra of pyproject.toml that it needs; "" for none.
    """

    write: str
    about: str
    endings: tuple[str, ...] = ()
    single: tuple[str, ...] = ()
    text: str = ""
    check: str = ""
    needs_weights: bool = True
    options: tuple[str, ...] = ()
    extra: str = ""

    def endings_of(self, options: "Options") -> tuple[str, ...]:
        """Return the endings that the output's name may have; none for a folder."""
        return self.single if options.single_file else self.endings


@dataclass(frozen=True, kw_only=True)
class Options:
    """Options of all targets; each takes those that its entry names.

    On the command line `weights_to` is --weights-to, and so on.

    Attributes:
        float: the network alone: preprocessed numbers in, logits out.
        layers: paths of layers whose activations become outputs, or "all".
        weights_to: a safetensors file for the weights, beside the target's own.
        layout: the library whose names the weights get; "" for convscope's.
        single_file: one HTML file in place of a folder.
        training: images to train on lie beside the page; None for digits where they fit.
    """

    float: bool = False
    layers: Layers = ()
    weights_to: Path | None = None
    layout: str = ""
    single_file: bool = False
    training: bool | None = None

    def used(self) -> tuple[str, ...]:
        """Return the names of the options that differ from their defaults."""
        return tuple(f.name for f in fields(self) if getattr(self, f.name) != f.default)


@dataclass(frozen=True)
class Exported:
    """An architecture to export, and its model (card and weights) if there is one."""

    architecture: "Architecture"
    model: "ModelFile | None" = None


class Written(NamedTuple):
    """Files that a target wrote, and notes.

    Attributes:
        files: the files, the main one first; for a folder that folder.
        size_bytes: all together.
        sha256: of the main file; "" for a folder.
        notes: sentences for the user.
    """

    files: tuple[Path, ...]
    size_bytes: int
    sha256: str = ""
    notes: tuple[str, ...] = ()
