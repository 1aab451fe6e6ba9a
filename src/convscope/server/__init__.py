"""Services over HTTP: the prediction service of `convscope serve`.

Modules of this folder serve any application: limits, connections, security, answers and the
graceful stop. Routes belong to a package of their own (`predictions`). Predictions themselves are
computed by the packages below.
"""
