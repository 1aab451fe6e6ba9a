"""Checks of an attribution: deletion, insertion and model randomisation."""
