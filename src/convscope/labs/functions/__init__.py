"""Labs on functions of one number: activations, and gradient descent on a curve."""
