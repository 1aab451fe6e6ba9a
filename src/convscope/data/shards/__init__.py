"""Tar shards in the WebDataset layout: index, reader, writer. Nothing is extracted or unpickled.

Decoding belongs to `data.loading`.
"""
