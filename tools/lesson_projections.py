"""What units of SqueezeNet 1.1 respond to in the sample photos, for `tools/lesson_data.py`.

For each of some units: the nine photos with its strongest activations (one patch of a photo), each
cut to the unit's receptive field, and the deconvnet projection of the activation to the same
pixels (Zeiler and Fergus 2014, figure 2), smoothed a little. Photos are seen through nine crops
each: centre and corners with the shorter side at 256, and centre and three corners at 384.

A sheet is one WebP file: a row for each unit, nine patches, then nine projections.
"""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image
from scipy.ndimage import gaussian_filter

from convscope.arch.receptive_field import Axis, Field
from convscope.network.hooks import frozen, run_outputs
from convscope.samples import photos
from convscope.visuals.attribution.layouts import find_tap
from convscope.visuals.methods.units import deconvnet
from convscope.visuals.methods.units.receptive_field import field_of
from convscope.visuals.methods.units.top_patches import OUTSIDE, crop_to_field

SIDE, TOP, TILE = 227, 9, 72
SCALES = (256, 384)
QUALITY = 82
SMOOTHING = 1.0  # standard deviation, in pixels
UNITS: dict[str, tuple[int, ...]] = {
    "fire2.expand": (21, 101, 93, 55, 53, 25, 7, 37),
    "fire3.expand": (123, 114, 96, 91, 108, 97, 10, 16),
    "fire4.expand": (145, 214, 188, 213, 205, 111, 11, 87),
    "fire5.expand": (234, 171, 163, 142, 181, 55, 189, 204),
    "fire7.expand": (246, 199, 352, 376, 201, 90, 342, 319),
    "fire9.expand": (341, 293, 473, 380, 111, 484, 20, 300),
}
"""Units that are shown, chosen by eye among the 16 most selective ones of each layer; a figure
calls `fire2.expand` `fire2`."""

LAYERS = tuple(UNITS)
NUM_UNITS = 8


class Best(NamedTuple):
    """The strongest activation of a unit in one photo."""

    value: float
    crop: int
    row: int
    column: int


def write(network: Any, prepare: Any, folder: Path, num_units: int = NUM_UNITS) -> None:
    """Write a sheet for each layer, and `units.json`.

    Args:
        prepare: preprocessing of the network, from pixels of 0 to 255; blue comes first.
    """
    folder.mkdir(parents=True, exist_ok=True)
    crops = list(_all_crops())
    best = _best(network, prepare, crops)
    described = []
    for layer in LAYERS:
        values_PK = np.array([[each.value for each in units] for units in best[layer]])
        rows, facts = [], []
        for unit in UNITS.get(layer) or _selective(values_PK, num_units):
            order = np.argsort(-values_PK[:, unit], kind="stable")[:TOP]
            chosen = [(crops[photo], best[layer][photo][unit]) for photo in order]
            rows.append(np.concatenate(_row(network, prepare, (layer, unit), chosen), axis=1))
            values = [round(float(values_PK[photo, unit]), 1) for photo in order]
            facts.append({"unit": int(unit), "values": values})
        name = layer.partition(".")[0]
        sheet = Image.fromarray(np.concatenate(rows))
        sheet.save(folder / f"{name}.webp", quality=QUALITY, method=6)
        size = min(SIDE, _field(network, layer).rows.size)
        channels = values_PK.shape[1]
        described.append({"layer": name, "channels": channels, "field": size, "units": facts})
    text = json.dumps({"tile": TILE, "photos": len(crops), "layers": described})
    (folder / "units.json").write_text(text, encoding="utf-8")


