"""Two counts of the sources whose networks the zoo does not name, by the algebra alone."""

from convscope.arch import Chain, trace
from convscope.layers import Conv2d, Flatten, Linear, MaxPool2d, ReLU
from convscope.shapes import CHW
from convscope.zoo import load


def _counts(block, shape):
    steps = trace(block, shape).steps
    return sum(step.parameters for step in steps), sum(step.macs for step in steps)


def test_caffes_lenet_is_another_network():
    """examples/mnist/lenet.prototxt: 20, 50, 500, 10 on 28 x 28."""
    block = Chain(
        conv1=Conv2d(20, 5),
        pool1=MaxPool2d(2),
        conv2=Conv2d(50, 5),
        pool2=MaxPool2d(2),
        flatten=Flatten(),
        ip1=Linear(500),
        relu1=ReLU(),
        ip2=Linear(10),
    )
    assert _counts(block, CHW(1, 28, 28)) == (431_080, 2_293_000)


def test_zfnet_b_is_wider_in_its_last_three_convolutions():
    """Variant (b) of the ZFNet paper: 512, 1024 and 512 maps."""
    wider = {"conv3": 512, "conv4": 1024, "conv5": 512}
    network = load("zfnet")
    blocks = {
        name: Conv2d(wider[name], 3, padding=1) if name in wider else block
        for name, block in network.block.blocks.items()
    }
    assert _counts(Chain(**blocks), network.input) == (107_627_624, 2_476_704_896)
