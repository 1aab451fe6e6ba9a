"""Encoded photos: reading, decoding to training crops, hashing, and probing in child processes.

No torch: the worker processes import only this package, so that they start fast and small.
Data sets and loaders belong to `convscope.data`.
"""

from convscope.io.image_limits import MAX_FILE_BYTES
from convscope.io.photos.reference import Encoded, Reference, head, read

__all__ = ["MAX_FILE_BYTES", "Encoded", "Reference", "head", "read"]
