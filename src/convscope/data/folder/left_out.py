"""Sentences about everything in a folder that is not used, with numbers."""

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from convscope.data.folder.entries import Ignored, has_image_extension, walk
from convscope.data.names import listed
from convscope.io.formats import HEIC_ENDINGS, HEIC_FIX
from convscope.text import printable

MOST_ENDINGS = 4


def left_out_notes(
    root: Path, ignored: Sequence[Ignored], *, images: int, place: str = "the class folders"
) -> list[str]:
    """Return one sentence for each kind of entry that is left out.

    Hidden files, files of systems, and files outside the class folders that are no images are
    not mentioned.

    Args:
        images: number of images that are used.
        place: where they are, in words.
    """
    notes = (
        _endings(ignored, images, place),
        _stray_images(ignored, place),
        _stray_folders(root, ignored),
        *_others(ignored),
    )
    return [note for note in notes if note]


def _endings(ignored: Sequence[Ignored], images: int, place: str) -> str:
    """Files among the images whose names do not end like images."""
    others = [entry.path for entry in ignored if entry.reason == "ending"]
    if not others:
        return ""
    endings = Counter(os.path.splitext(path)[1].lower() or "no ending" for path in others)
    most = [
        f"{num:,} {printable(name, 20)}" + (f" ({HEIC_FIX})" if name in HEIC_ENDINGS else "")
        for name, num in endings.most_common(MOST_ENDINGS)
    ]
    more = f", {len(endings) - MOST_ENDINGS} other endings" if len(endings) > MOST_ENDINGS else ""
    return (
        f"{len(others):,} of {len(others) + images:,} files in {place} are ignored, "
        f"not image files by their endings: {', '.join(most)}{more}"
    )


def _stray_images(ignored: Sequence[Ignored], place: str) -> str:
    paths = [
        entry.path
        for entry in ignored
        if entry.reason == "stray" and not entry.is_folder and has_image_extension(entry.path)
    ]
    return f"{_counted(len(paths), 'image')} outside {place}: ignored: {listed(paths)}" * bool(
        paths
    )


def _stray_folders(root: Path, ignored: Sequence[Ignored]) -> str:
    folders = [entry.path for entry in ignored if entry.reason == "stray" and entry.is_folder]
    if not folders:
        return ""
    images = sum(1 for _ in walk(root, folders, []))
    return (
        f"{_counted(len(folders), 'folder')} outside the splits and classes, with "
        f"{_counted(images, 'image')}: ignored: {listed(folders)}"
    )


def _others(ignored: Sequence[Ignored]) -> list[str]:
    kinds = (
        ("loop", "linked folder", "read elsewhere"),
        ("output", "folder", "written by convscope"),
        ("junk", "folder", "of a system or an archive"),
    )
    notes = []
    for reason, noun, what in kinds:
        paths = [e.path for e in ignored if e.reason == reason and e.is_folder]
        if paths:
            notes.append(f"{_counted(len(paths), noun)} {what}: ignored: {listed(paths)}")
    return notes


def _counted(num: int, noun: str) -> str:
    return f"{num:,} {noun}{'s' * (num != 1)}"
