"""Visuals of a whole network: how it behaves on many images, or in training."""
