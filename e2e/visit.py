"""Pages in Chromium that are watched: console errors, exceptions, requests to other origins."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WEBGL_FLAGS = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
WEBGPU_FLAGS = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"]
OWN = ("blob:", "data:", "about:")


@dataclass
class Visit:
    """A page, and what went wrong on it.

    Attributes:
        problems: console errors (violations of the Content-Security-Policy are such),
            exceptions, and requests to other origins.
    """

    page: Page
    context: BrowserContext
    origin: str
    problems: list[str] = field(default_factory=list)

    def expect(self, *parts: str) -> list[str]:
        """Return the problems that contain one of these texts, and take them off the list."""
        matching = [p for p in self.problems if any(part in p for part in parts)]
        self.problems[:] = [p for p in self.problems if p not in matching]
        return matching


def visit(
    browser: Browser,
    url: str,
    *,
    width: int = 1280,
    height: int = 900,
    dark: bool = False,
    locale: str = "en-GB",
    permissions: Sequence[str] = (),
    script: str = "",
    cookies: Sequence[Any] = (),
) -> Visit:
    """Open an address in a context of its own.

    Args:
        script: runs before those of the page, to take something away from the browser.
        cookies: as `context.cookies()` returns them.
    """
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        locale=locale,
        permissions=list(permissions),
    )
    context.add_cookies(list(cookies))
    page = context.new_page()
    origin = url.split("/", 3)[0] + "//" + url.split("/", 3)[2]
    own = Visit(page, context, origin)

    def on_console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            own.problems.append(f"console {message.type}: {message.text}")

    def on_request(request: Request) -> None:
        if not request.url.startswith((origin, *OWN)):
            own.problems.append(f"request: {request.url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: own.problems.append(f"exception: {error}"))
    context.on("request", on_request)
    if script:
        context.add_init_script(script)
    page.goto(url)
    return own
