"""The prediction for every image of an evaluation, as rows of a CSV file."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from convscope.data.dataset import Split
from convscope.data.loading.photo_split import Files
from convscope.data.selection import Selected
from convscope.evaluate.samples import Sample
from convscope.io.csv_text import csv_line
from convscope.io.photos import Reference

COLUMNS = (
    "image",
    "split",
    "index",
    "true",
    "predicted",
    "probability",
    "probability_of_true",
    "correct",
    "loss",
    "error",
)


class PredictionRows:
    """Writes a row for each image as the samples come, in the order of the data.

    An image that cannot be read has a row with its error in its place.

    Args:
        add: takes encoded text.
        selected: the images, with those that cannot be read.
        labels: class names of the model.
        files: locations of the images that are measured; None for data without files.
        unread: of images that cannot be read, by their place: location, label and reason.
    """

    def __init__(
        self,
        add: Callable[[bytes], None],
        selected: Selected,
        labels: Sequence[str],
        *,
        files: Files | None,
        unread: Mapping[int, tuple[Reference, int, str]],
    ) -> None:
        self._add, self._selected, self._labels, self._files = add, selected, labels, files
        self._unread = sorted(unread.items(), reverse=True)
        self._place = 0
        self._write(COLUMNS)

    def __call__(self, samples: Sequence[Sample]) -> None:
        """Write the next samples."""
        for sample in samples:
            self._write_unread_here()
            image = "" if self._files is None else location(self._files.reference(sample.place))
            self._write(
                (
                    image,
                    *self._where(),
                    self._labels[sample.true],
                    self._labels[sample.predicted],
                    f"{sample.probability:.6g}",
                    f"{sample.probability_true:.6g}",
                    "true" if sample.true == sample.predicted else "false",
                    f"{sample.loss:.6g}",
                    "",
                )
            )
            self._place += 1

    def finish(self) -> None:
        """Write the last images that cannot be read."""
        self._write_unread_here()

    def _write_unread_here(self) -> None:
        while self._unread and self._unread[-1][0] == self._place:
            _, (reference, label, reason) = self._unread.pop()
            true = self._labels[label] if label >= 0 else ""
            empty = ("",) * 5
            self._write((location(reference), *self._where(), true, *empty, reason))
            self._place += 1

    def _where(self) -> tuple[str, str]:
        split, index = self._selected.place(self._place)
        return split, str(index)

    def _write(self, row: Iterable[str]) -> None:
        self._add(f"{csv_line(row)}\r\n".encode(errors="backslashreplace"))


def location(reference: Reference) -> str:
    """Return the path of a file, or "shard:member"."""
    return reference.path if reference.size < 0 else reference.where


def unread_in_memory(split: Split) -> dict[int, tuple[Reference, int, str]]:
    """Return the images that could not be read into memory, by their place."""
    return {bad.place: (bad.reference, bad.label, bad.reason) for bad in split.left_out}
