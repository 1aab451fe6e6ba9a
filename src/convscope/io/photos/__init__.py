"""Encoded photos, and how they become the frames that a network is trained on.

No torch here: the processes that decode photos import this room alone, and start in a fraction
of the time and of the memory.
"""

from convscope.io.photos.reference import MAX_FILE_BYTES, Encoded, Reference, head, read

__all__ = ["MAX_FILE_BYTES", "Encoded", "Reference", "head", "read"]
