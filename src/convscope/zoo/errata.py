"""Where the lecture, the papers and the libraries disagree with the arithmetic, or each other."""

from typing import NamedTuple


class Erratum(NamedTuple):
    """One disagreement: what is printed where, what holds, and why."""

    topic: str
    printed: str
    holds: str
    why: str


LECTURE: tuple[Erratum, ...] = (
    Erratum(
        "5x5 Gaussian kernel",
        "1/173 before the matrix",
        "1/273",
        "the 25 numbers add up to 273; with 1/173 a grey image comes out 1.58 times brighter",
    ),
    Erratum(
        "padded convolution example",
        "1 1 2 0 0 / 0 1 1 1 0 / 0 0 1 2 1 / 1 0 2 1 0 / 0 1 1 3 0",
        "3 4 4 2 1 / 2 4 4 4 2 / 1 3 5 4 2 / 1 4 5 3 0 / 1 3 2 0 0 (correlation)",
        "no 3x3 kernel at all gives the printed numbers from that input with zero padding: the "
        "25 equations have rank 9, with the result beside them rank 10",
    ),
    Erratum(
        "AlexNet, second and third layer",
        "27 x 27 x 256, then 3 x 3 x 265 and 13 x 13 x 265",
        "256 everywhere",
        "a transposition of digits",
    ),
    Erratum(
        "AlexNet, top-5 error",
        "26 % down to 16.4 %",
        "26.2 % down to 15.3 %",
        "16.4 % are five networks; the winning entry was seven, two of them pre-trained",
    ),
    Erratum(
        "AlexNet, what each GPU sees",
        "conv2 has kernels of 5 x 5 x 96, conv4 and conv5 of 3 x 3 x 384",
        "5 x 5 x 48 and 3 x 3 x 192",
        "conv2, conv4 and conv5 see the maps of their own GPU only, as the same page says",
    ),
    Erratum(
        "GoogLeNet, parameters",
        "5 million",
        "6,998,552",
        "5 million is in no table of the paper; its Table 1 adds up to 6.8 million",
    ),
    Erratum(
        "GoogLeNet, main features",
        "batch normalisation, RMSprop",
        "local response normalisation, asynchronous SGD with momentum",
        "batch normalisation came with the next Inception, RMSprop with the third",
    ),
    Erratum(
        "Inception, depth concatenation",
        "(14, 14, 2) and (16, 16, 3) are joined",
        "the branches must have one height and width",
        "padding keeps 14 x 14 in every branch; then 2 + 3 = 5 channels",
    ),
    Erratum(
        "VGG, layers",
        "16 convolutional layers",
        "13 convolutional and 3 fully connected layers",
        "16 counts the layers that have weights",
    ),
    Erratum(
        "derivative of a convolution with respect to its kernel",
        "sum over i, j of x[r - i, c - j]",
        "x[r - i, c - j] for one output; for a loss, the sum over outputs r, c of its gradient "
        "times x[r - i, c - j]",
        "the sum over i, j is left over from the line above",
    ),
    Erratum(
        "Laplacian filter",
        "Laplacian smoothing finds edges",
        "the Laplacian filter finds edges",
        "smoothing is what it is combined with (Laplacian of Gaussian)",
    ),
)

