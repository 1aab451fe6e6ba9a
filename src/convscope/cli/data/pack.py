"""`convscope data pack`: write a data set as tar shards; `data unpack`: read an archive safely."""

import json
from pathlib import Path
from typing import Annotated

import typer

from convscope.cli.grammar.options import (
    Background,
    ClassNames,
    Data,
    GroupBy,
    Json,
    Layout,
    data_options,
    output_option,
    say_data_notes,
)
from convscope.cli.terminal.output import echo, echo_json, say
from convscope.text import byte_size, counted


def pack_command(
    data: Data,
    output: Annotated[
        Path,
        output_option("Output folder: new, empty, or of an interrupted run.", metavar="FOLDER"),
    ],
    shard_mb: Annotated[
        int,
        typer.Option("--shard-mb", min=1, help="Size limit of a shard in MB."),
    ] = 256,
    shard_images: Annotated[
        int, typer.Option("--shard-images", min=1, help="Maximum number of images in a shard.")
    ] = 10_000,
    layout: Layout = None,
    group_by: GroupBy = None,
    class_names: ClassNames = None,
    background: Background = None,
    as_json: Json = False,
) -> None:
    """Write DATA as tar shards with an index; image files are copied unchanged.

    `convscope train ARCH FOLDER` reads the shards like an image folder.
    """
    from convscope import data as datasets
    from convscope.cli.terminal.progress import progress_bar

    dataset = datasets.open(
        data, options=data_options(layout, group_by, class_names, background=background)
    )
    say_data_notes(dataset)
    with progress_bar("images", "packing") as progress:
        index = datasets.write_shards(
            dataset,
            output,
            max_bytes=shard_mb * 10**6,
            max_images=shard_images,
            progress=progress,
            note=lambda text: say(f"note: {text}"),
        )
    splits = {
        name: {
            "images": sum(shard.images for shard in shards),
            "shards": len(shards),
            "bytes": sum(shard.bytes for shard in shards),
        }
        for name, shards in index.splits.items()
    }
    if as_json:
        echo_json(json.dumps({"name": index.name, "folder": str(output), "splits": splits}))
        return
    for name, numbers in splits.items():
        size, shards = byte_size(numbers["bytes"]), counted(numbers["shards"], "shard")
        echo(f"{name:<5} {numbers['images']:>9,} images  {shards}, {size}")
    echo(f"written to {output}")


def unpack_command(
    archive: Annotated[
        Path, typer.Argument(metavar="ARCHIVE", help="Images as .zip or .tar, also .tar.gz.")
    ],
    output: Annotated[Path, output_option("New folder for the images.", metavar="FOLDER")],
    delete_archive: Annotated[
        bool,
        typer.Option(
            "--delete-archive", help="Delete the archive in the end, also after an error."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Unpack an archive of images into a new folder.

    Only images, tables of labels, arrays and shards are written. Names that lead outside, links
    and archives that unpack to far more than their size are refused.
    """
    from convscope.cli.terminal.progress import progress_bar
    from convscope.data.unpack import unpack

    try:
        with progress_bar("files", "unpacking") as progress:
            result = unpack(archive, output, progress=progress)
    finally:
        if delete_archive:
            archive.unlink(missing_ok=True)
    if as_json:
        echo_json(json.dumps(result.to_dict()))
        return
    echo(f"{counted(result.files, 'file')}, {byte_size(result.bytes)}")
    if result.left_out:
        echo(f"left out: {counted(result.left_out, 'other file')}")
    echo(f"written to {output}")
