"""Visuals of layers and channels: what they respond to."""