PAPERS: tuple[Erratum, ...] = (
    Erratum("AlexNet, input", "224 x 224", "227 x 227", "(224 - 11) / 4 + 1 is no whole number"),
    Erratum(
        "AlexNet, neurons of conv1",
        "253,440",
        "290,400",
        "55 x 55 x 96; the sum of all layers then fits the text's 650,000",
    ),
    Erratum(
        "AlexNet, parameters",
        "60 million",
        "60,965,224 with two groups, 62,378,344 with one",
        "61,100,840 is torchvision's other network, of 2014",
    ),
    Erratum(
        "local response normalisation",
        "alpha times the sum (paper), alpha / n times the sum (Caffe, torch)",
        'alpha_per="sum" and alpha_per="mean"',
        "in torch's terms the paper's alpha is 5e-4, with k = 2",
    ),
    Erratum(
        "order of normalisation and pooling",
        "AlexNet: first normalised; CaffeNet: first pooled",
        "each network as its own source has it",
        "GoogLeNet has both orders: pool1, norm1 and norm2, pool2",
    ),
    Erratum(
        "AlexNet, initial biases", "1 (paper), 0.1 (Caffe)", "the paper's", "Caffe: 1 did not train"
    ),
    Erratum(
        "ZFNet in VGG's Table 7",
        "37.5 / 16.0 / 16.1 for one network",
        "38.4 / 16.5 for the network of Figure 3",
        "the reprinted row is the variant with 512, 1024 and 512 maps",
    ),
    Erratum(
        "VGG, initial weights",
        "variance 0.01",
        "standard deviation 0.1",
        "the libraries take other schemes altogether",
    ),
    Erratum(
        "VGG's cost in the ResNet paper",
        "15.3 and 19.6 billion",
        "15.47 and 19.63 billion",
        "the first leaves the fully connected layers out, the second does not",
    ),
    Erratum(
        "VGG-16, top-1 error",
        "28.07, 28.5, 27.0, 28.41, 28.73",
        "all of them",
        "10 crops, 1 crop, dense, torchvision, Keras: compare like with like",
    ),
    Erratum(
        "GoogLeNet, Table 1",
        "parameters of nine rows and operations of two",
        "see `convscope show googlenet --paper`",
        "the channels are right, and Caffe's file agrees with them",
    ),
    Erratum("GoogLeNet, Table 3", "-3.45 % for 7 x 144", "-3.40 %", "10.07 - 6.67 is 3.40"),
    Erratum(
        "GoogLeNet, size", "12 times fewer parameters than AlexNet", "8.7 times", "60.97 / 6.99"
    ),
    Erratum(
        "GoogLeNet in torchvision",
        "called googlenet",
        "here googlenet_bn",
        "3x3 in place of 5x5, batch normalisation, another pool4, dropout 0.2",
    ),
    Erratum(
        "Inception v3, stem",
        "3x3 with 80, 3x3/2 with 192, 3x3 with 288 (Table 1)",
        "1x1 with 80, 3x3 with 192, a pool",
        "the released network; here inception_v3",
    ),
    Erratum(
        "Inception v3, cost", "5 billion, 42 layers", "5.713 billion, 94 convolutions", "counted"
    ),
    Erratum(
        "Inception v3, parameters",
        "23.83, 23.85 and 27.16 million",
        "all of them",
        "without the head; Keras, with moving statistics; with the head",
    ),
    Erratum(
        "ResNet-50, cost",
        "3.8 billion (paper), 4.1 billion (torchvision)",
        "3.858 and 4.089 billion",
        "the stride is in the first 1x1 (v1), or in the 3x3 (v1.5)",
    ),
    Erratum(
        "ResNet-50, parameters",
        "25,557,032; 25,557,096; 25,583,592; 25,636,712",
        "25,557,032",
        "Caffe's conv1 has a bias; Keras has biases everywhere and counts moving statistics",
    ),
    Erratum(
        "ResNet, first pool",
        "Caffe: no padding, rounded up; torchvision: padding 1",
        "padding 1",
        "both give 56 x 56; the windows are shifted by one pixel, which matters to old weights",
    ),
    Erratum(
        "ResNet-18 and 34, shortcuts",
        "option A in Table 2, option B in every library",
        "resnet18 and resnet34 are B, resnet18_a and resnet34_a are A",
        "21.80 against 21.62 million parameters",
    ),
    Erratum(
        "All-CNN, parameters of Model C and Strided-CNN-C",
        "about 1.3 million",
        "954,730",
        "by the paper's own Table 1",
    ),
    Erratum(
        "All-CNN-C, parameters",
        "about 1.4 million (Table 3), about 1.3 million (Table 4)",
        "1,369,738",
        "counted",
    ),
    Erratum(
        "All-CNN, global average",
        "6 x 6 in the paper, 8 x 8 in most code",
        "6 x 6",
        "the third 3x3 is unpadded; the parameters are the same",
    ),
    Erratum("Grad-CAM, AlexNet's maps", "14 x 14", "13 x 13", "conv5 of AlexNet is 13 x 13"),
    Erratum(
        "LeNet-5, connections",
        "340,908",
        "340,068 in the layers, and 840 in the RBF units",
        "one widely read page gives S4 as 7 x 7, which is wrong",
    ),
    Erratum(
        "LeNet-5 in libraries",
        "20 and 50 maps, max pooling, ReLU",
        "another network, 431,080 parameters",
        "Caffe's example; here lenet5 is the lecture's and lenet5_1998 the paper's",
    ),
    Erratum(
        "CS231n's convolution demo",
        "taken as fixed numbers",
        "random at every load",
        "only the sizes and the biases are fixed; two screen captures are our tests",
    ),
)


def errata_markdown() -> str:
    """docs/errata.md, whole."""
    lines = [
        "# Errata",
        "",
        "Where the lecture that convscope grew from, the papers and the libraries disagree with "
        "the arithmetic, or with each other. Written from `src/convscope/zoo/errata.py`; "
        "`convscope show --errata` prints the same list.",
    ]
    for title, entries in (("The lecture", LECTURE), ("Papers and libraries", PAPERS)):
        lines += ["", f"## {title}", "", "| topic | printed | holds | why |", "|---|---|---|---|"]
        lines += ["| " + " | ".join(entry) + " |" for entry in entries]
    return "\n".join(lines) + "\n"
