"""Services over HTTP: the prediction service of `convscope serve`.

Routes and their limits belong here; predictions themselves are computed by the packages below.
"""
