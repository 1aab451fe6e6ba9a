"""What is missing or damaged is a sentence in both languages, and nothing hangs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from e2e.conftest import Export
from e2e.harness import call, encoded, raw
from e2e.models import random_pixels
from e2e.site import Fault, Site
from e2e.visit import Visit

Exported = Callable[[str], Export]
Serve = Callable[..., Site]
Open = Callable[..., Visit]


def flipped(content: bytes) -> bytes:
    place = len(content) // 2
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


FAULTS: tuple[tuple[str, Fault, str], ...] = (
    ("model.onnx", lambda _: 404, "run.noFile"),
    ("model.onnx", lambda content: content[:-1], "run.truncated"),
    ("model.onnx", lambda content: content[: len(content) // 2], "run.truncated"),
    ("model.onnx", lambda _: b"", "run.truncated"),
    ("model.onnx", flipped, "run.otherModel"),
    ("model.onnx", lambda content: content + b"\0", "run.otherModel"),
    (".gz", lambda _: 404, "run.noFile"),
    (".gz", lambda content: content[: len(content) // 2], "run.truncated"),
    (".gz", lambda _: b"<!doctype html>", "run.noRuntime"),
    (".gz", lambda _: b"\0asm\1\0\0\0", "run.noRuntime"),
)


@pytest.mark.parametrize(("file", "fault", "key"), FAULTS)
def test_damaged_and_missing_files(
    file: str, fault: Fault, key: str, exported: Exported, harness_folder: Path,
    serve: Serve, open_page: Open,
) -> None:  # fmt: skip
    site = serve(harness_folder, model=exported("lenet5_1998").folder / "model")
    site.faults[file] = fault
    visit = open_page(site.url)
    result = call(visit, "start")
    assert result.get("failure") == key, result
    assert "{" not in result["sentence"]
    visit.expect("404")


SMALLER = {
    "run.noWebAssembly": "delete globalThis.WebAssembly;",
    "run.noSimd": """
        const validate = WebAssembly.validate;
        WebAssembly.validate = (bytes) => bytes.length > 40 ? validate(bytes) : false;
    """,
    "run.oldBrowser": "delete globalThis.DecompressionStream;",
}


@pytest.mark.parametrize("key", SMALLER)
def test_browsers_without_what_is_needed(
    key: str, exported: Exported, harness_folder: Path, serve: Serve, open_page: Open
) -> None:
    site = serve(harness_folder, model=exported("lenet5_1998").folder / "model")
    visit = open_page(site.url, script=SMALLER[key])
    assert call(visit, "start").get("failure") == key


def uniform(pair: dict[str, Any]) -> None:
    """Put other probabilities in place of PyTorch's."""
    count = pair["output"]["shape"][1]
    pair["output"]["base64"] = encoded(np.full(count, 1 / count, np.float32))


GOLDEN: tuple[tuple[Callable[[dict[str, Any]], Any], str], ...] = (
    (uniform, "run.golden"),
    (lambda pair: pair["output"].update(base64="AAAA"), "run.noGolden"),
    (lambda pair: pair["input"].update(dtype="float32"), "run.noGolden"),
    (lambda pair: pair.update(tolerance=2), "run.noGolden"),
    (lambda pair: pair.pop("output"), "run.noGolden"),
)


@pytest.mark.parametrize(("change", "key"), GOLDEN)
def test_an_engine_that_does_not_give_the_golden_answer_is_not_used(
    change: Callable[[dict[str, Any]], Any], key: str, exported: Exported,
    harness_folder: Path, serve: Serve, open_page: Open,
) -> None:  # fmt: skip
    site = serve(harness_folder, model=exported("lenet5_1998").folder / "model")

    def other(content: bytes) -> bytes:
        manifest = json.loads(content)
        change(manifest["golden"])
        return json.dumps(manifest).encode()

    site.faults["model.json"] = other
    assert call(open_page(site.url), "start").get("failure") == key


def test_an_image_that_does_not_fit_the_network_is_an_error_and_the_next_one_runs(
    exported: Exported, harness_folder: Path, serve: Serve, open_page: Open
) -> None:
    model, folder = exported("lenet5_1998")
    visit = open_page(serve(harness_folder, model=folder / "model").url)
    call(visit, "start")
    pixels_HWC = random_pixels(model)
    colour = raw(pixels_HWC.repeat(3, axis=2))
    assert call(visit, "run", colour)["failure"] == "run.refused"
    assert "probabilities" in call(visit, "run", raw(pixels_HWC))
    visit.expect("onnxruntime")
