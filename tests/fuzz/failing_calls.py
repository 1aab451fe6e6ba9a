"""Runs a command again and again; each time another one of its system calls fails.

    python -m tests.fuzz.failing_calls COMMAND BEGIN END FOLDER

Only calls about files of the command's own working folder fail. The command must end with a
sentence and an exit code. A run that was there before is never lost: once the calls work again
it is resumed to the same weights.
"""

import builtins
import contextlib
import errno
import fcntl
import io
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

CALLS = (
    *((os, name) for name in ("open", "read", "write", "pread", "fsync", "replace", "rename")),
    *((os, name) for name in ("unlink", "stat", "lstat", "scandir", "listdir", "mkdir", "rmdir")),
    *((os, name) for name in ("statvfs", "ftruncate", "lseek", "symlink", "utime")),
    (io, "open"),
    (builtins, "open"),
    (fcntl, "flock"),
)
REASONS = (errno.EIO, errno.ENOSPC, errno.EACCES, errno.EMFILE, errno.ENOENT, errno.ESTALE)
HARMLESS = {0, 1, 2, 75}
UNEXPECTED = "unexpected error"  # what the last net of the command line says

COMMANDS: dict[str, tuple[str, ...]] = {
    "show": ("show", "arch.json"),
    "predict": ("predict", "run", "digits", "--format", "csv"),
    "evaluate": ("evaluate", "run", "digits", "--output", "new.html"),
    "look": ("look", "saliency", "run", "digits/one/1.png", "-o", "new.png"),
    "train": ("train", "arch.json", "digits", "--output", "new", "--recipe", "recipe.json"),
    "resume": ("train", "--resume", "run", "--epochs", "2"),
    "fine-tune": ("train", "run/model.safetensors", "digits", "--output", "new", "--epochs", "1"),
    "check": ("data", "check", "digits", "--output", "new.png", "--workers", "1"),
    "pack": ("data", "pack", "digits", "-o", "new"),
    "data show": ("data", "show", "digits", "-o", "new.png"),
    "filter": ("filter", "digits/one/1.png", "median", "-o", "new.png"),
    "export": ("export", "run", "--to", "pytorch", "-o", "new.py"),
    "lr-range": ("lr-range", "arch.json", "digits", "-o", "new.png", "--steps", "20"),
}


class Failing:
    """Makes the call with number `at` fail; counts the calls about files below `root`."""

    def __init__(self, root: Path, at: int, reason: int) -> None:
        self.root, self.at, self.reason = str(root), at, reason
        self.count, self.failed = 0, ""

    def concerns(self, first: Any) -> bool:
        if isinstance(first, int) and not isinstance(first, bool):
            try:
                first = _readlink(f"/proc/self/fd/{first}")
            except OSError:
                return False
        try:
            path = os.path.abspath(os.fsdecode(first))
        except (TypeError, ValueError):
            return False
        return path == self.root or path.startswith(self.root + "/")

    def wrapped(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **named: Any) -> Any:
            if args and self.concerns(args[0]):
                self.count += 1
                if self.count == self.at + 1:
                    self.failed = f"{name} of {str(args[0])[-40:]}"
                    raise OSError(self.reason, os.strerror(self.reason), args[0])
            return call(*args, **named)

        return run

    @contextlib.contextmanager
    def active(self) -> Iterator[None]:
        before = [(module, name, getattr(module, name)) for module, name in CALLS]
        for module, name, call in before:
            setattr(module, name, self.wrapped(name, call))
        try:
            yield
        finally:
            for module, name, call in before:
                setattr(module, name, call)


_readlink = os.readlink


def run(command: tuple[str, ...], failing: Failing) -> tuple[int, str]:
    """Run a command in the working folder; return its exit code and what it printed."""
    from convscope.cli import main

    out = io.TextIOWrapper(io.BytesIO(), "utf-8")
    err = io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace")  # as Python's own
    sys.argv = ["convscope", *command]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), failing.active():
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
    out.flush()
    err.flush()
    both = out.buffer.getvalue() + err.buffer.getvalue()  # type: ignore[attr-defined]
    return code, both.decode()


def weights(folder: Path) -> str:
    """Return a hash of a run's weights."""
    from convscope.network import read_model
    from convscope.network.safetensors_file import weights_sha256

    return weights_sha256(read_model(folder / "model.safetensors").weights)


def prepare(pristine: Path) -> None:
    """Write what the commands need: photos, an architecture, a recipe, a run of one epoch."""
    from convscope.training.start import start
    from convscope.zoo import load
    from tests.fuzz.readers import make_digits, tiny_recipe

    architecture = load("lenet5", num_classes=2)
    (pristine / "arch.json").write_text(architecture.to_json())
    (pristine / "recipe.json").write_text(tiny_recipe().to_json())
    for _ in start(architecture, make_digits(pristine), tiny_recipe(), pristine / "run"):
        pass


def attempt(command: str, number: int, pristine: Path, work: Path, expected: str) -> str:
    """Fail one call of a command; return "" or what is wrong."""
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(pristine, work)
    os.chdir(work)
    random = Random(f"{command} {number}")
    failing = Failing(work, number, random.choice(REASONS))
    about = ""
    try:
        code, printed = run(COMMANDS[command], failing)
    except BaseException as error:
        import traceback

        frames = traceback.extract_tb(error.__traceback__)[-5:]
        calls = " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames))
        return f"{type(error).__name__}: {str(error)[:150]} at {calls}; failed {failing.failed}"
    about = f"; failed {failing.failed} with {errno.errorcode[failing.reason]}; {printed[-400:]!r}"
    if code not in HARMLESS:
        return f"exit code {code}{about}"
    if code and not printed.strip():
        return f"exit code {code} without a word{about}"
    if "Traceback" in printed or UNEXPECTED in printed:
        return f"a traceback{about}"
    if leftover := [str(path) for path in work.rglob("*.tmp-*")] if not failing.failed else []:
        return f"left {leftover}"
    if command == "resume":
        return _resumed(work, expected, about)
    return ""


def _resumed(work: Path, expected: str, about: str) -> str:
    """Resume once more, undisturbed: the weights must be those of an undisturbed run."""
    code, printed = run(COMMANDS["resume"], Failing(work, -1, 0))
    if code:
        return f"cannot be resumed afterwards: {printed[-300:]!r}{about}"
    return "" if weights(work / "run") == expected else f"other weights{about}"


def main(command: str, begin: int, end: int, place: Path) -> None:
    """Fail the calls `begin` to `end` of a command, one in each attempt; stop after the last."""
    sandbox = place.resolve()
    os.environ["XDG_CACHE_HOME"] = str(sandbox / "cache")
    tempfile.tempdir = str(sandbox)
    pristine, work = sandbox / "pristine", sandbox / "work"
    pristine.mkdir()
    os.chdir(sandbox)
    prepare(pristine)
    # the run's record of its data names the folder that is copied for each attempt
    record = pristine / "run" / "data.json"
    record.write_text(record.read_text().replace(str(pristine), str(work)))
    shutil.copytree(pristine, work)
    os.chdir(work)
    whole = Failing(work, -1, 0)
    code, printed = run(COMMANDS[command], whole)
    if code:
        sys.exit(f"{command} fails undisturbed: {printed}")
    expected = weights(work / "run")
    chosen = Random(command).sample(range(whole.count), min(whole.count, end))
    for number in chosen[begin:]:
        finding = attempt(command, number, pristine, work, expected)
        sys.stdout.write(json.dumps([number, finding]) + "\n")
        sys.stdout.flush()
    sys.stdout.write(json.dumps(["calls", whole.count]) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
