"""Input and output: image files, encoded photos, atomic storage, downloads. No torch.

What the files mean (data sets, model files, runs) belongs to the packages above.
"""
