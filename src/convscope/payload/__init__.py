"""Payloads: what a visual returns, as plain data. Knows no network and no renderer."""
