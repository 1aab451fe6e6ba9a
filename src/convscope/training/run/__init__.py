"""The folder of a run: its files, events, checkpoints and commands, and who may write them.

How a network is trained belongs to `training`; nothing here knows the loop.
"""
