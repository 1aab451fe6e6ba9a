"""Visuals of a prediction: which parts of an image it comes from."""
