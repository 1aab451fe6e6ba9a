"""The processes of the engines, from the side of the one that measures."""

import json
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from convscope.bench.candidates import Candidate
from convscope.text import printable

PATIENCE_S = 600.0  # for one answer
MOST_REASON = 200


class EngineError(Exception):
    """An engine cannot be measured; the message is the reason."""


class Child:
    """The process of one engine."""

    def __init__(self, candidate: Candidate, folder: Path) -> None:
        self.candidate = candidate
        self._errors = folder / f"{candidate.key}-{candidate.level}.txt"
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "convscope.bench.child"),
                    *(str(folder), candidate.key, candidate.level),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def wait(self) -> None:
        """Wait until the process is ready; an error is raised by the first real request."""
        with suppress(EngineError):
            self.ask("memory")

    def ask(self, action: str, **values: Any) -> dict[str, Any]:
        """Send a request, and return the answer.

        Raises:
            EngineError: the engine raised an error, ended, or took longer than `PATIENCE_S`.
        """
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        timer = threading.Timer(PATIENCE_S, process.kill)
        timer.start()
        try:
            process.stdin.write(json.dumps({"do": action, **values}) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            timer.cancel()
        if not line:
            raise EngineError(self._reason())
        reply: dict[str, Any] = json.loads(line)
        if "error" in reply:
            raise EngineError(printable(str(reply["error"]), MOST_REASON))
        return reply

    def _reason(self) -> str:
        """Return why the process ended: its last line, or its exit code."""
        code = self._process.wait()
        lines = self._errors.read_text(errors="replace").strip().splitlines()
        last = printable(lines[-1], MOST_REASON) if lines else ""
        return last if code > 0 and last else f"its process ended with code {code}"

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
