"""Check a data set before training: damaged files, near-duplicates, leakage, odd images."""
