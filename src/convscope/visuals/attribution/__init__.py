"""Shared parts of attribution methods: class scores, layers, class activation maps, maps."""
