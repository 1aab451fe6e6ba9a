"""Data sets as a trained model reads them: opened, decoded, selected, labelled by its classes."""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from convscope import data as datasets
from convscope.data import DataOptions
from convscope.data.converted import converted, white_level_note
from convscope.data.dataset import DataSet
from convscope.data.selection import Selected, relabelled, select
from convscope.errors import ConvscopeError, InputError
from convscope.io.conversion import Conversion
from convscope.io.storage import exists
from convscope.network import Card
from convscope.predict import IMAGENET_CLASSES
from convscope.training.run.files import DATA, DataRecord, recorded_data


class ModelData(NamedTuple):
    """Reader of data sets for a model.

    Attributes:
        run: the run folder that the model was opened from.
        conversion: how transparent and 16-bit images become raw pixels.
    """

    card: Card
    run: Path | None
    conversion: Conversion

    def open(self, data: Any, options: DataOptions | None = None) -> Any:
        """Open a data set; see `Model.open_data`."""
        if not isinstance(data, str | Path):
            return data
        chosen, record = options or DataOptions(), self._record()
        if record is not None:
            changes: dict[str, Any] = {name: getattr(chosen, name) for name in chosen.changed()}
            own_options = replace(record.options, **changes, partial=True)
            if _same_path(record.source, data):
                return datasets.open(data, options=own_options)
            if record.options.changed():
                with suppress(ConvscopeError):  # other data may refuse these options
                    moved = datasets.open(data, options=own_options)
                    if moved.fingerprint() == record.fingerprint:
                        return moved
        return datasets.open(data, options=replace(chosen, partial=True))

    def labelled(self, opened: DataSet, *, split: str | None = None) -> Selected:
        """Return the images that are evaluated, labelled by the model's classes."""
        selected = self.select(opened, split=split)
        return self._relabelled(selected, opened)

    def named(self, selected: Selected, opened: DataSet) -> tuple[Selected, tuple[str, ...]]:
        """Return images with the model's classes if all match by name, or else with their own."""
        try:
            named = self._relabelled(selected, opened)
        except InputError:
            return selected, tuple(opened.classes)
        return named, self.card.labels

    def _relabelled(self, selected: Selected, opened: DataSet) -> Selected:
        """Return images with the model's classes, matched by name, or as ImageNet's synsets."""
        classes, labels = opened.classes, self.card.labels
        numbers = None
        if len(labels) == IMAGENET_CLASSES:
            from convscope.weights.imagenet import class_numbers, synsets_of

            numbers = class_numbers(classes) if synsets_of(labels) else None
        return relabelled(selected, classes, labels, name=opened.name, numbers=numbers)

    def select(self, opened: DataSet, *, split: str | None = None) -> Selected:
        """Return the images of a data set that are evaluated, with the labels of the data."""
        is_own = split is None and self._is_own(opened)
        channels = self.card.architecture.input.channels
        data, _ = self.decoded(opened)
        return select(data, split, is_own=is_own, channels=channels)

    def decoded(self, data: DataSet) -> tuple[DataSet, tuple[str, ...]]:
        """Return a data set as the model reads it, and sentences about what that changes.

        Its images get the network's channels, and the background and white level of training.
        """
        channels = self.card.architecture.input.channels
        opened, notes = converted(data, channels=channels, conversion=self.conversion)
        return opened, (*white_level_note(data, self.conversion), *notes)

    def _is_own(self, data: DataSet) -> bool:
        """Return whether the model was trained with these data: the same path, or content."""
        source, record = datasets.source_of(data), self._record()
        if source == data.name:
            return False
        if record is not None and _same_path(record.source, source):
            return True
        trained = self.card.provenance.get("data")
        if not isinstance(trained, Mapping) or tuple(data.classes) != self.card.labels:
            return False
        return bool(trained.get("fingerprint") == data.fingerprint())

    def _record(self) -> DataRecord | None:
        if self.run is None or not exists(self.run / DATA):
            return None
        return recorded_data(self.run)


def _same_path(one: str | Path, other: str | Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)
