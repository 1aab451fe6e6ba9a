"""Limits of a service: sizes, times and counts, each with the status that exceeding it gives."""

from dataclasses import dataclass

MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Limits of a service.

    Attributes:
        body_bytes: size of a request's body (413).
        all_body_bytes: size of all bodies that are being received or computed (503).
        parts: images and fields of one request (413).
        pixels: height * width of an image, read from its header (413); None: by memory.
        queue: images that wait or are computed (429).
        answer_s: time for the answer to a request once its body is there (504).
        body_s: time for a request's body to arrive (408).
        header_s: time for a request's header to arrive (408).
        idle_s: time that a connection may stay open between requests.
        write_s: time for a client to take a long answer.
        connections: open connections; the one that is idle longest makes room for a new one.
        header_bytes: size of a request's header (400).
        json_depth: nesting of JSON (422).
    """

    body_bytes: int = 16 * MEGABYTE
    all_body_bytes: int = 256 * MEGABYTE
    parts: int = 64
    pixels: int | None = None
    queue: int = 256
    answer_s: float = 30.0
    body_s: float = 30.0
    header_s: float = 10.0
    idle_s: float = 30.0
    write_s: float = 30.0
    connections: int = 1000
    header_bytes: int = 16 << 10
    json_depth: int = 8
