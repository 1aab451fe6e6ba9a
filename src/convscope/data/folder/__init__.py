"""Folders of images: which folder is a split or a class, and the data set made of them."""
