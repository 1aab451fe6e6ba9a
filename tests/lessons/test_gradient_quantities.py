"""The gradients that the chapter on ResNet states are those of the lab."""

import pytest

from convscope.labs.gradients import Gradients, cases
from convscope.lessons.quantities.later import GRADIENT_DEPTH, GRADIENTS


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradients_of_the_text_are_those_of_the_lab(name: str) -> None:
    case = next(case for case in cases() if case.name == name)
    flow = Gradients(depth=GRADIENT_DEPTH).flow(case)
    assert flow.ratio == pytest.approx(GRADIENTS[name], rel=0.02)
