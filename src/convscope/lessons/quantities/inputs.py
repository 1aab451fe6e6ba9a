"""Sizes that the course computes with: of images, data sets and small examples."""

from collections.abc import Callable

from convscope.lessons.quantities.formats import Value


def _photo() -> tuple[int, int, int]:
    from convscope.arch.compare_cases import HD_PHOTO

    return HD_PHOTO.height, HD_PHOTO.width, HD_PHOTO.channels


INPUTS: dict[str, Callable[[], Value]] = {
    "photo.height": lambda: _photo()[0],
    "photo.width": lambda: _photo()[1],
    "photo.pixels": lambda: _photo()[0] * _photo()[1],
    "photo.values": lambda: _photo()[0] * _photo()[1] * _photo()[2],
}
