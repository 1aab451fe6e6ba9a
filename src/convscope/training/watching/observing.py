"""Observations of a run: the parts of watching that need torch."""

from pathlib import Path

from convscope.io import storage
from convscope.training.job import Job
from convscope.training.run.files import WATCH
from convscope.training.watching.capture import Capture, places_of
from convscope.training.watching.files import (
    ABOUT,
    FRAMES,
    HANDFUL,
    PREDICTIONS,
    STATISTICS,
    Frames,
    Lines,
    clear,
    own_folder,
    replace,
)
from convscope.training.watching.frames import frame
from convscope.training.watching.handful import Handful, handful_of, predict
from convscope.training.watching.records import About
from convscope.training.watching.sampling import WeightSample


class Observer:
    """Observes a network in training, and writes the folder `watch/`."""

    def __init__(self, job: Job, run: Path, *, seed: int, per_epoch: int) -> None:
        self._job, self._run, self._seed, self._per_epoch = job, run, seed, per_epoch
        self._places = places_of(job.network)
        self._samples: dict[str, WeightSample] = {}
        folder = run / WATCH
        self._folder = folder
        self._statistics, self._predictions = (
            Lines(folder / STATISTICS),
            Lines(folder / PREDICTIONS),
        )
        self._frames = Frames(folder)
        self._handful: Handful | None = None

    def begin(self, step: int) -> None:
        """Write what is watched, and drop what lies after `step`.

        Raises:
            OSError, ConvscopeError: the folder cannot be written.
        """
        own_folder(self._run)
        self._handful = handful_of(self._job, seed=self._seed)
        about = About(
            architecture=self._job.network.architecture.name,
            steps_per_epoch=self._per_epoch,
            classes=self._job.classes,
            layers=tuple(place.about for place in self._places),
            handful=self._handful.images,
        )
        text = about.model_dump_json().encode() + b"\n"
        path = self._folder / ABOUT
        if not (path.is_file() and path.read_bytes() == text):
            clear(self._folder)
            (self._folder / HANDFUL).mkdir()
            for number, picture in enumerate(self._handful.pictures):
                replace(self._folder / HANDFUL / f"{number}.png", picture)
            replace(path, text)
        self._statistics.begin(step)
        self._predictions.begin(step)
        self._frames.begin(step)

    def capture(self) -> Capture:
        """Return a capture for the next step."""
        return Capture(self._places, self._samples, 1 / self._job.group.world_size)

    def statistics(self, capture: Capture, step: int, epoch: int) -> None:
        """Write the figures of a step. Raises OSError."""
        self._statistics.add({"step": step, "epoch": epoch, "layers": capture.figures()})

    def predictions(self, step: int, epoch: int) -> None:
        """Write the probabilities of the handful. Raises OSError."""
        if self._handful is not None and self._handful.images:
            images = predict(self._job.network, self._handful)
            self._predictions.add({"step": step, "epoch": epoch, "images": images})

    def frame(self, step: int, epoch: int) -> None:
        """Write kernels and feature maps. Raises OSError."""
        assert self._handful is not None
        pictures = frame(self._job.network, self._places, self._handful.inputs_NCHW[:1])
        if pictures:
            self._frames.add({"step": step, "epoch": epoch, "pictures": pictures})

    def close(self) -> None:
        """Close the files."""
        self._statistics.close()
        self._predictions.close()


def drop_after(run: Path, step: int) -> None:
    """Drop what an earlier process wrote of later steps. Raises OSError, ConvscopeError."""
    folder = run / WATCH
    if not storage.is_own_folder(folder):
        return
    for name in (STATISTICS, PREDICTIONS):
        if (folder / name).exists():
            lines = Lines(folder / name)
            lines.begin(step)
            lines.close()
    if (folder / FRAMES).is_dir():
        Frames(folder).begin(step)
