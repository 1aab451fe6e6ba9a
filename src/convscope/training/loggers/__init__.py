"""Loggers: a run's events in other formats (CSV, TensorBoard)."""
