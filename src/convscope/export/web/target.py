"""The export target `web`: the page, the model as ONNX, and samples in one folder; verified."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from convscope.errors import InputError
from convscope.export.onnx.file import OnnxFile, write_onnx
from convscope.export.onnx.target import require_agreement
from convscope.export.target import Exported, Options, Written
from convscope.export.web.folder import MANIFEST, check_replaceable, new_folder
from convscope.export.web.manifest import Further, OnnxPart, Sample, TrainingFile, manifest
from convscope.export.web.packed_images import ENDING, SHARES, data_for, packed_images
from convscope.export.web.page import page_files, page_folder, single_page
from convscope.export.web.sampling import sample_files
from convscope.export.web.single_file import html_parts
from convscope.io.storage import staging
from convscope.io.storage import write as write_file
from convscope.network.model_file import Card, ModelFile
from convscope.text import byte_size, listed

ONNX = "model.onnx"
SAMPLES, TRAINING = "samples", "training"
HOSTED_BYTES = 25 << 20  # of a file; some hosts of static files refuse more


def check(path: Path, options: Options) -> None:
    """Check before any work that there is a page, and that the output may be written.

    Raises:
        InputError: this installation has no page, or the folder is named as an HTML file.
        StorageError: the folder holds other files than an export.
    """
    if options.single_file:
        single_page()
        return
    page_folder()
    if path.suffix.lower() in (".html", ".htm"):
        raise InputError(
            "the name of an HTML file, and --to web writes a folder",
            expected="a folder, or --single-file",
            fix=f"--single-file -o {path.with_suffix('.html')}",
            where=str(path),
        )
    check_replaceable(path)


def write(exported: Exported, path: Path, options: Options) -> Written:
    """Write the folder or the file; none is left unless the golden pair of its model agrees.

    Raises:
        InputError: this installation has no page, there is nothing to train on, or the model
            takes more than 2 GiB.
        Unsupported: a layer or a composition without ONNX nodes.
        FormatError: the outputs of the ONNX file differ from PyTorch's.
        StorageError: the output cannot be written; what was there is unchanged.
    """
    check(path, options)
    model = exported.model
    assert model is not None
    data = _data(model.card, training=options.training)
    if options.single_file:
        with staging(path) as folder:
            _write_model(model, folder, path, data)
            files = {file.relative_to(folder).as_posix(): file for file in _files(folder)}
            page = single_page().read_text(encoding="utf-8")
            receipt = write_file(path, html_parts(page, files))
        notes = _size_notes(path.name, receipt.size_bytes)
        return Written((path,), receipt.size_bytes, receipt.sha256, notes)
    with new_folder(path) as folder:
        for file in page_files():
            _copy(page_folder() / file, folder / file)
        onnx = _write_model(model, folder / MANIFEST.parent, path, data)
        size = sum(file.stat().st_size for file in _files(folder))
    return Written((path,), size, notes=_size_notes(ONNX, onnx.receipt.size_bytes))


def write_folder(model: ModelFile, path: Path, *, training: bool | None = None) -> int:
    """Write the folder `model/` of an export alone, for a page that is served elsewhere.

    Returns:
        Its size in bytes.

    Raises:
        Unsupported, FormatError, StorageError: as `write`.
    """
    with staging(path) as folder:
        _write_model(model, folder / MANIFEST.parent, path, _data(model.card, training=training))
        size = sum(file.stat().st_size for file in _files(folder))
        (folder / MANIFEST.parent).replace(path)
    return size


def _data(card: Card, *, training: bool | None) -> str | None:
    """Return the data set whose images lie beside the page; None for none."""
    if training is False:
        return None
    name = data_for(card)
    if name == "mnist" or (name is not None and training):
        return name
    if training:
        raise InputError(
            f"there are no images to train {card.architecture.name} on in the tab",
            expected=f"a model that was trained on {listed(list(SHARES), len(SHARES))}, "
            "or a network for digits",
            fix="leave out --training: the page takes a folder of images too",
        )
    return None


def _write_model(model: ModelFile, place: Path, path: Path, data: str | None) -> OnnxFile:
    """Write what lies in `model/`.

    Args:
        place: the folder; it is created.
        path: the output, for errors.
        data: data set to train on; None for none.
    """
    place.mkdir(exist_ok=True)
    onnx = write_onnx(
        place / ONNX,
        model.card,
        model.network(),
        model.prepare(),
        layers=("all",),
        prepared=True,
        check=lambda temporary: require_agreement(temporary, path),
    )
    further = Further(_samples(model.card, place), _training(data, place))
    text = manifest(model.card, _part(onnx), onnx.golden, onnx.stored, further).to_json()
    (place / MANIFEST.name).write_text(text, encoding="utf-8")
    return onnx


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


def _training(data: str | None, place: Path) -> tuple[TrainingFile, ...]:
    if data is None:
        return ()
    from convscope.data import find

    file = Path(TRAINING, data + ENDING)
    (place / TRAINING).mkdir()
    (place / file).write_bytes(packed_images(find(data), SHARES[data]))
    return (TrainingFile(name=data, file=file.as_posix()),)


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder, in the order of their names."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _size_notes(name: str, size: int) -> tuple[str, ...]:
    if size <= HOSTED_BYTES:
        return ()
    return (f"{name}: {byte_size(size)}; some hosts of static files refuse more than 25 MB",)
