import pytest

from convscope import zoo
from convscope.arch import Architecture, Chain
from convscope.arch.classifier import classifiers, with_classes
from convscope.errors import ArchitectureError
from convscope.layers import BatchNorm2d, Conv2d, Flatten, GlobalAvgPool2d, Linear
from convscope.shapes import CHW
from tests.zoo.sample import rows


@pytest.mark.parametrize(
    ("name", "paths"),
    [
        ("efficientnet_lite0", ("fc",)),
        ("vgg11", ("fc3",)),
        ("all_cnn_c", ("conv3",)),
        ("nin", ("mlpconv3.cccp2",)),
        ("lenet5", ("fc2",)),
    ],
)
def test_classifier_of_the_zoo(name, paths):
    assert classifiers(zoo.load(name)) == paths


def test_auxiliary_heads_have_classifiers():
    paths = classifiers(zoo.load("googlenet"))
    assert paths[0] == "fc"
    assert [path.split(".")[0] for path in paths[1:]] == ["aux1", "aux2"]


@pytest.mark.parametrize("name", rows([n for n in zoo.list_architectures() if n != "lenet5_1998"]))
def test_other_classes_equal_those_of_the_zoo(name):
    found = with_classes(zoo.load(name), 7)
    assert found.architecture.fingerprint == zoo.load(name, num_classes=7).fingerprint
    assert found.architecture.facts == found.architecture.results == ()


def test_rbf_units_cannot_be_replaced():
    with pytest.raises(ArchitectureError, match="output: lenet5_1998 ends in EuclideanRBF"):
        with_classes(zoo.load("lenet5_1998"), 7)


def test_a_normalisation_after_the_classifier_is_replaced_too():
    made = Architecture(
        name="tail",
        input=CHW(3, 8, 8),
        num_classes=5,
        block=Chain(
            body=Chain(conv=Conv2d(4, 3)),
            top=Conv2d(5, 1),
            norm=BatchNorm2d(),
            average=GlobalAvgPool2d(),
            flatten=Flatten(),
        ),
    )
    found = with_classes(made, 2)
    assert found.new_layers == ("top", "norm")
    assert found.architecture.num_classes == 2
    assert with_classes(found.architecture, 5).architecture.block == made.block


def test_with_the_same_number_the_architecture_is_the_same():
    made = zoo.load("resnet20")
    assert with_classes(made, 10) == (made, ("fc",))


def test_a_network_without_weights_has_no_classifier():
    flat = Architecture(
        name="flat", input=CHW(5, 1, 1), num_classes=5, block=Chain(flatten=Flatten())
    )
    with pytest.raises(ArchitectureError, match="ends in no layer with weights"):
        with_classes(flat, 2)
    whole = Architecture(
        name="whole",
        input=CHW(5, 1, 1),
        num_classes=5,
        block=Chain(flatten=Flatten(), fc=Linear(5, bias=False)),
    )
    new = with_classes(whole, 2).architecture.block.blocks["fc"]
    assert new == Linear(2, bias=False)
