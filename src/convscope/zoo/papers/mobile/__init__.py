"""Networks for phones: few parameters, few multiply-accumulates."""
