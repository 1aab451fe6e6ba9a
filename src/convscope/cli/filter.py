"""`convscope filter`: classic filters on an image or a folder of images."""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from convscope.cli.grammar import complete
from convscope.cli.grammar.options import Background, Force, Json, Kernel, Seed, output_option
from convscope.cli.terminal.output import echo, echo_json, say
from convscope.errors import ConvscopeError, InputError, StorageError, unknown_name

if TYPE_CHECKING:
    from convscope.filters import Filter
    from convscope.filters.engine import Image
    from convscope.render.image_sheet import LabelledImage

NOISES = ("salt_and_pepper", "gaussian")


class Job(NamedTuple):
    """Settings that apply to every image."""

    filters: dict[str, "Filter"]
    border: str
    value: float | None
    noise: str | None
    amount: float
    seed: int
    view: str | None
    compare: bool
    force: bool
    max_pixels: int | None
    background: str | None


def filter_command(
    source: Annotated[
        Path, typer.Argument(metavar="IMAGE", help="An image or a folder of images.")
    ],
    filter_name: Annotated[
        str | None,
        typer.Argument(
            metavar="FILTER",
            autocompletion=complete.filters,
            help="Name from `convscope list filters`; several with --compare: a,b.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        output_option("Output file, or folder for a folder."),
    ] = None,
    kernel: Kernel = None,
    operation: Annotated[
        str, typer.Option(help="For --kernel: correlation or convolution (rotated kernel).")
    ] = "correlation",
    size: Annotated[int | None, typer.Option(help="Side of the window in pixels, odd.")] = None,
    sigma: Annotated[float | None, typer.Option(help="Width of the Gaussian in pixels.")] = None,
    sigma_value: Annotated[
        float | None, typer.Option(help="bilateral: width in value, as a share of black to white.")
    ] = None,
    border: Annotated[
        str,
        typer.Option(help="reflect, symmetric, edge, wrap, constant, or OpenCV's BORDER_ names."),
    ] = "reflect",
    value: Annotated[
        float | None, typer.Option(help="Fill value of --border constant (default: 0).")
    ] = None,
    noise: Annotated[
        str | None, typer.Option(help="Noise to add first: salt_and_pepper or gaussian.")
    ] = None,
    amount: Annotated[
        float | None,
        typer.Option(
            help="Amount of noise (default: 0.05): share of the pixels, or sigma as a share of "
            "black to white."
        ),
    ] = None,
    seed: Seed = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="Write a labelled sheet of images before and after.")
    ] = False,
    view: Annotated[
        str | None,
        typer.Option(help="same, absolute, scaled or angle (default: depends on the filter)."),
    ] = None,
    background: Background = None,
    max_pixels: Annotated[
        int | None,
        typer.Option(help="Upper limit of pixels per image (default: 384 MB of memory).", min=1),
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Filter a photo: median, gaussian, sobel, ... or any kernel.

    convscope filter photo.jpg median --size 5 -o out.png

    convscope filter photo.jpg median,mean --noise salt_and_pepper --compare -o sheet.png
    """
    if output is None:
        raise InputError("no output file", expected="--output FILE", fix="-o out.png")
    numbers = {"size": size, "sigma": sigma, "sigma_value": sigma_value}
    settings = {name: number for name, number in numbers.items() if number is not None}
    from convscope.io.conversion import parse_background

    filters = _filters(filter_name, kernel, operation, settings, compare)
    job = Job(
        filters,
        border,
        value,
        *_noise(noise, amount, seed),
        view,
        compare,
        force,
        max_pixels,
        None if background is None else parse_background(background),
    )
    if source.is_dir():
        _folder(source, output, job, as_json)
        return
    from convscope.io.image_writing import WRITE_FORMATS
    from convscope.io.storage import check_output

    check_output(output, endings=WRITE_FORMATS, overwrite=force)
    facts = _one(source, output, job)
    if as_json:
        echo_json(json.dumps(facts, indent=2))
    else:
        echo(_sentence(facts))


def _noise(
    kind: str | None, amount: float | None, seed: int | None
) -> tuple[str | None, float, int]:
    """Return the checked kind, amount and seed of the noise."""
    for name, setting in (("--amount", amount), ("--seed", seed)):
        if kind is None and setting is not None:
            raise InputError(f"{name} without --noise", fix=f"add --noise, or leave out {name}")
    if kind is not None and kind not in NOISES:
        raise unknown_name("noise", kind, NOISES)
    if amount is not None and not 0 <= amount < math.inf:
        raise InputError(f"--amount {amount:g}", expected="a number of at least 0")
    return kind, 0.05 if amount is None else amount, seed or 0


def _filters(
    names: str | None, kernel: str | None, operation: str, settings: dict[str, Any], compare: bool
) -> dict[str, "Filter"]:
    """Return the filters by the names that a sheet shows."""
    from convscope import filters

    if (names is None) == (kernel is None):
        raise InputError(
            "no filter" if names is None else "both a filter and a kernel",
            expected="a name from `convscope list filters`, or --kernel",
        )
    if kernel is not None:
        if settings:
            option = f"--{next(iter(settings)).replace('_', '-')}"
            raise InputError(f"{option} with --kernel", fix=f"leave out {option}")
        matrix = filters.parse_kernel(kernel)
        return {operation: filters.linear(matrix, operation=operation)}  # type: ignore[arg-type]
    if operation != "correlation":
        raise InputError(
            "--operation with a named filter",
            expected="--operation with --kernel",
            fix="leave out --operation, or type the kernel",
        )
    chosen = [name.strip() for name in (names or "").split(",")]
    if len(chosen) > 1 and not compare:
        raise InputError(f"{len(chosen)} filters without --compare", fix="add --compare")
    own = {name: _own(name, settings) if len(chosen) > 1 else settings for name in chosen}
    return {name: filters.named(name, own[name]) for name in chosen}


def _own(name: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the settings that a filter has."""
    from convscope.filters import SETTINGS

    return {key: value for key, value in settings.items() if key in SETTINGS.get(name, ())}


def _one(source: Path, output: Path, job: Job) -> dict[str, Any]:
    """Read, filter and write one image; return what was done."""
    from convscope import filters
    from convscope.io.conversion import Conversion, flattened
    from convscope.io.image_writing import write_image
    from convscope.io.images import read_image
    from convscope.render.image_sheet import LabelledImage

    original = read_image(source, max_pixels=job.max_pixels)
    if job.background is not None:
        original = flattened(original, Conversion(background=job.background))
    before = _noisy(original, job)
    items = [LabelledImage(original, source.name)] if job.compare else []
    facts: dict[str, Any] = {"input": str(source), "output": str(output)}
    facts["height"], facts["width"], facts["channels"] = original.shape
    facts["type"] = str(original.dtype)
    if job.noise is not None:
        facts["noise"] = {"kind": job.noise, "amount": job.amount, "seed": job.seed}
        facts["noise"] |= _quality(before, original)
        if job.compare:
            title = f"{job.noise} {job.amount:g}"
            items.append(
                LabelledImage(filters.eight_bits(before), title, _quality_text(facts["noise"]))
            )
    facts["filters"] = []
    for name, chosen in job.filters.items():
        shown, fact, item = _filtered(name, chosen, before, original, job)
        facts["filters"].append(fact)
        items += [item] if job.compare else []
    write_image(output, _sheet(items) if job.compare else shown, overwrite=job.force)
    return facts


def _filtered(
    name: str, chosen: "Filter", before: "Image", original: "Image", job: Job
) -> tuple["Image", dict[str, Any], "LabelledImage"]:
    """Return the displayed result, its record, and its entry on a sheet."""
    from convscope import filters
    from convscope.render.image_sheet import LabelledImage

    result = filters.apply(before, chosen, border=job.border, value=job.value)
    view: Any = chosen.view() if job.view is None else job.view
    shown = filters.picture(result, view, original=before)
    fact: dict[str, Any] = {"name": name, **_settings(chosen), "view": view}
    if job.noise is not None and result.dtype == original.dtype:
        fact |= _quality(result, original)
    note = _quality_text(fact) if job.noise is not None else _words(name, chosen)
    return shown, fact, LabelledImage(filters.eight_bits(shown), name, note)


def _words(name: str, chosen: "Filter") -> str:
    """Return the line below a filter's name on a sheet."""
    from convscope.filters import SETTINGS, SUMMARIES, Linear

    if isinstance(chosen, Linear) and name not in SUMMARIES:
        return "; ".join(" ".join(f"{weight:g}" for weight in row) for row in chosen.matrix)
    settings = _settings(chosen)
    own = ", ".join(f"{k} {settings[k]}" for k in SETTINGS.get(name, ()) if k in settings)
    return own or SUMMARIES[name]


def _sheet(items: "list[LabelledImage]") -> "Image":
    """Return a sheet as pixels, for any image format."""
    import io

    import numpy as np
    from PIL import Image as PillowImage

    from convscope.render import image_sheet
    from convscope.render.png import png

    picture = png(image_sheet.drawing(items))
    return np.asarray(PillowImage.open(io.BytesIO(picture)).convert("RGB"))


def _settings(chosen: "Filter") -> dict[str, Any]:
    """Return the settings of a filter as JSON data."""
    import dataclasses

    fields = dataclasses.asdict(chosen)  # type: ignore[call-overload]
    return {
        key: [list(row) for row in value] if key == "matrix" else value
        for key, value in fields.items()
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
    """Return PSNR (None for equal images) and SSIM (None for images below 11 x 11)."""
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
            f"  {fact['name']:<16} {_quality_text(fact) or 'edge filter: not compared'}"
            for fact in facts["filters"]
        ]
    return "\n".join(lines)


def _folder(source: Path, output: Path, job: Job, as_json: bool) -> None:
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
            done.append(_one(image, target, job))
        except ConvscopeError as error:
            failed += 1
            say(f"convscope: {error}")
    if as_json:
        echo_json(json.dumps(done, indent=2))
    else:
        echo(f"{output}: {len(done)} images" + (f", {failed} failed" if failed else ""))
    if failed:
        raise typer.Exit(1)


def _pairs(source: Path, output: Path, *, force: bool) -> list[tuple[Path, Path]]:
    """Return (image, output file) pairs, checked before any work."""
    from convscope.data.folder.left_out import images_in
    from convscope.data.folder.outputs import check_outside_data
    from convscope.io.image_writing import WRITE_FORMATS

    check_outside_data(output, source)
    if output.exists() and not output.is_dir():
        raise StorageError(
            "an output file for a folder", expected="an output folder", where=str(output)
        )
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
        raise StorageError(
            f"{there[0].name} already exists" + f" (and {len(there) - 1} more)" * (len(there) > 1),
            fix="another folder, or --force",
            where=str(output),
        )
    return [(image, target) for target, image in taken.items()]
