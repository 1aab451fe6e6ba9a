"""The export target `web`: a folder that any static server serves, or one HTML file.

The page itself is written in `web/` and built into `page/`. Servers belong in `server/`.
"""
