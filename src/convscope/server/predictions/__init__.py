"""The prediction service: one model over HTTP.

Uploads, batching, decoding processes, routes, metrics and the page of `/docs` belong here.
"""
