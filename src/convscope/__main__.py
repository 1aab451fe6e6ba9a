"""`python -m convscope` is `convscope`."""

from convscope.cli import main

main()
