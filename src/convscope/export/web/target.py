"""The export target `web`: the page, the model as ONNX, and samples in one folder; verified."""

import shutil
from pathlib import Path

from convscope.export.onnx.file import OnnxFile, write_onnx
from convscope.export.onnx.target import verified
from convscope.export.target import Exported, Options, Written
from convscope.export.verify import Verification
from convscope.export.web.folder import MANIFEST, check_replaceable, new_folder
from convscope.export.web.manifest import Further, OnnxPart, Sample, manifest
from convscope.export.web.page import page_files, page_folder
from convscope.export.web.sampling import sample_files
from convscope.network.model_file import Card, ModelFile

ONNX = "model.onnx"
SAMPLES = "samples"
HOSTED_BYTES = 25 << 20  # of a file; some static hosts refuse more


def check(path: Path, _: Options) -> None:
    """Check before any work that there is a page, and that the folder may be written.

    Raises:
        InputError: this installation has no page.
        StorageError: the folder holds other files than an export.
    """
    page_folder()
    check_replaceable(path)


def write(exported: Exported, path: Path, options: Options) -> Written:
    """Write the folder; none is left unless the golden pair of its model agrees.

    Raises:
        InputError: this installation has no page, or the model takes more than 2 GiB.
        Unsupported: a layer or a composition without ONNX nodes.
        FormatError: the outputs of the ONNX file differ from PyTorch's.
        StorageError: the folder cannot be written; what was there is unchanged.
    """
    check(path, options)
    model = exported.model
    assert model is not None
    with new_folder(path) as folder:
        for file in page_files():
            _copy(page_folder() / file, folder / file)
        place = folder / MANIFEST.parent
        place.mkdir()
        verifications: list[Verification] = []
        onnx = _onnx(model, place / ONNX, path, verifications)
        further = Further(_samples(model.card, place))
        text = manifest(model.card, _part(onnx), onnx.golden, onnx.stored, further).to_json()
        (folder / MANIFEST).write_text(text, encoding="utf-8")
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return Written((path,), size, notes=tuple(_notes(onnx)))


def _onnx(model: ModelFile, file: Path, path: Path, into: list[Verification]) -> OnnxFile:
    return write_onnx(
        file,
        model.card,
        model.network(),
        model.prepare(),
        layers=("all",),
        prepared=True,
        check=lambda temporary: into.append(verified(temporary, path)),
    )


def _part(onnx: OnnxFile) -> OnnxPart:
    assert onnx.prepared is not None
    return OnnxPart(
        file=ONNX,
        bytes=onnx.receipt.size_bytes,
        sha256=onnx.receipt.sha256,
        image=onnx.input,
        prepared=onnx.prepared,
        probabilities=onnx.outputs[0],
    )


def _samples(card: Card, place: Path) -> tuple[Sample, ...]:
    (place / SAMPLES).mkdir()
    samples = []
    for name, label, content in sample_files(card):
        (place / SAMPLES / name).write_bytes(content)
        samples.append(Sample(file=f"{SAMPLES}/{name}", label=label))
    return tuple(samples)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _notes(onnx: OnnxFile) -> list[str]:
    if onnx.receipt.size_bytes <= HOSTED_BYTES:
        return []
    size = onnx.receipt.size_bytes / (1 << 20)
    return [f"the model takes {size:,.0f} MB: some hosts of static files refuse more than 25 MB"]
