"""File formats of published data sets: IDX (MNIST) and CIFAR's binary files; cache and download.

A data set itself (names, checksums, statistics) belongs to `data/sets`.
"""
