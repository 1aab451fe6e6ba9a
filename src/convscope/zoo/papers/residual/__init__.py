"""Networks with shortcuts: ResNet and its successors."""
