"""Check a data set before training: damaged files, duplicates, data leakage, unusual images.

`check.py` runs everything and returns a `Report`. A check that needs a trained network does not
belong here. Printing belongs to `cli/data`.
"""
