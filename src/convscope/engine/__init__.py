"""Engines: what computes a network's logits, exactly as PyTorch does, and the choice of one.

`choice.fastest` measures the engines of this machine for one network and size of batch, and
verifies them against PyTorch. An engine holds weights as they are when it is built; predictions,
labels and images belong to the packages above. Formats that files are written in are in `export`.
"""
