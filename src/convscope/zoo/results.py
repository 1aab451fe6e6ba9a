"""Published error rates: those of libraries, those of systems outside the zoo, and the list."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from convscope.arch import Result
from convscope.errors import InputError, unknown_name
from convscope.zoo import PUBLICATIONS
from convscope.zoo.publication import TEST, imagenet

_2010 = "ILSVRC-2010 test"
SYSTEMS: Mapping[str, tuple[Result, ...]] = {
    "human": (
        imagenet(
            None,
            5.1,
            "about 5 %: the annotator of the ILSVRC paper",
            "Russakovsky et al. 2015",
            split=TEST,
            weights="no network",
        ),
    ),
    "sparse_coding": (
        imagenet(
            47.1, 28.2, "not stated", "AlexNet paper, Table 1", split=_2010, weights="no network"
        ),
    ),
    "sift_fisher_vectors": (
        imagenet(
            45.7, 25.7, "not stated", "AlexNet paper, Table 1", split=_2010, weights="no network"
        ),
    ),
    "ilsvrc2011_winner": (
        imagenet(
            None,
            25.8,
            "not stated",
            "ILSVRC-2011, results",
            split="ILSVRC-2011 test",
            weights="no network",
        ),
    ),
    "ilsvrc2012_second": (
        imagenet(
            None, 26.2, "not stated", "AlexNet paper, Table 2", split=TEST, weights="no network"
        ),
    ),
    "clarifai": (
        imagenet(
            None,
            11.7,
            "two networks or more, number not stated",
            "VGG paper, Table 7",
            split="ILSVRC-2013 test",
            ensemble=2,
            weights="the authors",
        ),
    ),
    "senet_2017": (
        imagenet(
            None,
            2.251,
            "two networks or more, several crops and scales",
            "SENet paper, abstract",
            split="ILSVRC-2017 test",
            ensemble=2,
            weights="the authors",
        ),
    ),
    "prelu_net": (imagenet(21.59, 5.71, "dense, several scales", "ResNet paper, Table 4"),),
    "all_cnn_b_imagenet": (imagenet(41.2, None, "crops not stated", "All-CNN paper, section 3.4"),),
}
"""Systems with published results that the zoo has no network for, by our names."""


@dataclass(frozen=True)
class Published:
    """A published error rate with the name of its network or system."""

    network: str
    result: Result

    def to_dict(self) -> dict[str, object]:
        return {"network": self.network, **self.result.model_dump()}


def names() -> list[str]:
    """Return the networks and systems that have published results, in the order of the zoo."""
    networks = [name for publication in PUBLICATIONS for name in publication.results]
    order = [build.__name__ for publication in PUBLICATIONS for build in publication.networks]
    return [*sorted(set(networks), key=order.index), *SYSTEMS]


def published(name: str | None = None) -> list[Published]:
    """Return all published error rates, or those of one network; never sorted by error.

    Raises:
        InputError: unknown name, or a network without a published error rate.
    """
    by_name: dict[str, Iterable[Result]] = dict(SYSTEMS)
    for publication in PUBLICATIONS:
        by_name |= publication.results
    if name is None:
        return [Published(each, result) for each in names() for result in by_name[each]]
    key = name.lower()
    if key in by_name:
        return [Published(key, result) for result in by_name[key]]
    if any(key == build.__name__ for each in PUBLICATIONS for build in each.networks):
        raise InputError(
            f"no published error rate is known for {key}",
            fix="convscope list results prints those that are known",
        )
    raise unknown_name("network with results", name, names(), see="convscope list results")
