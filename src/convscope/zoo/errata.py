"""Errata of the lecture and of sources outside the zoo, and the page with those of the papers."""

from collections.abc import Iterable

from convscope.lang import label, translate
from convscope.zoo import PUBLICATIONS
from convscope.zoo.publication import Erratum

LECTURE: tuple[Erratum, ...] = (
    Erratum(
        "5x5 Gaussian kernel",
        "1/173 before the matrix",
        "1/273",
        "the 25 numbers add up to 273; with 1/173 a grey image comes out 1.58 times brighter",
        "lecture, filters",
    ),
    Erratum(
        "padded convolution example",
        "1 1 2 0 0 / 0 1 1 1 0 / 0 0 1 2 1 / 1 0 2 1 0 / 0 1 1 3 0",
        "3 4 4 2 1 / 2 4 4 4 2 / 1 3 5 4 2 / 1 4 5 3 0 / 1 3 2 0 0 (correlation)",
        "no 3x3 kernel at all gives the printed numbers from that input with zero padding: "
        "the 25 equations have rank 9, with the result beside them rank 10",
        "lecture, why padding",
    ),
    Erratum(
        "AlexNet, second and third layer",
        "27 x 27 x 256, then 3 x 3 x 265 and 13 x 13 x 265",
        "256 everywhere",
        "a transposition of digits",
        "lecture, AlexNet",
    ),
    Erratum(
        "AlexNet, top-5 error",
        "26 % down to 16.4 %",
        "25.8 % in 2011 down to 15.3 % in 2012",
        "16.4 % are five networks; the winning entry was seven, two of them pre-trained; 26.2 % is "
        "the second-best entry of 2012",
        "lecture, AlexNet; AlexNet paper, section 6",
    ),
    Erratum(
        "AlexNet, what each GPU sees",
        "conv2 has kernels of 5 x 5 x 96, conv4 and conv5 of 3 x 3 x 384",
        "5 x 5 x 48 and 3 x 3 x 192",
        "conv2, conv4 and conv5 read the channels of their own GPU only, as the same page says",
        "lecture, AlexNet; AlexNet paper, section 3.5",
    ),
    Erratum(
        "GoogLeNet, parameters",
        "5 million",
        "6,998,552",
        "5 million is in no table of the paper; its Table 1 adds up to 6.8 million",
        "lecture, GoogLeNet",
    ),
    Erratum(
        "GoogLeNet, main features",
        "batch normalisation, RMSprop",
        "local response normalisation, asynchronous SGD with momentum",
        "batch normalisation came with the next Inception, RMSprop with the third",
        "lecture, GoogLeNet; GoogLeNet paper, section 6",
    ),
    Erratum(
        "Inception, depth concatenation",
        "(14, 14, 2) and (16, 16, 3) are joined",
        "16 x 16 x 5 by Torch7's nn.DepthConcat: the smaller is padded with zeros to the largest; "
        "in the paper's network all branches have one height and width",
        "2 + 3 = 5 channels; `ZeroPad2d(1)` before the concatenation does the same here",
        "lecture, Inception",
    ),
    Erratum(
        "VGG, layers",
        "16 convolutional layers",
        "13 convolutional and 3 fully connected layers",
        "16 counts the layers that have weights",
        "lecture, VGG; VGG paper, Table 1",
    ),
    Erratum(
        "derivative of a convolution with respect to its kernel",
        "sum over i, j of x[r - i, c - j]",
        "x[r - i, c - j] for one output; for a loss, the sum over outputs r, c of its "
        "gradient times x[r - i, c - j]",
        "the sum over i, j is left over from the line above",
        "lecture, convolution",
    ),
    Erratum(
        "Laplacian filter",
        "Laplacian smoothing finds edges",
        "the Laplacian filter finds edges",
        "smoothing is what it is combined with (Laplacian of Gaussian)",
        "lecture, filters",
    ),
    Erratum(
        "two-dimensional convolution",
        "4x4x1 with a 2x2 kernel and stride 1 gives 3x2x1",
        "3x3x1",
        "(4 - 2) / 1 + 1 = 3 along both sides",
        "lecture, convolution",
    ),
    Erratum(
        "convolution or correlation",
        "x[r - i, c - j] times w[i, j] in the formula, x[r + i, c + j] in the demo beside it",
        "cross-correlation, as in every library; a convolution turns the kernel by 180 degrees",
        "the first example's kernel is its own mirror image, so that it shows no difference",
        "lecture, convolution; CS231n's demo",
    ),
    Erratum(
        "Laplacian kernels",
        "4 and 8 in the middle, beside the sum of the two second derivatives",
        "-4 and -8 in the middle, for that formula",
        "the printed kernels are minus the Laplacian; both signs find the same edges",
        "lecture, filters",
    ),
    Erratum(
        "Laplacian with 8 neighbours",
        "8 in the middle, as the sum of the two second derivatives",
        "minus three times that sum, in the limit of smooth images",
        "x^2 has the second derivative 2; the kernel gives -6, and the one with 4 gives -2",
        "lecture, filters",
    ),
    Erratum(
        "exploding gradient",
        "the weights are updated too frequently",
        "the updates are too large",
        "each step updates every weight once; the size of a step grows with the gradient",
        "lecture, ResNet",
    ),
    Erratum(
        "core idea of a CNN",
        "the convolution product of the first layer is replaced by a convolution",
        "the matrix product of a layer is replaced by a convolution",
        "a fully connected layer computes a matrix product; networks replace it in many layers",
        "lecture, what is a CNN",
    ),
    Erratum(
        "why deep",
        "deeper layers contain more information of the shallow ones",
        "their units depend on more pixels",
        "a layer is computed from the one before it and has no other information about the image",
        "lecture, why deep",
    ),
    Erratum(
        "LeNet-5, parameters",
        "about 60,000, below a table of full convolutions and average pools",
        "61,706 for that table",
        "60,000 is the paper's network, with its Table I and its trained subsampling",
        "lecture, LeNet-5; LeNet-5 paper, section II-B",
    ),
    Erratum(
        "output size",
        "(I - K + 2P) / S + 1",
        "floor((I - K + 2P) / S) + 1",
        "without the floor a size need not be whole; pooling may also round up (`ceil_mode`)",
        "lecture, formula",
    ),
    Erratum(
        "channels of the output",
        "the filter size",
        "the number of filters",
        "the same line says so in brackets",
        "lecture, formula",
    ),
    Erratum(
        "Laplacian, what it is based on",
        "the image's second spatial reciprocal",
        "its second spatial derivative",
        "one character of the Chinese text (倒 for 导)",
        "lecture, filters",
    ),
)


