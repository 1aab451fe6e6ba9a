"""Drawing: payloads and architecture diagrams become SVG; PNG, HTML and terminal output follow.

The only package that draws. It computes no visuals and trains no networks.
"""
