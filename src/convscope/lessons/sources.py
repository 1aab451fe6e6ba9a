"""Papers, books and pages that the course cites, by key."""

from typing import NamedTuple


class Work(NamedTuple):
    """A source. `authors` are family names; the last of several is "others" for et al."""

    authors: tuple[str, ...]
    title: str
    year: int
    link: str


SOURCES: dict[str, Work] = {
    "hubel1962": Work(
        ("Hubel", "Wiesel"),
        "Receptive fields, binocular interaction and functional architecture in the cat's visual "
        "cortex",
        1962,
        "https://doi.org/10.1113/jphysiol.1962.sp006837",
    ),
    "fukushima1980": Work(
        ("Fukushima",),
        "Neocognitron: a self-organizing neural network model for a mechanism of pattern "
        "recognition unaffected by shift in position",
        1980,
        "https://doi.org/10.1007/BF00344251",
    ),
    "marr1980": Work(
        ("Marr", "Hildreth"),
        "Theory of edge detection",
        1980,
        "https://doi.org/10.1098/rspb.1980.0020",
    ),
    "taigman2014": Work(
        ("Taigman", "Yang", "Ranzato", "Wolf"),
        "DeepFace: closing the gap to human-level performance in face verification",
        2014,
        "https://doi.org/10.1109/CVPR.2014.220",
    ),
    "luo2016": Work(
        ("Luo", "Li", "Urtasun", "Zemel"),
        "Understanding the effective receptive field in deep convolutional neural networks",
        2016,
        "https://arxiv.org/abs/1701.04128",
    ),
    "araujo2019": Work(
        ("Araujo", "Norris", "Sim"),
        "Computing receptive fields of convolutional neural networks",
        2019,
        "https://distill.pub/2019/computing-receptive-fields/",
    ),
    "zhang2019": Work(
        ("Zhang",),
        "Making convolutional networks shift-invariant again",
        2019,
        "https://arxiv.org/abs/1904.11486",
    ),
    "islam2020": Work(
        ("Islam", "Jia", "Bruce"),
        "How much position information do convolutional neural networks encode?",
        2020,
        "https://arxiv.org/abs/2001.08248",
    ),
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
    "lecun1998": Work(
        ("LeCun", "Bottou", "Bengio", "Haffner"),
        "Gradient-based learning applied to document recognition",
        1998,
        "https://doi.org/10.1109/5.726791",
    ),
    "zeiler2014": Work(
        ("Zeiler", "Fergus"),
        "Visualizing and understanding convolutional networks",
        2014,
        "https://arxiv.org/abs/1311.2901",
    ),
    "springenberg2015": Work(
        ("Springenberg", "Dosovitskiy", "Brox", "Riedmiller"),
        "Striving for simplicity: the all convolutional net",
        2015,
        "https://arxiv.org/abs/1412.6806",
    ),
    "russakovsky2015": Work(
        ("Russakovsky", "Deng", "Su", "others"),
        "ImageNet large scale visual recognition challenge",
        2015,
        "https://arxiv.org/abs/1409.0575",
    ),
    "simonyan2015": Work(
        ("Simonyan", "Zisserman"),
        "Very deep convolutional networks for large-scale image recognition",
        2015,
        "https://arxiv.org/abs/1409.1556",
    ),
    "szegedy2015": Work(
        ("Szegedy", "Liu", "Jia", "others"),
        "Going deeper with convolutions",
        2015,
        "https://arxiv.org/abs/1409.4842",
    ),
    "ioffe2015": Work(
        ("Ioffe", "Szegedy"),
        "Batch normalization: accelerating deep network training by reducing internal covariate "
        "shift",
        2015,
        "https://arxiv.org/abs/1502.03167",
    ),
    "szegedy2016": Work(
        ("Szegedy", "Vanhoucke", "Ioffe", "Shlens", "Wojna"),
        "Rethinking the Inception architecture for computer vision",
        2016,
        "https://arxiv.org/abs/1512.00567",
    ),
    "he2016": Work(
        ("He", "Zhang", "Ren", "Sun"),
        "Deep residual learning for image recognition",
        2016,
        "https://arxiv.org/abs/1512.03385",
    ),
    "howard2017": Work(
        ("Howard", "Zhu", "Chen", "others"),
        "MobileNets: efficient convolutional neural networks for mobile vision applications",
        2017,
        "https://arxiv.org/abs/1704.04861",
    ),
    "hu2018": Work(
        ("Hu", "Shen", "Sun"),
        "Squeeze-and-excitation networks",
        2018,
        "https://arxiv.org/abs/1709.01507",
    ),
    "liu2022": Work(
        ("Liu", "Mao", "Wu", "others"),
        "A ConvNet for the 2020s",
        2022,
        "https://arxiv.org/abs/2201.03545",
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
