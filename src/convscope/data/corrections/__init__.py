"""Lists of corrected labels, and data sets written with them. The source is never changed."""
