"""Visuals, one per file: `compute` returns a payload. Listed in `convscope.visuals`."""
