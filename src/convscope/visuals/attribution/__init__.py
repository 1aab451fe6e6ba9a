"""What attribution methods share: scores, layers, class activation maps, pictures."""
