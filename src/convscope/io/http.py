"""GET requests over HTTP and HTTPS with a limit on the time of every phase.

The standard library limits the time between two bytes only: a server that sends its headers byte by
byte, or `100 Continue` for ever, would never end. Here a clock closes the connection.
"""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import NamedTuple, Self
from urllib.parse import quote, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

from convscope.text import printable

PORTS = {"http": 80, "https": 443}
REDIRECTS = (301, 302, 303, 307, 308)
MAX_REDIRECTS = 5
MAX_ADDRESS = 2_000  # characters
OK = 200
HEADERS = {"User-Agent": "convscope", "Accept-Encoding": "identity", "Connection": "close"}
SAFE = "%/:=&?~#+!$,;'@()*[]"


class DownloadError(Exception):
    """A download failed; the message says why, in plain text."""

    def __init__(self, reason: str) -> None:
        super().__init__(printable(reason, 300))


class _Address(NamedTuple):
    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def of(cls, url: str) -> Self:
        """Return the parts of a URL; raise DownloadError if it is malformed or not HTTP."""
        shown = printable(url, 100)
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
            host.encode("idna")
        except (ValueError, UnicodeError) as error:
            raise DownloadError(f"the address {shown} is malformed ({error})") from None
        if parts.scheme not in PORTS:
            raise DownloadError(f"the address {shown} is not http or https")
        if not host or len(url) > MAX_ADDRESS or not url.isprintable() or " " in host:
            raise DownloadError(f"the address {shown} is malformed")
        path = quote(parts.path or "/", SAFE) + (f"?{quote(parts.query, SAFE)}" * bool(parts.query))
        return cls(parts.scheme, host, port or PORTS[parts.scheme], path)


class _Clock:
    """Closes a connection when its time is over, from another thread."""

    def __init__(self, connection: HTTPConnection, seconds: float) -> None:
        self._connection = connection
        self._end = time.monotonic() + seconds
        self._stopped = threading.Event()
        self.is_over = False
        self._thread = threading.Thread(target=self._watch, name="download clock", daemon=True)
        self._thread.start()

    def set(self, end: float) -> None:
        """Set the time at which the connection is closed, as of `time.monotonic`."""
        self._end = end

    def stop(self) -> None:
        """Stop the clock."""
        self._stopped.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stopped.wait(max(0.0, self._end - time.monotonic())):
            if time.monotonic() >= self._end:
                self.is_over = True
                connected = self._connection.sock
                if connected is not None:
                    with suppress(OSError):
                        # not that of SSLSocket, which changes the object that the other thread uses
                        socket.socket.shutdown(connected, socket.SHUT_RDWR)
                self._stopped.wait(0.05)  # again: the socket may have just been replaced


@contextmanager
def opened(url: str, *, timeout_s: float) -> Iterator[tuple[HTTPResponse, _Clock]]:
    """Open a URL, following redirects; yield the response with status 200, and its clock.

    A redirect may not leave HTTPS, and no other protocol is followed.

    Args:
        timeout_s: limit for connecting and all headers of one address, and for a pause.

    Raises:
        DownloadError: no response, an HTTP error, a malformed or refused address, or too slow.
    """
    for _ in range(MAX_REDIRECTS + 1):
        address = _Address.of(url)
        with _answered(address, timeout_s) as (response, clock):
            if response.status == OK:
                yield response, clock
                return
            place = response.headers.get("Location")
            if response.status not in REDIRECTS or not place:
                raise DownloadError(f"HTTP status {response.status}")
        try:
            url = urljoin(url, place)
        except ValueError as error:
            raise DownloadError(f"a redirect to a malformed address ({error})") from None
        if address.scheme == "https" and _Address.of(url).scheme != "https":
            raise DownloadError(f"a redirect from https to {printable(url, 100)}")
    raise DownloadError(f"HTTP status {response.status}: more than {MAX_REDIRECTS} redirects")


@contextmanager
def _answered(address: _Address, timeout_s: float) -> Iterator[tuple[HTTPResponse, _Clock]]:
    connection, path = _connection(address, timeout_s)
    clock = _Clock(connection, timeout_s)
    try:
        connection.connect()
        if address.scheme == "https":
            context = ssl.create_default_context()
            connection.sock = context.wrap_socket(
                connection.sock, server_hostname=address.host, do_handshake_on_connect=False
            )
            connection.sock.do_handshake()
        connection.request("GET", path, headers=HEADERS)
        response = connection.getresponse()
        yield response, clock
    except (HTTPException, OSError, ValueError) as error:
        if clock.is_over:
            raise DownloadError(f"too slow: not complete in {timeout_s:g} s") from None
        reason = str(error.reason) if isinstance(error, ssl.SSLError) else str(error)
        raise DownloadError(reason or type(error).__name__) from None
    finally:
        clock.stop()
        connection.close()


def _connection(address: _Address, timeout_s: float) -> tuple[HTTPConnection, str]:
    """Return a connection, through the proxy of the environment if there is one, and the path."""
    proxy = getproxies().get(address.scheme)
    if not proxy or proxy_bypass(address.host):
        return HTTPConnection(address.host, address.port, timeout=timeout_s), address.path
    via = _Address.of(proxy if "://" in proxy else f"http://{proxy}")
    connection = HTTPConnection(via.host, via.port, timeout=timeout_s)
    if address.scheme == "https":
        connection.set_tunnel(address.host, address.port)
        return connection, address.path
    return connection, f"http://{address.host}:{address.port}{address.path}"
