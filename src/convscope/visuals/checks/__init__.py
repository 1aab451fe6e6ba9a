"""Checks of attribution methods: deletion, insertion and model randomisation."""
