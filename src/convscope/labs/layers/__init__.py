"""Labs on layers beyond the plain convolution: receptive fields, separable ones, gates."""
