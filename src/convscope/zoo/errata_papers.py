"""Where the papers and the libraries disagree with the arithmetic, or with each other."""

from typing import NamedTuple


class Erratum(NamedTuple):
    """One disagreement: what is printed, what holds, why, and where it is printed."""

    topic: str
    printed: str
    holds: str
    why: str
    source: str


PAPERS: tuple[Erratum, ...] = (
    Erratum(
        "AlexNet, input",
        "224 x 224",
        "227 x 227",
        "(224 - 11) / 4 + 1 is no whole number",
        "AlexNet paper, Figure 2; Caffe's bvlc_alexnet",
    ),
    Erratum(
        "AlexNet, neurons of conv1",
        "253,440",
        "290,400",
        "55 x 55 x 96; the sum of all layers then fits the text's 650,000",
        "AlexNet paper, Figure 2 and section 3.5",
    ),
    Erratum(
        "AlexNet, parameters",
        "60 million",
        "60,965,224 with two groups, 62,378,344 with one",
        "61,100,840 is torchvision's other network, of 2014",
        "AlexNet paper, abstract; torchvision",
    ),
    Erratum(
        "local response normalisation",
        "alpha times the sum (paper), alpha / n times the sum (Caffe, torch)",
        'alpha_per="sum" and alpha_per="mean"',
        "in torch's terms the paper's alpha is 5e-4, with k = 2",
        "AlexNet paper, section 3.3; Caffe; torch",
    ),
    Erratum(
        "order of normalisation and pooling",
        "AlexNet: first normalised; CaffeNet: first pooled",
        "each network as its own source has it",
        "GoogLeNet has both orders: pool1, norm1 and norm2, pool2",
        "Caffe's model files",
    ),
    Erratum(
        "AlexNet, initial biases",
        "1 (paper), 0.1 (Caffe)",
        "the paper's",
        "Caffe: 1 did not train",
        "AlexNet paper, section 5; Caffe's readme",
    ),
    Erratum(
        "ZFNet in VGG's Table 7",
        "37.5 / 16.0 / 16.1 for one network",
        "38.4 / 16.5 for the network of Figure 3",
        "the reprinted row is the variant with 512, 1024 and 512 maps",
        "VGG paper, Table 7; ZFNet paper, Table 2",
    ),
    Erratum(
        "VGG, initial weights",
        "variance 0.01",
        "standard deviation 0.1",
        "the libraries take other schemes altogether",
        "VGG paper, section 3.1",
    ),
    Erratum(
        "VGG's cost in the ResNet paper",
        "15.3 and 19.6 billion",
        "15.47 and 19.63 billion",
        "the first leaves the fully connected layers out, the second does not",
        "ResNet paper, section 3.3",
    ),
    Erratum(
        "VGG-16, top-1 error",
        "28.07, 28.5, 27.0, 28.41, 28.73",
        "all of them",
        "10 crops, 1 crop, dense, torchvision, Keras: compare like with like",
        "ResNet and VGG papers, Table 3; the libraries",
    ),
    Erratum(
        "GoogLeNet, Table 1",
        "parameters of seven rows and operations of two",
        "see `convscope show googlenet --paper`",
        "the channels are right, and Caffe's file agrees with them",
        "GoogLeNet paper, Table 1",
    ),
    Erratum(
        "GoogLeNet, Table 3",
        "-3.45 % for 7 x 144",
        "-3.40 %",
        "10.07 - 6.67 is 3.40",
        "GoogLeNet paper, Table 3",
    ),
    Erratum(
        "GoogLeNet, size",
        "12 times fewer parameters than AlexNet",
        "8.7 times",
        "60.97 / 6.99",
        "GoogLeNet paper, introduction",
    ),
    Erratum(
        "GoogLeNet in torchvision",
        "called googlenet",
        "here googlenet_bn",
        "3x3 in place of 5x5, batch normalisation, another pool4, dropout 0.2",
        "torchvision's source; its issue 906",
    ),
    Erratum(
        "Inception v3, stem",
        "3x3 with 80, 3x3/2 with 192, 3x3 with 288 (Table 1)",
        "1x1 with 80, 3x3 with 192, a pool",
        "the released network; here inception_v3",
        "Inception v3 paper, Table 1; torchvision",
    ),
    Erratum(
        "Inception v3, cost",
        "5 billion, 42 layers",
        "5.713 billion, 94 convolutions",
        "counted",
        "Inception v3 paper, abstract and section 6",
    ),
    Erratum(
        "Inception v3, parameters",
        "23.83, 23.85 and 27.16 million",
        "all of them",
        "without the head; Keras, with moving statistics; with the head",
        "timm, Keras, torchvision",
    ),
    Erratum(
        "ResNet-50, cost",
        "3.8 billion (paper), 4.1 billion (torchvision)",
        "3.858 and 4.089 billion",
        "the stride is in the first 1x1 (v1), or in the 3x3 (v1.5)",
        "ResNet paper, Table 1; torchvision",
    ),
    Erratum(
        "ResNet-50, parameters",
        "25,557,032; 25,557,096; 25,583,592; 25,636,712",
        "25,557,032",
        "Caffe's conv1 has a bias; Keras has biases everywhere and counts moving statistics",
        "torchvision, Caffe, Keras",
    ),
    Erratum(
        "ResNet-50, top-1 error",
        "22.85, 24.7, 23.87, 25.07",
        "all of them",
        "10 crops (paper), 1 crop (the authors), torchvision's v1.5, Keras",
        "ResNet paper, Table 3; the authors' repository; the libraries",
    ),
    Erratum(
        "ResNet, first pool",
        "Caffe: no padding, rounded up; torchvision: padding 1",
        "padding 1",
        "both give 56 x 56; the windows are shifted by one pixel, which matters to old weights",
        "the authors' Caffe files; torchvision",
    ),
    Erratum(
        "ResNet-18 and 34, shortcuts",
        "option A in Table 2, option B in every library",
        "resnet18 and resnet34 are B, resnet18_a and resnet34_a are A",
        "21.80 against 21.62 million parameters",
        "ResNet paper, Table 2; torchvision, timm",
    ),
    Erratum(
        "All-CNN, parameters of Model C and Strided-CNN-C",
        "about 1.3 million",
        "954,730",
        "by the paper's own Table 1",
        "All-CNN paper, Table 3; the lecture copies it",
    ),
    Erratum(
        "All-CNN-C, parameters",
        "about 1.4 million (Table 3), about 1.3 million (Table 4)",
        "1,369,738",
        "counted",
        "All-CNN paper, Tables 3 and 4",
    ),
    Erratum(
        "All-CNN, global average",
        "6 x 6 in the paper, 8 x 8 in most code",
        "6 x 6",
        "the third 3x3 is unpadded; the parameters are the same",
        "All-CNN paper, Table 1",
    ),
    Erratum(
        "Grad-CAM, AlexNet's maps",
        "14 x 14",
        "13 x 13",
        "conv5 of AlexNet is 13 x 13",
        "Grad-CAM paper",
    ),
    Erratum(
        "LeNet-5, connections",
        "340,908",
        "340,068 in the layers, and 840 in the RBF units",
        "one widely read page gives S4 as 7 x 7, which is wrong",
        "LeNet-5 paper, section II-B",
    ),
    Erratum(
        "LeNet-5 in libraries",
        "20 and 50 maps, max pooling, ReLU",
        "another network, 431,080 parameters",
        "Caffe's example; here lenet5 is the lecture's and lenet5_1998 the paper's",
        "Caffe's examples",
    ),
    Erratum(
        "CS231n's convolution demo",
        "taken as fixed numbers",
        "random at every load",
        "only the sizes and the biases are fixed; two screen captures are our tests",
        "the source of the page",
    ),
    Erratum(
        "torchvision's GoogLeNet and Inception v3",
        "said to be ported from the original paper",
        "ported from TensorFlow's released networks",
        "hence 3x3 for 5x5 in the one, and the other stem in the other",
        "torchvision's source",
    ),
    Erratum(
        "torchvision's GoogLeNet, auxiliary outputs",
        "aux1 and aux2 exchanged in old versions",
        "the newer order",
        "only what an old version returned in training is concerned, not its weights",
        "torchvision's history",
    ),
    Erratum(
        "Inception v3, four networks",
        "3.5 % top-5, and 3.58 %",
        "3.58 % on the test set, 3.46 % in validation",
        "3.46 rounds to the abstract's 3.5; which set it means it does not say",
        "Inception v3 paper, abstract and Table 5",
    ),
    Erratum(
        "PReLU-net in ResNet's Table 3",
        "24.27 in one copy, 24.07 in another",
        "unresolved",
        "no number of ours rests on it",
        "copies of the ResNet paper",
    ),
    Erratum(
        "BN-Inception, Figure 5",
        "modules 4c and 4d have an output of 576",
        "their branches add up to 608",
        "either is a misprint; the network is not in the zoo for that reason",
        "batch normalisation paper, Figure 5",
    ),
    Erratum(
        "timm's and torchvision's accuracy",
        "up to 0.15 % apart for one file",
        "both",
        "they resize and crop differently",
        "timm's and torchvision's tables",
    ),
    Erratum(
        "EfficientNet-Lite0, cost",
        "407 million multiply-adds",
        "385,187,552",
        "the convolutions and the linear layer; how the 407 were counted is not said",
        "the authors' repository",
    ),
)
