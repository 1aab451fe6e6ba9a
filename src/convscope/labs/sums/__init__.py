"""Sums of a convolution, product by product: the terms, their limits, and one window as text."""
