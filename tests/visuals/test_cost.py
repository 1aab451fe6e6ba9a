"""Cost of visuals: what is stated before is what is done, and defaults fit the budget."""

import pytest
import torch

import convscope
from convscope.data import Split
from convscope.errors import InputError
from convscope.network import build
from convscope.network.build import build_empty
from convscope.visuals import VISUALS, fast_forward, load_visual
from convscope.visuals.call import Inputs, Selection, estimate, look
from convscope.visuals.checks.checks import check
from convscope.visuals.cost import (
    BUDGET_OF_ALL_S,
    BUDGET_S,
    Cost,
    in_budget,
    nominal_seconds,
    parse_budget,
)
from convscope.visuals.methods.prediction import occlusion, smooth_grad
from convscope.visuals.methods.units import maximise
from convscope.visuals.progress import reported_to

SMALL = {"maximise": {"steps": 3, "num_images": 2}, "integrated_gradients": {"steps": 20}}
# a few passes are needed to look for layers and classes
SPARE = 6
# these stop early, or run a part of the network or a copy of it
AT_MOST = {"integrated_gradients", "intervene", "lrp", "score_cam", "top_patches"}
LARGE = ["efficientnet_lite0", "resnet152", "vgg16", "inception_v3"]


def inputs():
    images = torch.randint(0, 256, (8, 3, 32, 32), dtype=torch.uint8)
    network = build(convscope.load("resnet20"), seed=0)
    split = Split(images, torch.arange(8))
    image_NCHW = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    return Inputs(network, image_NCHW=image_NCHW, split=split, preprocessing=lambda x: x / 128 - 1)


@pytest.mark.parametrize("visual", list(VISUALS))
def test_the_stated_passes_are_those_that_are_done(visual, monkeypatch):
    given, counted, stated = inputs(), [], []
    settings = SMALL.get(visual, {})
    # passes in an engine would not be counted
    monkeypatch.setattr(fast_forward, "_is_worth_it", lambda *_: False)
    hook = given.network.register_forward_pre_hook(lambda _, args: counted.append(len(args[0])))
    with reported_to(lambda *_: None, stated.append):
        look(given, visual, Selection(settings=settings))
    hook.remove()
    (cost,) = stated
    assert cost.visual == visual
    assert cost.backward <= cost.forward
    if visual not in AT_MOST:
        assert sum(counted) >= cost.forward
    assert sum(counted) <= cost.forward + SPARE + cost.forward // 10


@pytest.mark.parametrize("name", LARGE)
def test_defaults_fit_the_budget_of_large_networks(name):
    network = build_empty(convscope.load(name))
    given = Inputs(network, image_NCHW=torch.zeros(1, *network.architecture.input))
    for budget_s in (BUDGET_S, BUDGET_OF_ALL_S / 8):
        with in_budget(budget_s):
            for visual in ("maximise", "occlusion", "smooth_grad", "receptive_field"):
                module = load_visual(visual)
                cost = module.cost(network, given.image_NCHW)
                assert nominal_seconds(network, None, cost) < 1.7 * budget_s, visual


def test_small_networks_take_all_steps_and_a_budget_of_none_too():
    lenet5 = build_empty(convscope.load("lenet5"))
    assert maximise.cost(lenet5) == Cost(2560, 2560)
    vgg16 = build_empty(convscope.load("vgg16"))
    image_NCHW = torch.zeros(1, 3, 224, 224)
    assert maximise.cost(vgg16) != Cost(2560, 2560)
    with in_budget(None):
        assert maximise.cost(vgg16) == Cost(2560, 2560)
        assert smooth_grad.cost(vgg16, image_NCHW) == Cost(33, 32)
        assert occlusion.cost(vgg16, image_NCHW) == Cost(226)
    assert smooth_grad.cost(vgg16, image_NCHW, samples=50) == Cost(51, 50)


def test_what_was_reduced_is_said():
    given = inputs()
    with in_budget(1e-3):
        caption = look(given, "smooth_grad").caption
    assert "Reduced to 8 of 32 noisy copies to stay within 0.001 s; --set samples=32 for all." in (
        caption
    )
    assert "Reduced" not in look(given, "smooth_grad").caption


def test_checks_state_their_cost_and_what_was_reduced():
    given, stated = inputs(), []
    with reported_to(lambda *_: None, stated.append), in_budget(1e-3):
        sheet = check(given.network, given.image_NCHW, "saliency")
    assert "Reduced to 5 of 20 points" in sheet.caption
    assert "--budget none for all" in sheet.caption
    assert stated[0].forward == 2 * 4 * 6 + 4
    assert stated[0].backward == 4


def test_modules_of_others_have_a_size():
    module = torch.nn.Sequential(torch.nn.Conv2d(1, 8, 5, bias=False), torch.nn.Flatten())
    x_NCHW = torch.zeros(1, 1, 28, 28)
    values = 2 * 8 * 24 * 24  # of the convolution, and flattened
    macs = 8 * 25 * 24 * 24
    expected = macs / 150e9 + values / 1.5e9
    assert nominal_seconds(module, x_NCHW, Cost(1)) == pytest.approx(expected)


def test_visuals_that_do_not_apply_have_no_cost():
    assert estimate(Inputs(inputs().network), "saliency") is None


def test_budgets_are_read():
    assert parse_budget(None, 15) == 15
    assert parse_budget("none", 15) is None
    assert parse_budget("2.5", 15) == 2.5
    for wrong in ("0", "-3", "nan", "inf", "soon", ""):
        with pytest.raises(InputError, match="seconds above 0, or none"):
            parse_budget(wrong, 15)
