"""Files of a watched run, and how they stay small. Imports no torch.

watch/about.json            layers, classes, handful
watch/handful/0.png ...     its images
watch/statistics.jsonl      a line for each capture: figures of every layer, in the order of `about`
watch/predictions.jsonl     a line for each: probabilities of the handful
watch/frames/00000120.json  kernels and feature maps

A line that a killed process left incomplete is skipped. Where a file would hold too many entries,
some are left out, evenly over the steps. Nothing here is needed to resume: a folder that is lost or
damaged costs the pictures of the past.
"""

import contextlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from convscope.io import storage
from convscope.training.run.files import WATCH
from convscope.training.watching.thinning import evenly

ABOUT, HANDFUL, FRAMES = "about.json", "handful", "frames"
STATISTICS, PREDICTIONS = "statistics.jsonl", "predictions.jsonl"
MOST_LINES = 400
MOST_BYTES = 8 << 20  # of a file of lines
TAIL_BYTES = 512 << 10  # of it that holds the last line, usually
MOST_FRAMES = 64
MOST_FRAME_BYTES = 1 << 20
MOST_ABOUT_BYTES = 4 << 20
FRAME = re.compile(r"(\d{8,12})\.json")
STEP = re.compile(rb'\{"step":(\d{1,12}),')


def step_of(line: bytes) -> int | None:
    """Return the step of a line; None for a line that is damaged."""
    match = STEP.match(line)
    return int(match.group(1)) if match and line.endswith(b"}") else None


class Lines:
    """Writer of a file of lines that never holds more than `most` of them.

    Lines are written without waiting for the disk: they are pictures of what happens now.
    """

    def __init__(self, path: Path, *, most: int = MOST_LINES, most_bytes: int = MOST_BYTES) -> None:
        self._path, self._most, self._most_bytes = path, most, most_bytes
        self._sizes: list[tuple[int, int]] = []  # step and bytes of each line
        self._handle = -1

    def begin(self, last_step: int) -> None:
        """Drop the lines after a step, damaged ones, and one that is incomplete.

        Raises:
            OSError: the file cannot be written.
        """
        self.close()
        self._rewrite(lambda steps: [n for n, step in enumerate(steps) if step <= last_step])

    def add(self, value: dict[str, Any]) -> None:
        """Append a line; `value` begins with its step.

        Raises:
            OSError: it cannot be written.
        """
        line = json.dumps(value, separators=(",", ":")).encode() + b"\n"
        os.write(self._handle, line)
        self._sizes.append((value["step"], len(line)))
        total = sum(size for _, size in self._sizes)
        if len(self._sizes) > self._most or total > self._most_bytes:
            share = min(self._most / len(self._sizes), self._most_bytes / total)
            keep = max(2, int(len(self._sizes) * share / 2))
            self._rewrite(lambda steps: evenly(steps, keep))

    def _rewrite(self, chosen: Callable[[list[int]], list[int]]) -> None:
        """Replace the file by some of its lines, and go on after them."""
        lines = whole_lines(self._path)
        steps = [step for step, _ in lines]
        kept = [lines[place] for place in chosen(steps)]
        if len(kept) < len(lines) or not self._path.exists() or self._is_torn(lines):
            replace(self._path, b"".join(line + b"\n" for _, line in kept))
        self.close()
        self._handle = storage.open_append(self._path)
        self._sizes = [(step, len(line) + 1) for step, line in kept]

    def _is_torn(self, lines: list[tuple[int, bytes]]) -> bool:
        return self._path.stat().st_size != sum(len(line) + 1 for _, line in lines)

    def close(self) -> None:
        """Close the file."""
        if self._handle >= 0:
            os.close(self._handle)
        self._handle = -1


