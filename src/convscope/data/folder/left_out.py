"""The images in a folder, and sentences about everything that is not used, with numbers."""

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from convscope.data.folder.entries import Ignored, has_image_extension, images_below, walk
from convscope.errors import InputError
from convscope.extras import install_command
from convscope.io.formats import EXTENSIONS, HEIC_ENDINGS
from convscope.text import counted, listed, printable

MOST_ENDINGS = 4


def images_in(folder: Path) -> tuple[list[str], list[str]]:
    """Return the paths of all images below a folder, and sentences about what is left out.

    Raises:
        InputError: it holds no image, or cannot be listed.
    """
    ignored: list[Ignored] = []
    try:
        paths = images_below(folder, ignored)
    except OSError as error:
        raise InputError(f"cannot be listed: {error.strerror}", where=str(folder)) from None
    closed = [entry.path for entry in ignored if entry.reason == "unreadable"]
    if closed:
        raise InputError("cannot be listed: permission denied", where=str(folder / closed[0]))
    notes = left_out_notes(folder, ignored, images=len(paths), place=f"{folder}/")
    if not paths:
        raise InputError(
            "; ".join((f"the folder {folder} holds no image", *notes)),
            expected=f"files that end in {', '.join(EXTENSIONS)}",
        )
    return paths, notes


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
        f"{num:,} {printable(name, 20)}"
        + (f" ({install_command('heic')})" if name in HEIC_ENDINGS else "")
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
    return f"{counted(len(paths), 'image')} outside {place}: ignored: {listed(paths)}" * bool(paths)


def _stray_folders(root: Path, ignored: Sequence[Ignored]) -> str:
    folders = [entry.path for entry in ignored if entry.reason == "stray" and entry.is_folder]
    if not folders:
        return ""
    images = sum(1 for _ in walk(root, folders, []))
    return (
        f"{counted(len(folders), 'folder')} outside the splits and classes, with "
        f"{counted(images, 'image')}: ignored: {listed(folders)}"
    )


def _others(ignored: Sequence[Ignored]) -> list[str]:
    kinds = (
        ("loop", "linked folder", "read elsewhere"),
        ("output", "folder", "written by convscope"),
        ("junk", "folder", "of a system or an archive"),
    )
    broken = [e.path for e in ignored if e.reason == "broken" and not has_image_extension(e.path)]
    notes = []
    if broken:
        notes.append(f"{counted(len(broken), 'broken link')}: ignored: {listed(broken)}")
    for reason, noun, what in kinds:
        paths = [e.path for e in ignored if e.reason == reason and e.is_folder]
        if paths:
            notes.append(f"{counted(len(paths), noun)} {what}: ignored: {listed(paths)}")
    return notes
