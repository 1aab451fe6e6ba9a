"""Export an architecture as one readable PyTorch file."""
