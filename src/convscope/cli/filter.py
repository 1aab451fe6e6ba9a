"""`convscope filter`: classic filters on a photo, or on a folder of them."""

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from convscope.cli.options import Force
from convscope.errors import ConvscopeError, InputError, StorageError, unknown_name

if TYPE_CHECKING:
    from convscope.filters import Filter, Labelled
    from convscope.filters.engine import Image

ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".ppm", ".pgm", ".pbm", ".pnm")
NOISES = ("salt_and_pepper", "gaussian")


class Job(NamedTuple):
    """What is done to every image."""

    filters: dict[str, "Filter"]
    border: str
    value: float
    noise: str
    amount: float
    seed: int
    view: str
    compare: bool
    force: bool
    max_pixels: int


def filter_command(
    source: Annotated[Path, typer.Argument(metavar="IMAGE", help="An image, or a folder of them.")],
    filter_name: Annotated[
        str,
        typer.Argument(
            metavar="[FILTER]",
            help="A name of `convscope list filters`; several with --compare: a,b.",
        ),
    ] = "",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write.")
    ] = None,
    kernel: Annotated[
        str, typer.Option(metavar="ROWS", help='A kernel instead: "0 -1 0; -1 4 -1; 0 -1 0".')
    ] = "",
    operation: Annotated[
        str, typer.Option(help="For --kernel: correlation, or convolution (turned by 180 degrees).")
    ] = "correlation",
    size: Annotated[int | None, typer.Option(help="Window, an odd number of pixels.")] = None,
    sigma: Annotated[float | None, typer.Option(help="Width of a Gaussian, in pixels.")] = None,
    sigma_value: Annotated[
        float | None, typer.Option(help="bilateral: width in value, 1 = black to white.")
    ] = None,
    border: Annotated[
        str,
        typer.Option(help="reflect, symmetric, edge, wrap, constant; or OpenCV's BORDER_ names."),
    ] = "reflect",
    value: Annotated[float, typer.Option(help="What --border constant fills in.")] = 0.0,
    noise: Annotated[str, typer.Option(help="Add first: salt_and_pepper or gaussian.")] = "",
    amount: Annotated[
        float, typer.Option(help="Share of pixels, or sigma as a share of black to white.")
    ] = 0.05,
    seed: Annotated[int, typer.Option(help="Decides the noise.")] = 0,
    compare: Annotated[bool, typer.Option(help="A labelled sheet: before and after.")] = False,
    view: Annotated[
        str, typer.Option(help="same, absolute, scaled or angle; chosen by default.")
    ] = "",
    max_pixels: Annotated[int, typer.Option(help="Refuse larger images.", min=1)] = 128_000_000,
    force: Force = False,
    as_json: Annotated[bool, typer.Option("--json", help="What was done, as JSON.")] = False,
) -> None:
    """Filter a photo: median, gaussian, sobel, ... or any kernel.

    convscope filter photo.jpg median --size 5 -o out.png

    convscope filter photo.jpg median,mean --noise salt_and_pepper --compare -o sheet.png
    """
    if output is None:
        raise InputError("where should the result go?", fix="-o out.png")
    given = {"size": size, "sigma": sigma, "sigma_value": sigma_value}
    settings = {name: number for name, number in given.items() if number is not None}
    filters = _filters(filter_name, kernel, operation, settings, compare)
    if noise and noise not in NOISES:
        raise unknown_name("noise", noise, NOISES)
    job = Job(filters, border, value, noise, amount, seed, view, compare, force, max_pixels)
    if source.is_dir():
        _folder(source, output, job, as_json)
        return
    from convscope.io.images import WRITES
    from convscope.io.storage import check_output

    check_output(output, endings=WRITES, overwrite=force)
    facts = _one(source, output, job)
    typer.echo(json.dumps(facts, indent=2) if as_json else _sentence(facts))