def last_lines(path: Path) -> list[tuple[int, bytes]]:
    """Return step and text of the lines at the end of a file: at least the last one.

    Raises:
        OSError, FormatError: as `whole_lines`.
    """
    if not path.is_symlink() and not path.exists():
        return []
    with storage.open_file(path, follow=False) as file:
        size = os.fstat(file.fileno()).st_size
        file.seek(max(0, size - TAIL_BYTES))
        raw = file.read(2 * TAIL_BYTES)
    if size > TAIL_BYTES:
        raw = raw.partition(b"\n")[2]  # after the line that begins before
    lines = rising_lines(raw, -1)
    return lines if lines or size <= TAIL_BYTES else whole_lines(path)


def whole_lines(path: Path, *, after: int = -1) -> list[tuple[int, bytes]]:
    """Return step and text of the lines after a step, in rising order; damaged ones are skipped.

    Raises:
        OSError: the file cannot be read.
        FormatError: it is a link, not a file, or larger than any that is written.
    """
    if not path.is_symlink() and not path.exists():
        return []
    return rising_lines(storage.read_bytes(path, most=2 * MOST_BYTES, follow=False), after)


def rising_lines(raw: bytes, after: int) -> list[tuple[int, bytes]]:
    """Return step and text of complete lines whose step is larger than all before."""
    whole, _, _ = raw.rpartition(b"\n")
    lines: list[tuple[int, bytes]] = []
    last = after
    for line in whole.split(b"\n"):
        step = step_of(line)
        if step is not None and step > last:
            lines.append((step, line))
            last = step
    return lines


def frame_steps(folder: Path) -> list[int]:
    """Return the steps of the frames in `watch/`, rising."""
    names = frame_names(folder / FRAMES)
    return sorted(int(match[1]) for match in names)


def frame_names(folder: Path) -> Iterator[re.Match[str]]:
    """Yield the names of frames in a folder."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            match = FRAME.fullmatch(entry.name)
            if match is not None:
                yield match


def frame_path(folder: Path, step: int) -> Path:
    """Return the file of a frame."""
    return folder / FRAMES / f"{step:08d}.json"


class Frames:
    """Writer of the frames, of which never more than `most` are kept."""

    def __init__(self, folder: Path, *, most: int = MOST_FRAMES) -> None:
        self._folder, self._most = folder, most

    def begin(self, last_step: int) -> None:
        """Drop the frames after a step, and what a killed process left. Raises OSError."""
        (self._folder / FRAMES).mkdir(exist_ok=True)
        storage.sweep(self._folder / FRAMES)
        for step in frame_steps(self._folder):
            if step > last_step:
                frame_path(self._folder, step).unlink()

    def add(self, value: dict[str, Any]) -> None:
        """Write a frame. Raises OSError."""
        text = json.dumps(value, separators=(",", ":")).encode()
        replace(frame_path(self._folder, value["step"]), text)
        steps = frame_steps(self._folder)
        if len(steps) > self._most:
            kept = set(evenly(steps, max(2, self._most * 3 // 4)))
            for place, step in enumerate(steps):
                if place not in kept:
                    frame_path(self._folder, step).unlink(missing_ok=True)


def replace(path: Path, content: bytes) -> None:
    """Replace a file by a new one with a content, without waiting for the disk. Raises OSError."""
    temporary = storage.temporary_path(path)
    try:
        with open(temporary, "xb") as file:
            file.write(content)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def own_folder(run: Path) -> Path:
    """Create `watch/` in a run, and return it.

    Raises:
        OSError: it cannot be created.
        FormatError: there is a link or a file in its place.
    """
    folder = run / WATCH
    if not storage.is_own_folder(folder):
        folder.mkdir()
    storage.sweep(folder)
    return folder


def clear(folder: Path) -> None:
    """Remove what an earlier run of other layers left in `watch/`. Raises OSError."""
    for name in (FRAMES, HANDFUL):
        place = folder / name
        if place.is_symlink():
            place.unlink()
        elif place.exists():
            shutil.rmtree(place)
    for name in (ABOUT, STATISTICS, PREDICTIONS):
        (folder / name).unlink(missing_ok=True)
