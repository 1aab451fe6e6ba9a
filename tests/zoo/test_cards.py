"""Cards of the list: the same figures as the tables, one for each architecture."""

import pytest

from convscope.errors import InputError
from convscope.zoo import FAMILIES, GROUPS, PUBLICATIONS, load
from convscope.zoo.cards import card, publication_of


def test_families_are_those_of_the_folders():
    assert set(FAMILIES) == {"classic", "inception", "residual", "mobile"}
    assert len(FAMILIES) == len(GROUPS) == len(PUBLICATIONS)
    assert card("resnet20").family == "residual"
    assert card("mobilenet_v3_small").family == "mobile"


@pytest.mark.parametrize("name", ["lenet5", "googlenet", "resnet50", "efficientnet_b0"])
def test_figures_are_those_of_the_table(name):
    network, shown = load(name), card(name)
    totals = network.table().totals
    assert (shown.parameters, shown.macs, shown.layers) == (
        *(totals.parameters, totals.macs, totals.layers),
    )
    assert (shown.inference_bytes, shown.training_bytes) == (
        *(totals.inference_bytes, totals.training_bytes),
    )
    assert shown.paper == network.paper
    assert shown.result == network.plainest_result


def test_known_figures():
    # ResNet paper, Table 1: 18 layers; torchvision's num_params
    shown = card("resnet18")
    assert shown.depth == 18
    assert shown.parameters == 11_689_512


def test_errata_belong_to_the_paper_of_the_network():
    assert publication_of("googlenet").errata
    assert any(network.__name__ == "lenet5" for network in publication_of("lenet5").networks)


def test_an_unknown_name_suggests_a_known_one():
    with pytest.raises(InputError) as error:
        card("resnet19")
    assert "resnet18" in error.value.fix