# papers and libraries whose networks are not in the zoo
OTHERS: tuple[Erratum, ...] = (
    Erratum(
        "Inception v3, top-1 error of the ensemble",
        "17.3 % in the abstract",
        "17.2 % in Table 5 (not verified)",
        "the paper prints both; 3.5 % top-5 in the abstract is 3.58 % in the table",
        "Inception v3 paper",
    ),
    Erratum(
        "Grad-CAM, AlexNet's feature maps",
        "14 x 14",
        "13 x 13",
        "conv5 of AlexNet is 13 x 13",
        "Grad-CAM paper",
    ),
    Erratum(
        "CS231n's convolution demo",
        "taken as fixed numbers",
        "random at every load",
        "only the sizes and the biases are fixed; two screen captures are our tests",
        "the source of the page",
    ),
    Erratum(
        "timm's and torchvision's accuracy",
        "up to 0.15 % apart for one file",
        "both are right",
        "they resize and crop differently",
        "timm's and torchvision's tables",
    ),
)


def papers() -> tuple[Erratum, ...]:
    """Return the errata of the zoo's papers in the zoo's order, then those of other sources."""
    return tuple(entry for paper in PUBLICATIONS for entry in paper.errata) + OTHERS


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def errata_markdown() -> str:
    """Return docs/fidelity/errata.md without its first line, in the language of the program."""
    head = ("topic", "printed", "correct", "why", "where")
    about = (
        "Where the lecture that convscope grew from, the papers and the libraries disagree with "
        "the arithmetic, or with each other. Generated from the papers' files and `errata.py` in "
        "`src/convscope/zoo`; `convscope show --errata` prints the same list."
    )
    lines = [f"# {label('Errata')}", "", translate(about)]
    for title, entries in (("The lecture", LECTURE), ("Papers and libraries", papers())):
        lines += ["", f"## {label(title)}", "", _row(map(label, head)), "|---|---|---|---|---|"]
        lines += [_row(map(translate, entry)) for entry in entries]
    return "\n".join(lines) + "\n"
