"""Data loaders: training batches from memory, and from photos decoded by worker processes.

What is done to the pixels of a batch belongs to `data.augment`; decoding to `io.photos`.
"""
