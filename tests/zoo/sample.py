"""Which networks the quick tests of the whole zoo take; the slow ones take all.

The first network of every paper, and those whose blocks are of another kind than its. All
others differ in their sizes only, and what sizes decide, the counts, is always compared.
"""

import pytest

from convscope.zoo import PUBLICATIONS

OTHER_BLOCKS = {
    "lenet5_1998",
    "alexnet_owt",
    "vgg11_lrn",
    "vgg16_c_bn",
    "googlenet_bn",
    "inception_naive",
    "resnet50",
    "resnet50_v1",
    "resnet18_a",
    "resnet34_c",
    "resnet20",
    "plain20",
    "strided_cnn_a",
    "convpool_cnn_a",
    "all_cnn_c",
    "wrn40_1",
    "regnety_400mf",
    "convnextv2_atto",
}
QUICK = {paper.networks[0].__name__ for paper in PUBLICATIONS} | OTHER_BLOCKS


def rows(names):
    """Parameters of a test, with the networks outside of the sample as slow ones."""
    slow = pytest.mark.slow
    return [name if name in QUICK else pytest.param(name, marks=slow) for name in names]
