"""Formats of quantities, and formulas as MathML and as text."""

import pytest

from convscope.errors import InputError
from convscope.lessons.quantities.formats import text_of
from convscope.lessons.reading.formula import ATTRIBUTES, TAGS, formula


@pytest.mark.parametrize(
    ("value", "form", "english", "chinese"),
    [
        (61706, None, "61,706", "61,706"),
        (0.123456, None, "0.1235", "0.1235"),
        ((55, 55, 96), None, "55 × 55 × 96", "55 × 55 × 96"),
        ("4 3 4", None, "4 3 4", "4 3 4"),
        (60_965_224, "millions", "61.0 million", "6,096.5 万"),
        (60_965_224, "millions0", "61 million", "6,097 万"),
        (15_470_000_000, "billions", "15.5 billion", "154.7 亿"),
        (0.164, "percent", "16.4 %", "16.4 %"),
        (0.164, "percent0", "16 %", "16 %"),
        (3.14159, "2", "3.14", "3.14"),
        (2.0e-5, "scientific", "2.0 × 10⁻⁵", "2.0 × 10⁻⁵"),
        (1998, "plain", "1998", "1998"),
        (2.6, "integer", "3", "3"),
        (46_830_571, "megabytes", "46.8 MB", "46.8 MB"),
    ],
)
def test_a_format_writes_numbers_for_both_languages(value, form, english, chinese):
    assert text_of(value, form, "en") == english
    assert text_of(value, form, "zh") == chinese


@pytest.mark.parametrize(("value", "form"), [(1, "nonsense"), ("text", "2"), ((1, 2), "percent")])
def test_a_format_that_does_not_fit_is_refused(value, form):
    with pytest.raises(InputError):
        text_of(value, form, "en")


FORMULAS = {
    r"O = \lfloor (I-K+2P)/S \rfloor + 1": "O = ⌊(I − K + 2P)/S⌋ + 1",
    r"\frac{a+b}{2}": "(a + b)/2",
    r"\frac{\partial L}{\partial w}": "(∂L)/(∂w)",
    r"p_k = \frac{e^{s_k}}{\sum_j e^{s_j}}": "pₖ = (e^(sₖ))/(∑ⱼ e^(sⱼ))",
    r"F(x) + x": "F(x) + x",
    r"\sqrt{2/n}": "√(2/n)",
    r"\text{total} = \text{loss} + 3 \cdot 2": "total = loss + 3 · 2",
    r"3 \times 3": "3 × 3",
    r"-\log p": "− log p",
    r"L = -\log p_y": "L = − log p_y",
    r"\begin{bmatrix} -1 & 0 \\ 2 & -1 \end{bmatrix}": "[−1 0; 2 −1]",
    r"\frac{1}{2n} \sum_{r,c} (y_{rc} - 3)^2": "1/(2n) ∑_(r,c) (y_(rc) − 3)²",
    r"a \qquad b": "a    b",
    r"x \in \mathbb{R}^n": "x ∈ ℝⁿ",
    r"\hat{y}": "ŷ",
    r"\begin{pmatrix}1&2\\3&4\end{pmatrix}": "(1 2; 3 4)",
    r"(18-3)^2": "(18 − 3)²",
}


@pytest.mark.parametrize("latex", FORMULAS)
def test_a_formula_has_readable_text(latex):
    import unicodedata

    _, text = formula(latex)
    assert unicodedata.normalize("NFC", text) == FORMULAS[latex]


def nodes(node):
    yield node
    for child in node.children:
        if not isinstance(child, str):
            yield from nodes(child)


@pytest.mark.parametrize("latex", [*FORMULAS, r"\href{javascript:alert(1)}{x}", r"\style{a}{x}"])
def test_a_formula_has_no_other_elements_than_those_of_the_list(latex):
    try:
        math, _ = formula(latex, is_block=True)
    except ValueError:
        assert "\\href" in latex or "\\style" in latex
        return
    assert {node.tag for node in nodes(math)} <= TAGS
    assert {key for node in nodes(math) for key in node.attributes} <= ATTRIBUTES
