"""Output of commands on standard output and standard error: text, tables, progress and errors.

What a command prints belongs here, how it is written in the catalogues of `convscope.lang`.
"""
