"""Payloads in notebooks: the figures of the pages."""

from convscope.payload import Payload
from convscope.render.pages.html import fragment


def html(payload: Payload) -> str:
    """Return the payload as figures."""
    return fragment(payload)
