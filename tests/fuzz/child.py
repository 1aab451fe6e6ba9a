"""Feeds damaged inputs to one reader, under limits, and prints what happened as JSON lines.

    python -m tests.fuzz.child READER BEGIN END FOLDER

An input is harmless if the reader accepts it or raises one of convscope's errors, whose message
has no control characters. Anything else is a finding: another exception, too much CPU time or
memory, a program started, a connection made, a file written outside the folder of this process.
"""

import contextlib
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import unicodedata
from pathlib import Path
from random import Random
from typing import Any

CPU_S = 20  # of one input; CPU time, which a busy machine does not lengthen
HANG_S = 240  # wall time of one input: a guard against blocking calls
GROWTH_MB = 700  # of the peak memory during one input
ADDRESS_MB = 6_000  # of the process, so that the machine is safe

sandbox: Path
violations: list[str] = []


class TooSlow(BaseException):
    """Raised by a signal; no reader catches it."""


def _audit(event: str, args: tuple[Any, ...]) -> None:
    """Record what a reader of data must never do."""
    if event in ("os.system", "os.exec", "os.posix_spawn", "os.spawn", "pty.spawn"):
        violations.append(f"{event} {args[0]!r}")
    elif event == "subprocess.Popen":
        own = [arg for arg in args[1] if "convscope" in str(arg)]
        if not own or str(args[0]) != sys.executable:
            violations.append(f"started {args[1]!r}")
    elif event == "socket.connect":
        violations.append(f"connected to {args[1]!r}")
    elif event == "open" and isinstance(args[0], str | bytes | Path):
        path, mode, flags = args
        writes = any(c in (mode or "") for c in "wxa+") or (flags or 0) & (os.O_WRONLY | os.O_RDWR)
        place = os.path.abspath(os.fsdecode(path))
        if writes and not place.startswith((str(sandbox), "/dev/null", "/proc/", "/dev/shm/")):
            violations.append(f"wrote {place}")


def raise_too_slow(number: int, _: Any) -> None:
    raise TooSlow("CPU time" if number == signal.SIGPROF else "blocked")


def peak_mb(*, reset: bool = False) -> int:
    """Return the peak memory since it was last reset.

    `getrusage` would do elsewhere than on Linux; there, a process begins with the peak of the one
    that started it, and a large test process would hide everything.
    """
    try:
        if reset:
            Path("/proc/self/clear_refs").write_text("5")
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) // 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def control_characters(text: str) -> str:
    text = text.replace("\r\n", "\n")  # RFC 4180 ends the lines of CSV so
    bad = {c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cs")}
    return "".join(f"\\u{ord(c):04x} " for c in sorted(bad))


def _damaged(reader: Any, seeds: list[dict[str, bytes]], random: Random) -> dict[str, bytes]:
    """Return the files of one input: those of a seed, one or two of them damaged."""
    files = dict(random.choice(seeds))
    for name in random.sample(sorted(files), min(len(files), random.choice((1, 1, 1, 2)))):
        if len(files) > 1 and random.random() < 0.05:
            del files[name]
            continue
        ending = next(end for end in reader.damage if name.endswith(end))
        try:
            files[name] = random.choice(reader.damage[ending])(files[name], random)
        except Exception:  # a mutation that does not fit this file
            from tests.fuzz.mutations import bytes_of

            files[name] = bytes_of(files[name], random)
    if reader.forge and random.random() < 0.5:
        with contextlib.suppress(Exception):  # damaged beyond what a forger would do
            reader.forge(files)
    return files


def _try(read: Any, folder: Path) -> str:
    """Return "" for a harmless input, or what is wrong."""
    from convscope.errors import ConvscopeError

    before = peak_mb(reset=True)
    violations.clear()
    signal.setitimer(signal.ITIMER_PROF, CPU_S)
    signal.setitimer(signal.ITIMER_REAL, HANG_S)
    try:
        read(folder)
        finding = ""
    except ConvscopeError as error:
        bad = control_characters(str(error))
        finding = f"control characters {bad}in a message: {str(error)[:300]!r}" if bad else ""
    except TooSlow as error:
        finding = f"too slow: {error}"
    except BaseException as error:
        import traceback

        where = traceback.extract_tb(error.__traceback__)[-6:]
        calls = " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(where))
        finding = f"{type(error).__name__}: {str(error)[:200]} at {calls}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
    grown = peak_mb() - before
    if grown > GROWTH_MB:
        finding = finding or f"took {grown} MB"
    return finding or "; ".join(violations)


def main(name: str, begin: int, end: int, place: Path) -> None:
    """Try the inputs `begin` to `end` of a reader."""
    global sandbox
    import warnings

    from tests.fuzz.readers import FAULTY, READERS

    warnings.simplefilter("ignore")
    sandbox = place.resolve()
    os.environ["TMPDIR"] = tempfile.tempdir = str(sandbox)
    os.environ["XDG_CACHE_HOME"] = str(sandbox / "cache")
    os.chdir(sandbox)
    reader = (READERS | FAULTY)[name]
    seeds = reader.seeds(sandbox)
    if name in READERS:
        for number, seed in enumerate(seeds):  # imports happen here, outside the limits
            _write(sandbox / f"seed{number}", seed)
            _try(reader.read, sandbox / f"seed{number}")
    signal.signal(signal.SIGPROF, raise_too_slow)
    signal.signal(signal.SIGALRM, raise_too_slow)
    limit = ADDRESS_MB << 20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    sys.addaudithook(_audit)
    for number in range(begin, end):
        files = _damaged(reader, seeds, Random(f"{name} {number}"))
        folder = sandbox / f"input{number}"
        _write(folder, files)
        finding = _try(reader.read, folder)
        if (sandbox / "EXECUTED").exists() or (folder / "EXECUTED").exists():
            finding = f"executed! {finding}"
        sys.stdout.write(json.dumps([number, finding]) + "\n")
        sys.stdout.flush()
        if not finding:
            shutil.rmtree(folder)


def _write(folder: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
