"""Frames, by the data room's name. They live in `photos`, whose users need no torch."""

from convscope.photos.frames import (
    FRAMES,
    AnyFrame,
    CentreFrame,
    RandomResizedCrop,
    ShorterSide,
)

__all__ = ["FRAMES", "AnyFrame", "CentreFrame", "RandomResizedCrop", "ShorterSide"]
