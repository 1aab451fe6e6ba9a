"""Access to the studio: for a browser that opened a one-time link.

The link is `/open?code=...`. A code is the time, a random number and their HMAC under the secret
of the workspace, so that another process of the same user can write one without asking the studio:
`convscope studio --link`. It is accepted once, within 10 minutes. The answer sets a cookie that no
script can read (HttpOnly) and no other page can send (SameSite=Strict).

The secret is a file of mode 0600; a session survives a restart of the studio.
"""

import hashlib
import hmac
import html
import os
import re
import secrets
import stat
import time
from pathlib import Path
from typing import Any, final
from urllib.parse import parse_qs

from convscope.errors import FormatError
from convscope.io import storage
from convscope.lang import html_language, translate
from convscope.server.answers import Headers, Refusal, refusal
from convscope.server.bodies import LANGUAGES
from convscope.server.guard import is_foreign, refused_origin
from convscope.server.limits import Limits
from convscope.server.studio.requests import JSON_BYTES, UPLOAD_BYTES, UPLOAD_TYPE

OPEN = "/open"
SECRET = "secret"
SECRET_BYTES = 32
VALID_S = 600.0
CODE = re.compile(r"([0-9a-f]{1,16})-([0-9a-f]{16})-([0-9a-f]{64})")
SAFE_METHODS = ("GET", "HEAD")
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
PROTECTION: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-embedder-policy", b"require-corp"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), microphone=(), geolocation=()"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", POLICY.encode()),
]
"""Headers of every answer; COOP and COEP allow threads in the page."""


def read_secret(folder: Path) -> bytes:
    """Return the secret of a workspace; it is created the first time.

    Raises:
        FormatError: it is a link, damaged, or others can read it.
        StorageError: it cannot be written.
    """
    path = folder / SECRET
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        pass
    except OSError as error:
        raise storage.refused(error, path) from error
    else:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(SECRET_BYTES))
    secret = storage.read_bytes(path, most=SECRET_BYTES, follow=False)
    if len(secret) != SECRET_BYTES:
        raise FormatError("the secret is damaged", fix=f"rm {path}", where=str(path))
    if stat.S_IMODE(path.lstat().st_mode) & 0o077:
        raise FormatError(
            "other users can read the secret of the studio",
            expected="mode 0600",
            fix=f"chmod 600 {path}; on a file system without permissions use another folder",
            where=str(path),
        )
    return secret


def new_code(secret: bytes) -> str:
    """Return a new code for a link."""
    return _signed(secret, f"{int(time.time() * 1000):x}", secrets.token_hex(8))


def _signed(secret: bytes, issued: str, nonce: str) -> str:
    mac = hmac.new(secret, f"link {issued} {nonce}".encode(), hashlib.sha256).hexdigest()
    return f"{issued}-{nonce}-{mac}"


def link(address: str, secret: bytes) -> str:
    """Return a new one-time link to a studio."""
    return f"{address}{OPEN}?code={new_code(secret)}"


@final
class Access:
    """The door of a studio: see `convscope.server.guard.Door`."""

    def __init__(self, secret: bytes, port: int) -> None:
        self._secret = secret
        self.cookie = f"convscope-{port}"
        self._session = hmac.new(secret, b"session", hashlib.sha256).hexdigest()
        self._started_ms = int(time.time() * 1000)
        self._used: dict[str, float] = {}

    def enter(self, query: str) -> bytes:
        """Return the Set-Cookie header for a code that is valid.

        Raises:
            Refusal: 403, the code is wrong, too old or used.
        """
        code = parse_qs(query).get("code", [""])[0]
        match = CODE.fullmatch(code)
        if match is None or not hmac.compare_digest(
            code, _signed(self._secret, *match.group(1, 2))
        ):
            raise _refused_code("this link is wrong")
        issued_ms, now = int(match[1], 16), time.time()
        self._used = {old: at for old, at in self._used.items() if now - at < 2 * VALID_S}
        if code in self._used:
            raise _refused_code("this link was used before")
        if issued_ms < self._started_ms - 1000 or not -60 < now - issued_ms / 1000 < VALID_S:
            raise _refused_code("this link is too old")
        self._used[code] = now
        return f"{self.cookie}={self._session}; Path=/; HttpOnly; SameSite=Strict".encode()

    def check_origin(self, scope: Any, headers: dict[bytes, bytes]) -> None:
        """Refuse what another page sends; a link to `/open` may stand on any page."""
        scope[LANGUAGES] = headers.get(b"accept-language", b"").decode("latin-1")
        is_link = (
            scope["path"] == OPEN
            and b"origin" not in headers
            and headers.get(b"sec-fetch-mode") == b"navigate"
            and headers.get(b"sec-fetch-dest") == b"document"
        )
        if is_foreign(headers) and not is_link:
            raise refused_origin()

    def check_rights(self, scope: Any, headers: dict[bytes, bytes]) -> None:
        if scope["path"] == OPEN:
            return
        if not self._has_session(headers.get(b"cookie", b"")):
            raise refusal(
                401,
                "this browser has not opened the studio's link",
                fix="`convscope studio --link` prints a new link",
            )
        if scope["method"] in SAFE_METHODS:
            return
        if content_type(headers) not in ("application/json", UPLOAD_TYPE):
            raise refusal(
                415,
                "this Content-Type is not read",
                expected=f"application/json, or {UPLOAD_TYPE} for an upload",
            )

    def _has_session(self, cookies: bytes) -> bool:
        for part in cookies.decode("latin-1").split(";"):
            name, _, value = part.strip().partition("=")
            if name == self.cookie:
                return hmac.compare_digest(value.encode(), self._session.encode())
        return False

    def most_bytes(self, headers: dict[bytes, bytes], limits: Limits) -> int:
        return UPLOAD_BYTES if content_type(headers) == UPLOAD_TYPE else JSON_BYTES

    def page(self, headers: dict[bytes, bytes], refused: Refusal) -> bytes | None:
        """Return a refusal as a page, for a browser that opens an address; None for programs."""
        is_page = headers.get(b"sec-fetch-dest") == b"document" or b"text/html" in headers.get(
            b"accept", b""
        )
        if not is_page or refused.status not in (401, 403):
            return None
        if refused.status == 403 and is_foreign(headers):
            return message_page(
                translate("A link on another page"),
                translate("Other pages cannot send you into the studio; you can open it here."),
                translate("Open the studio"),
            )
        return message_page(
            translate("The studio is closed for this browser"),
            translate(
                "Open the link that `convscope studio` printed. It works once; "
                "`convscope studio --link` in the same folder prints a new one."
            ),
            translate("Open the studio"),
        )


def content_type(headers: dict[bytes, bytes]) -> str:
    """Return the Content-Type of a request without its parameters."""
    return headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()


def message_page(title: str, text: str, link_text: str = "", *, refresh: bool = False) -> bytes:
    """Return a small page; `refresh` leads on to the studio at once."""
    head = '<meta http-equiv="refresh" content="0;url=/">' if refresh else ""
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))
    further = f'<p><a href="/">{html.escape(link_text)}</a></p>' if link_text else ""
    return (
        f'<!doctype html><html lang="{html_language()}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark">{head}<link rel="icon" href="data:,">'
        f"<title>{html.escape(title)}</title><style>"
        "body{font:1rem/1.5 system-ui,sans-serif;margin:3rem auto;max-width:36rem;padding:0 1rem}"
        f"</style></head><body><h1>{html.escape(title)}</h1><p>{text}</p>{further}</body></html>"
    ).encode()


def _refused_code(problem: str) -> Refusal:
    return refusal(403, problem, fix="`convscope studio --link` prints a new link")
