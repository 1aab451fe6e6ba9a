"""Milliseconds per layer of a pass, from the engine's own profile.

Engines fuse layers, and name what they run by one of them. `attribution` brings their times back
to the paths of the architecture; there is one file for the profile of each engine.
"""
