"""WebDataset tar shards: index, reader and writer."""
