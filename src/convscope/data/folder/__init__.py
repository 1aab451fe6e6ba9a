"""Folders of images: which folders are classes and splits, what is ignored, what is an error.

Decoding belongs to `data.loading`; findings that do not prevent opening belong to `data.checks`.
"""
