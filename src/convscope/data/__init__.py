"""Data sets: published ones, folders and shards; checks, augmentation and data loaders.

`DATASETS` lists the published ones. Preprocessing that belongs to a model (Resize, CenterCrop,
Normalize) is a layer; reading image files belongs to `convscope.io`.

In this package, names of tensors and arrays end in their axes: N images, C channels, H height,
W width.
"""

import os
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from convscope.errors import ConvscopeError, InputError, nearest, shortened, unknown_name
from convscope.lazy import lazy

if TYPE_CHECKING:
    from convscope.data.augment.affine import Affine as Affine
    from convscope.data.augment.affine import Rotation as Rotation
    from convscope.data.augment.colour import ColourJitter as ColourJitter
    from convscope.data.augment.flip import HorizontalFlip as HorizontalFlip
    from convscope.data.augment.hide import Cutout as Cutout
    from convscope.data.augment.hide import RandomErasing as RandomErasing
    from convscope.data.augment.lighting import PcaLighting as PcaLighting
    from convscope.data.augment.mix import CutMix as CutMix
    from convscope.data.augment.mix import Mixup as Mixup
    from convscope.data.augment.shift import BatchShift as BatchShift
    from convscope.data.augment.shift import PadAndCrop as PadAndCrop
    from convscope.data.augment.shift import Shift as Shift
    from convscope.data.checks.check import check as check
    from convscope.data.checks.check import check_dataset as check_dataset
    from convscope.data.dataset import DataSet as DataSet
    from convscope.data.dataset import Split as Split
    from convscope.data.formats.fetch import Published as Published
    from convscope.data.formats.fetch import fetch as fetch
    from convscope.data.options import DataOptions as DataOptions
    from convscope.data.shards.indexer import index_shards as index_shards
    from convscope.data.shards.writer import write_shards as write_shards
    from convscope.io.photos.crops import CentreFrame as CentreFrame
    from convscope.io.photos.crops import RandomResizedCrop as RandomResizedCrop
    from convscope.io.photos.crops import ShorterSide as ShorterSide
else:
    PUBLIC = {
        "convscope.data.augment.affine": ("Affine", "Rotation"),
        "convscope.data.augment.colour": ("ColourJitter",),
        "convscope.data.augment.flip": ("HorizontalFlip",),
        "convscope.data.augment.hide": ("Cutout", "RandomErasing"),
        "convscope.data.augment.lighting": ("PcaLighting",),
        "convscope.data.augment.mix": ("CutMix", "Mixup"),
        "convscope.data.augment.shift": ("BatchShift", "PadAndCrop", "Shift"),
        "convscope.data.checks.check": ("check", "check_dataset"),
        "convscope.data.dataset": ("DataSet", "Split"),
        "convscope.data.formats.fetch": ("fetch",),
        "convscope.data.options": ("DataOptions",),
        "convscope.data.shards.indexer": ("index_shards",),
        "convscope.data.shards.writer": ("write_shards",),
        "convscope.io.photos.crops": ("CentreFrame", "RandomResizedCrop", "ShorterSide"),
    }
    __getattr__, __dir__ = lazy(__name__, PUBLIC)
    __all__ = sorted(chain(*PUBLIC.values()), key=lambda name: (name.islower(), name))

DATASETS: dict[str, str] = {
    "mnist": "convscope.data.sets.mnist",
    "fashion_mnist": "convscope.data.sets.fashion_mnist",
    "cifar10": "convscope.data.sets.cifar10",
    "cifar100": "convscope.data.sets.cifar100",
}
"""Name -> module, which defines the data set under the name in capitals."""


def list_datasets() -> list[str]:
    """Return the names of all data sets, in the order of the list."""
    return list(DATASETS)


def find(name: str | Path) -> "Published":
    """Return the data set of that name, whether or not its files are installed.

    Raises:
        InputError: no such name (with the nearest ones).
    """
    if not is_known(name):
        raise unknown_name("data set", str(name), DATASETS, see="convscope list datasets")
    full_name = _full_name(str(name))
    dataset: Published = getattr(import_module(DATASETS[full_name]), full_name.upper())
    return dataset


def is_known(name: str | Path) -> bool:
    """Return whether there is a published data set of that name."""
    return isinstance(name, str) and _full_name(name) in DATASETS


def _full_name(name: str) -> str:
    return name.replace("-", "_").lower()


def open(name: str | Path, *, options: "DataOptions | None" = None) -> "DataSet":
    """Open a data set for reading.

    Args:
        name: a name of `list_datasets()`; a folder of images in `train/ val/ test/` or in class
            folders, of shards with their `index.json`, or of IDX or .npz files; a file: a table
            of labels (CSV, TSV, JSON), or an IDX or .npz file.
        options: how it is read.

    Raises:
        InputError: no such name (with the nearest ones), no such folder; options for a data set
            that they do not apply to.
        DataError: its files are not downloaded (says how to); the folder is inconsistent.
        FormatError: a damaged index of shards.
    """
    from convscope.data.kinds import check_options, open_path
    from convscope.data.options import DataOptions

    options = options or DataOptions()
    if name and not is_known(name) and os.path.exists(name):  # False for invalid paths too
        return open_path(Path(name), options)
    if not is_known(name):
        raise _missing(str(name))
    dataset = find(name)
    check_options(options, "a published data set", (), str(name))
    for file in dataset.files:
        dataset.locate(file)
    return dataset


def _missing(name: str) -> ConvscopeError:
    """Return the error for DATA that is neither a file or folder nor a name."""
    from convscope.io.nearby import nearby
    from convscope.text import printable

    shown = printable(name) if os.sep in name else shortened(name)
    close = ([] if os.sep in name else nearest(name, DATASETS)) + nearby(name)
    names = " or ".join(dict.fromkeys(close))
    return InputError(
        f"there is no data set, file or folder named {shown}",
        expected="a folder of images or of shards, a file with labels or arrays, or a name",
        fix=f"did you mean {names}? `convscope list datasets` lists the names"
        if names
        else "`convscope list datasets` lists the names",
    )


def source_of(dataset: "DataSet") -> str:
    """Return what `open` needs to open a data set again: an absolute path, or its name."""
    from convscope.data.dataset import PathDataSet

    return str(dataset.source) if isinstance(dataset, PathDataSet) else dataset.name


def options_of(dataset: "DataSet") -> "DataOptions":
    """Return the options that a data set was opened with."""
    from convscope.data.dataset import PathDataSet
    from convscope.data.options import DataOptions

    return dataset.options if isinstance(dataset, PathDataSet) else DataOptions()


def check_outside(output: Path, dataset: "DataSet", *, option: str = "--output") -> None:
    """Check that an output does not lie inside a folder that a data set is read from.

    Raises:
        InputError: it does; names a place beside the data.
    """
    from convscope.data.dataset import PathDataSet
    from convscope.data.folder.outputs import check_outside_data

    for folder in dataset.folders if isinstance(dataset, PathDataSet) else ():
        check_outside_data(output, folder, option=option)


def leakage_notes(dataset: "DataSet") -> tuple[str, ...]:
    """Return sentences about images that are in several splits of a folder or of shards."""
    from convscope.data.dataset import FileDataSet
    from convscope.data.leaks import leak_notes

    return tuple(leak_notes(dataset)) if isinstance(dataset, FileDataSet) else ()


def opening_notes(dataset: "DataSet") -> tuple[str, ...]:
    """Return the decisions made when a folder or shards were opened, in sentences."""
    from convscope.data.dataset import PathDataSet

    return dataset.notes if isinstance(dataset, PathDataSet) else ()
