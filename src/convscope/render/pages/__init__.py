"""HTML around drawings: whole pages, and pieces for the outputs of notebooks, with their styles."""
