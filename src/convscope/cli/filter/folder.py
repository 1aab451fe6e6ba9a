"""A folder of images of `convscope filter`."""

import json
from pathlib import Path
from typing import Any

import typer

from convscope.cli.filter.image import Job, filter_image
from convscope.cli.terminal.output import echo, echo_json, say
from convscope.errors import ConvscopeError, InputError, unusable_output
from convscope.text import counted


def filter_folder(source: Path, output: Path, job: Job, as_json: bool) -> None:
    """Filter every image of a folder; a damaged file does not stop the others."""
    from convscope.cli.terminal.progress import tracked
    from convscope.io.storage import make_folder

    pairs = _pairs(source, output, force=job.force)
    make_folder(output)
    done: list[dict[str, Any]] = []
    failed = 0
    for image, target in tracked(pairs, "filtering"):
        try:
            make_folder(target.parent)
            done.append(filter_image(image, target, job))
        except ConvscopeError as error:
            failed += 1
            say(f"convscope: {error}")
    if as_json:
        echo_json(json.dumps(done, indent=2))
    else:
        failures = f", {failed} failed" if failed else ""
        echo(f"{output}: {counted(len(done), 'image')}{failures}")
    if failed:
        raise typer.Exit(1)


def _pairs(source: Path, output: Path, *, force: bool) -> list[tuple[Path, Path]]:
    """Return (image, output file) pairs, checked before any work."""
    from convscope.data.folder.left_out import images_in
    from convscope.data.folder.outputs import check_outside_data
    from convscope.io.image_writing import WRITE_FORMATS

    check_outside_data(output, source)
    if output.exists() and not output.is_dir():
        raise unusable_output("an output file for a folder", output, expected="an output folder")
    paths, notes = images_in(source)
    for note in notes:
        say(note)
    taken: dict[Path, Path] = {}
    for path in paths:
        relative = Path(path)
        keeps = relative.suffix.lower() in WRITE_FORMATS
        target = output / (relative if keeps else relative.with_suffix(".png"))
        if target in taken:
            raise InputError(
                f"{taken[target].relative_to(source)} and {path} both give "
                f"{target.relative_to(output)}",
                fix="rename one of them",
                where=str(source),
            )
        taken[target] = source / relative
    there = [target for target in taken if target.exists()]
    if there and not force:
        raise unusable_output(
            f"{there[0].name} already exists" + f" (and {len(there) - 1} more)" * (len(there) > 1),
            output,
            fix="another folder, or --force",
        )
    return [(image, target) for target, image in taken.items()]
