"""`convscope data pack`: a data set as shards, for disks that do not like small files."""

import json
from pathlib import Path
from typing import Annotated

import typer


def pack_command(
    data: Annotated[str, typer.Argument(metavar="DATA", help="A folder of images, or a name.")],
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="FOLDER", help="A new or an empty folder.")
    ],
    shard_mb: Annotated[
        int, typer.Option("--shard-mb", min=1, help="The largest shard, in MiB.")
    ] = 256,
    shard_images: Annotated[
        int, typer.Option("--shard-images", min=1, help="The most images of a shard.")
    ] = 10_000,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Pack DATA into tar shards with an index; files are copied as they are.

    `convscope train ARCH FOLDER` then reads the shards in place of the folder.
    """
    from convscope import data as room
    from convscope.cli.data.progress import counted
    from convscope.cli.live import say

    dataset = room.open(data)
    if isinstance(dataset, room.FolderSet | room.ShardSet):
        for note in dataset.notes:
            say(f"note: {note}")
    with counted("images", "packing") as progress:
        index = room.write_shards(
            dataset,
            out,
            max_bytes=shard_mb << 20,
            max_images=shard_images,
            progress=progress,
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
        typer.echo(json.dumps({"name": index.name, "folder": str(out), "splits": splits}))
        return
    for name, told in splits.items():
        size, num = told["bytes"] / 2**20, told["shards"]
        shards = f"{num:,} shard{'s' * (num != 1)}"
        typer.echo(f"{name:<5} {told['images']:>9,} images  {shards}, {size:,.1f} MiB")
    typer.echo(f"packed into {out}")
