"""Looking inside models in the studio: records, stored images, and tasks of the worker.

`visual.py` and `forward.py` are tasks and import torch; routes import only the others.
"""
