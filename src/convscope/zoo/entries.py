"""Architectures as entries of a list, without building them."""

from convscope.listing import Entry, sentence
from convscope.zoo import GROUPS, PUBLICATIONS


def entries() -> list[Entry]:
    """Return all architectures, grouped by paper."""
    return [
        Entry(name=network.__name__, summary=sentence(network.__doc__ or ""), group=group)
        for publication, group in zip(PUBLICATIONS, GROUPS, strict=True)
        for network in publication.networks
    ]
