"""One file for each paper: its networks, printed tables, published results and errata."""
