"""The export target `onnx`: one file with preprocessing, labels and a golden pair, verified."""

from pathlib import Path

from convscope.errors import FormatError
from convscope.export.onnx.file import write_onnx
from convscope.export.target import Exported, Options, Written
from convscope.export.verify import Verification, verify_file


def write(exported: Exported, path: Path, options: Options) -> Written:
    """Write the ONNX file; no file is left unless its golden pair agrees.

    Raises:
        InputError: no such layer, or more than 2 GiB.
        Unsupported: a layer or a composition without ONNX nodes.
        FormatError: the outputs of the file differ from PyTorch's.
    """
    model = exported.model
    assert model is not None
    verifications = []
    layers = ("all",) if options.layers == "all" else options.layers
    file = write_onnx(
        path,
        model.card,
        model.network(),
        model.prepare(),
        bare=options.float,
        layers=layers,
        check=lambda temporary: verifications.append(verified(temporary, path)),
    )
    (verification,) = verifications
    return Written(
        (path,),
        file.receipt.size_bytes,
        file.receipt.sha256,
        (*file.notes, *verification.notes, _summary(file.input, file.outputs, verification)),
    )


def verified(temporary: Path, path: Path) -> Verification:
    """Return the verification of a file that agrees with its golden pair."""
    verification = verify_file(temporary, is_own=True)
    if not verification.agrees:
        raise FormatError(
            f"not written: {'; '.join(verification.problems)}",
            expected=f"outputs that agree with PyTorch to {verification.tolerance:g}",
            where=str(path),
        )
    return verification


def require_agreement(temporary: Path, path: Path) -> None:
    """Raise FormatError if a file differs from its golden pair; `path` is its later name."""
    verified(temporary, path)


def _summary(input: str, outputs: tuple[str, ...], verification: Verification) -> str:
    golden = verification.golden
    assert golden is not None
    ends = outputs[0] if len(outputs) == 1 else f"{outputs[0]} + {len(outputs) - 1:,}"
    return f"{input} -> {ends}; differs from PyTorch by {golden.relative:.1g} of the largest output"
