"""Data sets whose labels are in a file: CSV, TSV, JSON or JSON Lines, with a row for each image.

Which images are read, and how, is that of folders; only the labels come from the file.
"""
