"""Products and their sums: what one value of a convolution, or of its gradients, is made of."""

from typing import Any, NamedTuple

from convscope.labs.numbers import number

Index = tuple[int, ...]


class Product(NamedTuple):
    """Product of two numbers, with their positions."""

    left_at: Index
    left: float
    right_at: Index
    right: float
    padding: bool = False  # the position is outside the input, where the value is 0

    @property
    def value(self) -> float:
        return self.left * self.right


class Sum(NamedTuple):
    """One value of a result: the sum of products and a bias."""

    at: Index
    products: tuple[Product, ...]
    bias: float = 0.0

    @property
    def value(self) -> float:
        return sum(product.value for product in self.products) + self.bias

    def to_dict(self) -> dict[str, Any]:
        return {
            "at": self.at,
            "products": [
                {**product._asdict(), "value": product.value} for product in self.products
            ],
            "bias": self.bias,
            "value": self.value,
        }


def equation(step: Sum, *, most: int = 12) -> str:
    """Return `1*1 + 0*1 + ... + 1 = 4`; zeros are left out of long sums."""
    shown = list(step.products)
    if len(shown) > most:
        shown = [product for product in shown if product.value]
    terms = [f"{number(p.left)}*{_bracketed(p.right)}" for p in shown[: 3 * most]]
    terms += ["..."] * (len(shown) > 3 * most)
    terms += [f"{_bracketed(step.bias)} (bias)"] * bool(step.bias)
    return f"{' + '.join(terms) or '0'} = {number(step.value)}"


def _bracketed(value: float) -> str:
    return f"({number(value)})" if value < 0 else number(value)
