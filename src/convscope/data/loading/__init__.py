"""Batches for training: in-memory sets, and photos decoded by worker processes."""
