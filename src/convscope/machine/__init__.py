"""The machine that computes: CPU cores and threads, devices, and training beside other programs.

What depends on a network or on data does not belong here.
"""
