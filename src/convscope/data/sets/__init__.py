"""Published data sets, one per file: names, checksums, statistics, authors and licence."""
