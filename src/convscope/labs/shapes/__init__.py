"""Labs on sizes and counts: parameters of a layer, and shapes that are concatenated."""
