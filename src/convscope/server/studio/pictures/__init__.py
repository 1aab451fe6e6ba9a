"""Images of data sets for the page: sheets of thumbnails, one image, its facts, histograms.

Functions run in the worker for pictures, so that a decoder that crashes ends only itself.

Axes: N images, C channels, H height, W width.
"""