def _filters(
    names: str, kernel: str, operation: str, settings: dict[str, Any], compare: bool
) -> dict[str, "Filter"]:
    """The filters to apply, by the name that a sheet gives them."""
    from convscope import filters

    if bool(names) == bool(kernel):
        raise InputError(
            "a filter and a kernel at once" if names else "which filter?",
            expected="a name of `convscope list filters`, or --kernel",
        )
    if kernel:
        if settings:
            raise InputError(f"a kernel has no {next(iter(settings))}", fix="leave it away")
        matrix = filters.parse_kernel(kernel)
        return {operation: filters.linear(matrix, operation=operation)}  # type: ignore[arg-type]
    if operation != "correlation":
        raise InputError(
            "--operation is for --kernel; a named filter is what its name says",
            fix="leave --operation away, or type the kernel",
        )
    chosen = [name.strip() for name in names.split(",")]
    if len(chosen) > 1 and not compare:
        raise InputError(f"{len(chosen)} filters make one sheet", fix="add --compare")
    own = {name: _own(name, settings) if len(chosen) > 1 else settings for name in chosen}
    return {name: filters.named(name, own[name]) for name in chosen}


def _own(name: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Of several filters, each takes the settings that it has."""
    from convscope.filters import SETTINGS

    return {key: value for key, value in settings.items() if key in SETTINGS.get(name, ())}


def _one(source: Path, output: Path, job: Job) -> dict[str, Any]:
    """Read, filter, write. What was done, as JSON."""
    from convscope import filters
    from convscope.io.images import read_image, write_image

    original = read_image(source, max_pixels=job.max_pixels)
    before = _noisy(original, job)
    items = [filters.Labelled(original, source.name)] if job.compare else []
    facts: dict[str, Any] = {"input": str(source), "output": str(output)}
    facts["height"], facts["width"], facts["channels"] = original.shape
    facts["type"] = str(original.dtype)
    if job.noise:
        facts["noise"] = {"kind": job.noise, "amount": job.amount, "seed": job.seed}
        facts["noise"] |= _quality(before, original)
        if job.compare:
            title = f"{job.noise} {job.amount:g}"
            items.append(filters.Labelled(before, title, _quality_text(facts["noise"])))
    facts["filters"] = []
    for name, chosen in job.filters.items():
        shown, fact, item = _filtered(name, chosen, before, original, job)
        facts["filters"].append(fact)
        items += [item] if job.compare else []
    result = filters.sheet(items) if job.compare else shown
    write_image(output, result, overwrite=job.force)
    return facts


def _filtered(
    name: str, chosen: "Filter", before: "Image", original: "Image", job: Job
) -> tuple["Image", dict[str, Any], "Labelled"]:
    from convscope import filters

    result = filters.apply(before, chosen, border=job.border, value=job.value)
    view: Any = job.view or chosen.view()
    shown = filters.picture(result, view, original=before)
    fact: dict[str, Any] = {"name": name, **_settings(chosen), "view": view}
    if job.noise and result.dtype == original.dtype:
        fact |= _quality(result, original)
    note = _quality_text(fact) if job.noise else _words(name, chosen)
    return shown, fact, filters.Labelled(shown, name, note)


def _words(name: str, chosen: "Filter") -> str:
    """The line under a filter's name on a sheet."""
    from convscope.filters import SETTINGS, SUMMARIES, Linear

    if isinstance(chosen, Linear) and name not in SUMMARIES:
        return "; ".join(" ".join(f"{weight:g}" for weight in row) for row in chosen.matrix)
    settings = _settings(chosen)
    own = ", ".join(f"{k} {settings[k]}" for k in SETTINGS.get(name, ()) if k in settings)
    return own or SUMMARIES[name]


def _settings(chosen: "Filter") -> dict[str, Any]:
    """What a filter was set to, as JSON has it."""
    import dataclasses

    found = dataclasses.asdict(chosen)  # type: ignore[call-overload]
    return {
        key: [list(row) for row in value] if key == "matrix" else value
        for key, value in found.items()
        if value is not None
    }


def _noisy(original: "Image", job: Job) -> "Image":
    from convscope import filters

    if job.noise == "salt_and_pepper":
        return filters.salt_and_pepper(original, job.amount, seed=job.seed)
    if job.noise == "gaussian":
        sigma = job.amount * filters.white(original)
        return filters.gaussian_noise(original, sigma, seed=job.seed)
    return original


def _quality(image: "Image", original: "Image") -> dict[str, float | None]:
    """PSNR and SSIM; None where an image is equal or too small for it."""
    from convscope import filters

    decibels = filters.psnr(image, original)
    small = min(original.shape[:2]) < 11
    return {
        "psnr_db": round(decibels, 3) if math.isfinite(decibels) else None,
        "ssim": None if small else round(filters.ssim(image, original), 5),
    }


def _quality_text(fact: dict[str, Any]) -> str:
    parts = []
    if fact.get("psnr_db") is not None:
        parts.append(f"PSNR {fact['psnr_db']:.2f} dB")
    if fact.get("ssim") is not None:
        parts.append(f"SSIM {fact['ssim']:.3f}")
    return ", ".join(parts)


def _sentence(facts: dict[str, Any]) -> str:
    names = ", ".join(fact["name"] for fact in facts["filters"])
    lines = [f"{facts['output']}: {names} of {facts['width']} x {facts['height']}, {facts['type']}"]
    if "noise" in facts:
        lines.append(f"  {facts['noise']['kind']:<16} {_quality_text(facts['noise'])}")
        lines += [
            f"  {fact['name']:<16} {_quality_text(fact) or 'finds edges: not compared'}"
            for fact in facts["filters"]
        ]
    return "\n".join(lines)


def _folder(source: Path, output: Path, job: Job, as_json: bool) -> None:
    """Every image of a folder into another one. One bad file does not stop the others."""
    from convscope.io.storage import make_folder

    pairs = _pairs(source, output, force=job.force)
    make_folder(output)
    done: list[dict[str, Any]] = []
    failed = 0
    for image, target in _with_progress(pairs):
        try:
            done.append(_one(image, target, job))
        except ConvscopeError as error:
            failed += 1
            sys.stderr.write(f"convscope: {error}\n")
    if as_json:
        typer.echo(json.dumps(done, indent=2))
    else:
        typer.echo(f"{output}: {len(done)} images" + (f", {failed} failed" if failed else ""))
    if failed:
        raise typer.Exit(1)


def _pairs(source: Path, output: Path, *, force: bool) -> list[tuple[Path, Path]]:
    """(image, where its result goes), checked before the work begins."""
    from convscope.io.images import WRITES

    if output.exists() and not output.is_dir():
        raise StorageError("a folder in gives a folder out", expected="a folder", where=str(output))
    try:
        entries = sorted(source.iterdir())
    except OSError as error:
        raise StorageError(f"cannot be read: {error.strerror}", where=str(source)) from None
    images = [e for e in entries if e.suffix.lower() in ENDINGS and not e.name.startswith(".")]
    if not images:
        raise InputError(
            "the folder holds no images",
            expected=f"files as *{', *'.join(ENDINGS)}",
            where=str(source),
        )
    taken: dict[Path, Path] = {}
    for image in images:
        keeps = image.suffix.lower() in WRITES
        target = output / (image.name if keeps else f"{image.stem}.png")
        if target in taken:
            raise InputError(
                f"{taken[target].name} and {image.name} would both become {target.name}",
                fix="rename one of them",
                where=str(source),
            )
        taken[target] = image
    there = [target for target in taken if target.exists()]
    if there and not force:
        raise StorageError(
            f"{there[0].name} already exists" + f" (and {len(there) - 1} more)" * (len(there) > 1),
            fix="another folder, or --force",
            where=str(output),
        )
    return [(image, target) for target, image in taken.items()]


def _with_progress(pairs: list[tuple[Path, Path]]) -> Iterator[tuple[Path, Path]]:
    """A bar on a terminal, nothing elsewhere."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    if not console.is_terminal:
        yield from pairs
        return
    yield from track(pairs, description="filtering", console=console)
