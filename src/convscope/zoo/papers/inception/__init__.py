"""Networks of parallel branches: GoogLeNet and its successors."""
