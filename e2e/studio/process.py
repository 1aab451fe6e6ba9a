"""A real studio: `convscope studio` in a process of its own, and pages of it."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from e2e.visit import Visit, visit

START_S = 60.0
STOP_S = 20.0
OPEN_S = 30_000


class Studio:
    """A studio in a folder, until `close`.

    Attributes:
        url: its address; pages need the cookie, which `open` has.
    """

    def __init__(
        self,
        folder: Path,
        *,
        program: Sequence[str | Path] = (sys.executable, "-m", "convscope"),
        options: Sequence[str | Path] = (),
        environment: dict[str, str] | None = None,
    ) -> None:
        """Start a studio and wait for its link.

        Args:
            program: the command line of convscope.
            options: further options of `convscope studio`.
            environment: variables beside those of this process.
        """
        self.folder = folder
        words = [*program, "studio", folder, "--port", "0", "--no-browser", "--json", *options]
        self._errors = folder.parent / f"{folder.name}.stderr"
        with self._errors.open("w") as errors:
            self._process = subprocess.Popen(
                [str(word) for word in words],
                cwd=folder,
                env={**os.environ, "CONVSCOPE_LANG": "en", **(environment or {})},
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
                text=True,
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line.startswith("{"), line + self._errors.read_text()
        facts = json.loads(line)
        self.url, self._link = str(facts["url"]), str(facts["link"])
        self._state: Any = None

    @property
    def pid(self) -> int:
        return self._process.pid

    def open(self, browser: Browser, state: str = "", **options: Any) -> Visit:
        """Open a page of the studio, signed in.

        Args:
            state: of the address, as "view=zoo&lang=zh".
            options: of `visit`.
        """
        if self._state is None:
            context = browser.new_context()
            page = context.new_page()
            page.goto(self._link)
            page.wait_for_url(f"{self.url}/", timeout=OPEN_S)
            self._state = context.storage_state()
            context.close()
        result = visit(browser, f"{self.url}/#{state}", cookies=self._state["cookies"], **options)
        result.page.locator("main h1, main h2").first.wait_for(timeout=OPEN_S)
        return result

    def request(self, path: str, body: Any = None) -> Any:
        """Send a request as the signed-in browser does; return the JSON of the answer."""
        assert self._state is not None, "open a page first"
        cookie = "; ".join(f"{one['name']}={one['value']}" for one in self._state["cookies"])
        data = None if body is None else json.dumps(body).encode()
        headers = {"Cookie": cookie, "Origin": self.url}
        if data is not None:
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(self.url + path, data=data, headers=headers)
        with urllib.request.urlopen(request, timeout=START_S) as answer:
            return json.load(answer)

    def kill(self) -> None:
        """End the process at once, as a crash does."""
        self._process.kill()
        self._process.wait(STOP_S)
        self._close_output()

    def close(self) -> None:
        """Stop the studio, and the jobs that it started."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.kill()
        self._close_output()

    def _close_output(self) -> None:
        assert self._process.stdout is not None
        self._process.stdout.close()
