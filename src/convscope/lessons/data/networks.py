"""Networks of the zoo for the figures `architecture` and `paper_table`."""

from collections.abc import Callable
from functools import partial
from typing import Any

from convscope.lang import Translate

COURSE = (
    *("lenet5", "lenet5_1998", "lenet_caffe"),
    *("alexnet", "alexnet_ungrouped", "zfnet"),
    *("model_c", "strided_cnn_c", "convpool_cnn_c", "all_cnn_c"),
    *("vgg11", "vgg13", "vgg16", "vgg19"),
    *("googlenet", "bn_inception", "inception_v3", "xception"),
    *("plain34", "resnet18", "resnet34", "resnet50", "resnet20", "resnet110"),
    *("densenet121", "se_resnet50", "convnext_tiny"),
    *("squeezenet1_1", "mobilenet_v1", "mobilenet_v2", "shufflenet_v2_x1_0", "efficientnet_b0"),
)
"""Networks that the static site has; the studio has all of the zoo."""


def names() -> tuple[str, ...]:
    """Return all networks, in the order of the list."""
    from convscope.zoo import list_architectures

    return tuple(list_architectures())


def writer(name: str) -> Callable[[Translate], dict[str, Any]]:
    """Return the function that writes a network in a language."""
    return partial(_network, name)


def _network(name: str, write: Translate) -> dict[str, Any]:
    """Return a network in the form of the studio's route `/api/zoo/network`."""
    from convscope.zoo.cards import card
    from convscope.zoo.network_data import network_data, translated_result

    own = card(name)
    words = {"group": write(own.group), "summary": write(own.summary)}
    result = own.result and translated_result(own.result, write)
    entry = {"card": own.model_copy(update={**words, "result": result}).model_dump(mode="json")}
    return {"entry": {**entry, "weights": []}, **network_data(name, write).model_dump(mode="json")}
