"""Modules that PyTorch lacks, one file for each family of layers.

The PyTorch export prints these definitions, so a file imports only torch and functions that
need nothing else, and its lines have at most 88 characters. Constants are made on the CPU by
name: a network is also built on the meta device.

Tensor names end in their axes: N batch, C input channels, K output channels, H height,
W width, F features, P positions of a window, L links of a table, D all numbers of an image.
"""
