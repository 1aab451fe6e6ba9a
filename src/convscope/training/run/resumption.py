"""Checks before a run is resumed. Nothing in its folder is changed by them."""

from pathlib import Path

from convscope.errors import FormatError
from convscope.io import storage
from convscope.network.model_file import MODEL_NAME
from convscope.training.run.checkpoint import Checkpoints
from convscope.training.run.control import CONTROL
from convscope.training.run.files import CHECKPOINTS, EVENTS, PRECISION, RESULTS, TIMINGS

WRITTEN = (EVENTS, TIMINGS, CONTROL, MODEL_NAME, RESULTS, PRECISION)  # while training


def check_files(folder: Path) -> None:
    """Raise FormatError for a link, a folder or a device in place of a file that is written."""
    for name in WRITTEN:
        _check_is_file(folder / name)


def _check_is_file(path: Path) -> None:
    if not storage.exists(path) or (path.is_file() and not path.is_symlink()):
        return
    kind = "a link" if path.is_symlink() else "a folder" if path.is_dir() else "a special file"
    raise FormatError(
        kind,
        expected="a file; links are not followed here",
        fix="move it away, and resume again; nothing was changed",
        where=str(path),
    )


def check_nothing_is_lost(folder: Path, checkpoints: Checkpoints, events_bytes: int) -> None:
    """Raise FormatError for a run that was trained, and whose checkpoints are missing."""
    if checkpoints.are_none_yet():
        return
    trained = [f"{EVENTS} ({events_bytes:,} bytes)"] if events_bytes else []
    others = (TIMINGS, MODEL_NAME, RESULTS)
    trained += [name for name in others if storage.exists(folder / name)]
    if trained:
        raise FormatError(
            f"there is no checkpoint, but {' and '.join(trained)} of a run that was trained",
            expected="checkpoints as 000001.json and 000001.safetensors",
            fix="put the checkpoints back; or start over with --generation 0, which replaces "
            "what was trained. Nothing was changed",
            where=str(folder / CHECKPOINTS),
        )


def starting_over(known: list[int], events_bytes: int, *, requested: bool) -> str:
    """Return the note on a run that begins at step 0, and what of it is replaced."""
    if not requested:
        return "the run had not come to its first checkpoint: starting at step 0 again"
    replaced = [f"{events_bytes:,} bytes of {EVENTS}"] if events_bytes else []
    replaced += [f"checkpoint {', '.join(map(str, known))}"] if known else []
    what = f": replacing {' and '.join(replaced)}" if replaced else ""
    return f"starting over at step 0, as requested{what}"
