"""Read what a run wrote while it was watched; also while it is being written. Imports no torch.

A run folder may come from somebody else: sizes are bounded, no link is followed, and what is
damaged is left out.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pydantic

from convscope.errors import ConvscopeError, unknown_name
from convscope.io import storage
from convscope.training.run.files import WATCH
from convscope.training.watching.files import (
    ABOUT,
    HANDFUL,
    MOST_ABOUT_BYTES,
    MOST_FRAME_BYTES,
    PREDICTIONS,
    STATISTICS,
    frame_path,
    frame_steps,
    last_lines,
    whole_lines,
)
from convscope.training.watching.records import (
    About,
    Frame,
    FrameInfo,
    Histogram,
    LayerPoint,
    LayerStatistics,
    ParameterStatistics,
    Predictions,
    Share,
    Statistics,
    WatchedLayer,
)
from convscope.training.watching.thinning import evenly

MOST_POINTS = 200  # of a layer's history
MOST_PICTURE_BYTES = 1 << 20
DAMAGED = (ConvscopeError, OSError, ValueError, TypeError, KeyError, IndexError)


def read_about(run: Path) -> About | None:
    """Return what is watched; None for a run that was never watched, or whose record is damaged."""
    try:
        raw = storage.read_bytes(run / WATCH / ABOUT, most=MOST_ABOUT_BYTES, follow=False)
        return About.model_validate_json(raw)
    except DAMAGED:
        return None


def last_step(run: Path) -> int:
    """Return the step of the last capture; -1 without one."""
    lines = [*_lines(run, STATISTICS, -1)[-1:], *_lines(run, PREDICTIONS, -1)[-1:]]
    return max((step for step, _ in lines), default=-1)


def latest_statistics(run: Path, about: About) -> Statistics | None:
    """Return the figures of the last capture; None before the first. Only the end is read."""
    try:
        lines = last_lines(run / WATCH / STATISTICS)
    except DAMAGED:
        return None
    whole = (_statistics(_parsed(line), about) for _, line in reversed(lines))
    return next((statistics for statistics in whole if statistics is not None), None)


def statistics_since(run: Path, about: About, since: int, *, most: int = 1) -> list[Statistics]:
    """Return the figures of at most `most` captures after a step, the last one among them."""
    lines = _lines(run, STATISTICS, since)
    rows = (_parsed(line) for line in _thinned(lines, most))
    whole = (_statistics(row, about) for row in rows if row is not None)
    return [statistics for statistics in whole if statistics is not None]


def statistics_at(run: Path, about: About, step: int) -> Statistics | None:
    """Return the figures of the last capture up to a step; None without one."""
    lines = [line for at, line in _lines(run, STATISTICS, -1) if at <= step]
    whole = (_statistics(_parsed(line), about) for line in reversed(lines))
    return next((statistics for statistics in whole if statistics is not None), None)


def layer_history(run: Path, about: About, path: str, since: int = -1) -> list[LayerPoint]:
    """Return the figures of one layer over the steps, evenly thinned.

    Raises:
        InputError: the network has no such layer (the nearest ones are named).
    """
    paths = [layer.path for layer in about.layers]
    if path not in paths:
        raise unknown_name("layer", path, paths)
    place = paths.index(path)
    points = []
    for line in _thinned(_lines(run, STATISTICS, since), MOST_POINTS):
        row = _parsed(line)
        try:
            points.append(_point(row["step"], row["layers"][place]))
        except DAMAGED:
            continue
    return points


def predictions(run: Path, since: int = -1, *, most: int = MOST_POINTS) -> list[Predictions]:
    """Return the probabilities of the handful over the steps, evenly thinned."""
    answers = []
    for line in _thinned(_lines(run, PREDICTIONS, since), most):
        row = _parsed(line)
        try:
            images = [_shares(image) for image in row["images"]]
            answers.append(Predictions(step=row["step"], epoch=row["epoch"], images=tuple(images)))
        except DAMAGED:
            continue
    return answers


def frames(run: Path, about: About) -> list[FrameInfo]:
    """Return the pictures of the filmstrip, in the order of their steps."""
    each = max(1, about.steps_per_epoch)
    return [FrameInfo(step=step, epoch=step // each) for step in frame_steps(run / WATCH)]


def frame(run: Path, step: int) -> Frame | None:
    """Return a frame; None where there is none of that step, or it is damaged."""
    try:
        path = frame_path(run / WATCH, step)
        raw = storage.read_bytes(path, most=MOST_FRAME_BYTES, follow=False)
        return Frame.model_validate_json(raw)
    except DAMAGED:
        return None


def handful_picture(run: Path, number: int) -> bytes | None:
    """Return the PNG file of an image of the handful; None where there is none."""
    path = run / WATCH / HANDFUL / f"{number}.png"
    try:
        raw = storage.read_bytes(path, most=MOST_PICTURE_BYTES, follow=False)
    except DAMAGED:
        return None
    return raw if raw.startswith(b"\x89PNG") else None


def _lines(run: Path, name: str, since: int) -> list[tuple[int, bytes]]:
    try:
        return whole_lines(run / WATCH / name, after=since)
    except DAMAGED:
        return []


def _thinned(lines: Sequence[tuple[int, bytes]], most: int) -> Iterator[bytes]:
    """Yield at most so many lines, evenly over the steps; of 1 the last one."""
    if most == 1:
        places = [len(lines) - 1] if lines else []
    else:
        places = evenly([step for step, _ in lines], most)
    for place in places:
        yield lines[place][1]


def _parsed(line: bytes) -> Any:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row  # any JSON: the reader of its parts skips what does not fit


def _statistics(row: Any, about: About) -> Statistics | None:
    try:
        pairs = zip(about.layers, row["layers"], strict=True)
        layers = tuple(_layer(layer, figures) for layer, figures in pairs)
        return Statistics(step=row["step"], epoch=row["epoch"], layers=layers)
    except (*DAMAGED, pydantic.ValidationError):
        return None


def _layer(about: WatchedLayer, figures: list[Any]) -> LayerStatistics:
    mean, std, dead, saturated, gradient_rms, activations, gradients, own = figures
    pairs = zip(about.parameters, own, strict=True)
    return LayerStatistics(
        path=about.path,
        mean=mean,
        std=std,
        dead=dead,
        saturated=saturated,
        gradient_rms=gradient_rms,
        activations=_histogram(activations),
        gradients=_histogram(gradients),
        parameters=tuple(_parameter(name, values) for name, values in pairs if values is not None),
    )


def _parameter(name: str, values: list[Any]) -> ParameterStatistics:
    weight_norm, gradient_norm, update_ratio, weights, gradients = values
    return ParameterStatistics(
        name=name,
        weight_norm=weight_norm,
        gradient_norm=gradient_norm,
        update_ratio=update_ratio,
        weights=_histogram(weights),
        gradients=_histogram(gradients),
    )


def _histogram(values: list[Any]) -> Histogram:
    low, high, counts = values
    return Histogram(low=low, high=high, counts=tuple(counts))


def _point(step: int, figures: list[Any]) -> LayerPoint:
    mean, std, dead, saturated, gradient_rms, _, _, own = figures
    weight = next((values for values in own if values is not None), None)
    norms = weight[:3] if weight else (None, None, None)
    return LayerPoint(
        step=step,
        mean=mean,
        std=std,
        dead=dead,
        saturated=saturated,
        gradient_rms=gradient_rms,
        weight_norm=norms[0],
        gradient_norm=norms[1],
        update_ratio=norms[2],
    )


def _shares(image: list[Any]) -> tuple[Share, ...]:
    return tuple(Share(label=label, share=share) for label, share in image)
