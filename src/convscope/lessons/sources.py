"""Papers, books and pages that the course cites, by key."""

from typing import NamedTuple


class Work(NamedTuple):
    """A source. `authors` are family names; the last of several is "others" for et al."""

    authors: tuple[str, ...]
    title: str
    year: int
    link: str


SOURCES: dict[str, Work] = {
    "dumoulin2016": Work(
        ("Dumoulin", "Visin"),
        "A guide to convolution arithmetic for deep learning",
        2016,
        "https://arxiv.org/abs/1603.07285",
    ),
    "cs231n": Work(
        ("Fei-Fei", "Karpathy", "Johnson"),
        "CS231n: Convolutional neural networks for visual recognition, course notes",
        2016,
        "https://cs231n.github.io/convolutional-networks/",
    ),
    "krizhevsky2012": Work(
        ("Krizhevsky", "Sutskever", "Hinton"),
        "ImageNet classification with deep convolutional neural networks",
        2012,
        "https://papers.nips.cc/paper/4824",
    ),
    "goodfellow2016": Work(
        ("Goodfellow", "Bengio", "Courville"),
        "Deep learning",
        2016,
        "https://www.deeplearningbook.org/",
    ),
}
"""Keys are the first author's name and the year."""


def authors_of(key: str, language: str) -> str:
    """Return the authors in words: all of two, the first of more."""
    names = SOURCES[key].authors
    if len(names) > 2 or names[-1] == "others":
        return f"{names[0]} 等" if language == "zh" else f"{names[0]} et al."
    return (" 和 " if language == "zh" else " and ").join(names)


def cited(key: str, language: str) -> str:
    """Return authors and year, as a text names a source."""
    mark = "，" if language == "zh" else " "
    return f"{authors_of(key, language)}{mark}{SOURCES[key].year}"
