"""Drawings of the kinds of payloads, one kind per file; `render.payloads` chooses among them."""