def _all_crops() -> Iterator[torch.Tensor]:
    """Yield the crops of each photo, (N, 3, H, W) from 0 to 255."""
    for data in [*photos.photo_bytes().values(), photos.PHOTO.read_bytes()]:
        image = Image.open(io.BytesIO(data)).convert("RGB")
        parts = []
        for scale in SCALES:
            factor = scale / min(image.size)
            size = round(image.width * factor), round(image.height * factor)
            scaled = image.resize(size, Image.Resampling.BICUBIC)
            right, bottom = size[0] - SIDE, size[1] - SIDE
            places = [(right // 2, bottom // 2), (0, 0), (right, 0), (0, bottom), (right, bottom)]
            for left, top in places[: 5 if scale == SCALES[0] else 4]:
                crop = scaled.crop((left, top, left + SIDE, top + SIDE))
                parts.append(torch.from_numpy(np.array(crop)).permute(2, 0, 1))
        yield torch.stack(parts)


def _best(network: Any, prepare: Any, crops: list[torch.Tensor]) -> dict[str, list[list[Best]]]:
    """Return the strongest activation of every unit in each photo, by layer.

    Only places whose receptive field lies inside the crop count, where a layer has such.
    """
    taps = {layer: find_tap(network, prepare(crops[0][:1]), layer) for layer in LAYERS}
    result: dict[str, list[list[Best]]] = {layer: [] for layer in LAYERS}
    for raw_NCHW in crops:
        paths = [tap.path for tap in taps.values()]
        with frozen(network), torch.no_grad(), run_outputs(network, paths) as outputs:
            network(prepare(raw_NCHW))
        for layer, tap in taps.items():
            maps_NKHW = tap.output(network, outputs).detach()
            height, width = maps_NKHW.shape[2:]
            inside = _inside(_field(network, layer).rows, height)
            allowed = torch.full_like(maps_NKHW, -torch.inf)
            allowed[:, :, inside, inside] = maps_NKHW[:, :, inside, inside]
            values_K, places_K = allowed.permute(1, 0, 2, 3).flatten(1).max(dim=1)
            plane = height * width
            result[layer].append(
                [
                    Best(float(value), place // plane, place % plane // width, place % width)
                    for value, place in zip(values_K, places_K.tolist(), strict=True)
                ]
            )
    return result


def _inside(axis: Axis, count: int) -> slice:
    """Return the units along one side whose fields lie inside the crop; all if there are none."""
    spans = [axis.span(unit) for unit in range(count)]
    inside = [unit for unit, (first, end) in enumerate(spans) if first >= 0 and end <= SIDE]
    return slice(inside[0], inside[-1] + 1) if inside else slice(0, count)


def _field(network: Any, layer: str) -> Field:
    field = field_of(network, layer)
    assert field is not None, f"{layer} has maps"
    return field


def _selective(values_PK: np.ndarray, num: int) -> tuple[int, ...]:
    """Return the units whose nine strongest photos exceed their mean most."""
    top_K = np.sort(values_PK, axis=0)[-TOP:].mean(0)
    ratio_K = top_K / (values_PK.mean(0) + 0.05 * top_K.max())
    return tuple(int(unit) for unit in np.argsort(-ratio_K, kind="stable")[:num])


def _row(
    network: Any, prepare: Any, where: tuple[str, int], chosen: list[tuple[torch.Tensor, Best]]
) -> list[np.ndarray]:
    """Return the patches of a unit and then their projections, as tiles."""
    layer, unit = where
    field = _field(network, layer)
    raw_NCHW = torch.cat([crops[best.crop : best.crop + 1] for crops, best in chosen])
    places = [(best.row, best.column) for _, best in chosen]
    projections = deconvnet.projections(
        network, prepare(raw_NCHW), layer=layer, units=[unit] * len(chosen), positions=places
    )
    patches, drawn = [], []
    for raw_CHW, place, projection in zip(raw_NCHW, places, projections, strict=True):
        pixels = crop_to_field(raw_CHW.permute(1, 2, 0).numpy(), field, place, fill=OUTSIDE)
        patches.append(_tile(pixels.astype(np.uint8)))
        # the network reads blue first
        signal = projection.signal_CHW.permute(1, 2, 0).numpy()[..., ::-1]
        drawn.append(_tile(_drawn(crop_to_field(signal, field, place, fill=0))))
    return [*patches, *drawn]


def _drawn(signal: np.ndarray) -> np.ndarray:
    """Return a projection as pixels, mid-grey for 0.

    Max pooling leaves most pixels without a signal, so it is smoothed by a Gaussian; the largest
    0.5 % are white or black, since a few pixels would leave the rest grey.
    """
    smooth = gaussian_filter(signal, (SMOOTHING, SMOOTHING, 0))
    peak = float(np.quantile(np.abs(smooth), 0.995)) or 1.0
    return np.clip(127.5 + 127.5 * smooth / peak, 0, 255).astype(np.uint8)


def _tile(pixels: np.ndarray) -> np.ndarray:
    way = Image.Resampling.BICUBIC if pixels.shape[0] < TILE else Image.Resampling.LANCZOS
    return np.array(Image.fromarray(pixels).resize((TILE, TILE), way))
