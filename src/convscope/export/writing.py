"""Export to a target: check the request, then call the target's function."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from convscope.errors import InputError, unknown_name, unusable_output
from convscope.export import TARGETS
from convscope.export.target import Exported, Options, Target, Written
from convscope.extras import install_command, is_installed
from convscope.io.storage import check_output


def find_target(name: str) -> Target:
    """Return a target.

    Raises:
        InputError: no such target; the nearest ones are named.
    """
    if name not in TARGETS:
        raise unknown_name("export target", name, TARGETS)
    return TARGETS[name]


def check_request(
    to: str, path: Path | None, options: Options | None = None, *, overwrite: bool = False
) -> None:
    """Check target, output and options before any work.

    Args:
        path: None for standard output.
        overwrite: whether existing files may be replaced.

    Raises:
        InputError: no such target, an option of another target, a wrong ending, no path for a
            target that is not text, or a package that is not installed.
        StorageError: the output exists, or its folder does not.
    """
    target, options = find_target(to), options or Options()
    endings = target.endings_of(options)
    for name in options.used():
        if name not in target.options:
            raise _foreign_option(name, to, target)
    if target.extra and not is_installed(target.extra):
        raise InputError(
            f"the target {to} needs a package that is not installed",
            expected=f"an installation with the extra {target.extra}",
            fix=install_command(target.extra),
        )
    weights_to = options.weights_to
    if weights_to is not None:
        check_output(weights_to, endings=(".safetensors",), overwrite=overwrite)
    if path is None:
        if not target.text:
            example = f"FILE{endings[0]}" if endings else "FOLDER"
            raise InputError(
                f"the target {to} needs an output: it is not text",
                expected="--output",
                fix=f"-o {example}",
            )
        if weights_to is not None:
            raise InputError(
                "--weights-to without --output",
                expected="a file for the source beside the weights",
                fix=f"-o {weights_to.with_suffix(endings[0])}",
            )
        return
    if endings:
        _check_ending(path, to, endings)
        check_output(path, overwrite=overwrite)
    else:
        _check_folder(path, overwrite=overwrite)
    if target.check:
        _function(target.check)(path, options)


def _foreign_option(name: str, to: str, target: Target) -> InputError:
    owners = [other for other, line in TARGETS.items() if name in line.options]
    own = ", ".join(map(option_name, target.options))
    return InputError(
        f"{option_name(name)} is no option of the target {to}",
        expected=f"options of {to}: {own}" if own else f"{to} takes no options",
        fix=f"{option_name(name)} belongs to --to {' and --to '.join(owners)}",
    )


def option_name(field: str) -> str:
    """Return the option of the command line for a field of `Options`."""
    return "--" + field.replace("_", "-")


def _check_ending(path: Path, to: str, endings: tuple[str, ...]) -> None:
    if path.suffix.lower() in endings:
        return
    ending, first = path.suffix, endings[0]
    raise InputError(
        f"the name ends in {ending}" if ending else "the name has no ending",
        expected=f"a name that ends in {', '.join(endings)} for --to {to}",
        fix=f"-o {path.with_suffix(first) if path.name else f'model{first}'}",
        where=str(path),
    )


def _check_folder(path: Path, *, overwrite: bool) -> None:
    if not path.parent.is_dir():
        raise unusable_output(
            "the folder does not exist", path.parent, fix=f"mkdir -p {path.parent}"
        )
    if path.exists() and not path.is_dir():
        raise unusable_output("this is a file", path, expected="a folder to write")
    if path.is_dir() and any(path.iterdir()) and not overwrite:
        raise unusable_output(
            "the folder already exists",
            path,
            fix="--force (in Python overwrite=True), or another name",
        )


def write(
    exported: Exported,
    to: str,
    path: str | Path,
    options: Options | None = None,
    *,
    overwrite: bool = False,
) -> Written:
    """Write an architecture or a model in another format.

    Raises:
        InputError, StorageError: see `check_request`; a target that needs weights without them.
        Unsupported: a layer that the target cannot express.
    """
    check_request(to, Path(path), options, overwrite=overwrite)
    target = find_target(to)
    _check_weights(exported, to, target)
    written: Written = _function(target.write)(exported, Path(path), options or Options())
    return written


def text(exported: Exported, to: str, options: Options | None = None) -> str:
    """Return an architecture or a model in a target that is text.

    Raises:
        InputError, Unsupported: as `write`.
    """
    check_request(to, None, options)
    target = find_target(to)
    _check_weights(exported, to, target)
    source: str = _function(target.text)(exported, options or Options())
    return source


def _check_weights(exported: Exported, to: str, target: Target) -> None:
    if target.needs_weights and exported.model is None:
        raise InputError(
            f"the target {to} needs weights, and {exported.architecture.name} is an architecture",
            expected="a model: convscope.open(...), or its export method",
        )


def _function(name: str) -> Callable[..., Any]:
    module, _, function = name.partition(":")
    loaded: Callable[..., Any] = getattr(import_module(module), function)
    return loaded
