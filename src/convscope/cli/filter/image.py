"""One image of `convscope filter`: read, filtered, written, and described."""

import dataclasses
import io
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from convscope.filters import Filter
    from convscope.filters.engine import Image
    from convscope.render.image_sheet import LabelledImage


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


def filter_image(source: Path, output: Path, job: Job) -> dict[str, Any]:
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
    import numpy as np
    from PIL import Image as PillowImage

    from convscope.render import image_sheet
    from convscope.render.png import png

    picture = png(image_sheet.drawing(items))
    return np.asarray(PillowImage.open(io.BytesIO(picture)).convert("RGB"))


def _settings(chosen: "Filter") -> dict[str, Any]:
    """Return the settings of a filter as JSON data."""
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


def sentence(facts: dict[str, Any]) -> str:
    """Return what was done as text."""
    names = ", ".join(fact["name"] for fact in facts["filters"])
    lines = [f"{facts['output']}: {names} of {facts['width']} x {facts['height']}, {facts['type']}"]
    if "noise" in facts:
        lines.append(f"  {facts['noise']['kind']:<16} {_quality_text(facts['noise'])}")
        lines += [
            f"  {fact['name']:<16} {_quality_text(fact) or 'edge filter: not compared'}"
            for fact in facts["filters"]
        ]
    return "\n".join(lines)
