"""Drawings of the labs in `labs/layers/`."""
