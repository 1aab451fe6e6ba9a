"""Verbs that start a service: `serve`."""
