"""Drawings of the labs: one file per lab, made of the marks of `render/`."""
