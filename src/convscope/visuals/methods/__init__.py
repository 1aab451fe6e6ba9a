"""Ways to look inside a network, one per file."""
