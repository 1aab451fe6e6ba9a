"""Draw payloads and architectures: SVG, PNG, HTML and terminal. The only package that draws."""
