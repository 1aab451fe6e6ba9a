"""Networks from LeNet-5 to VGG: chains of convolutions, and what replaced their parts."""
