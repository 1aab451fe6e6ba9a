"""Published data sets, one per file."""
