"""Grammar of the command line, the same for every command: what can be typed, and its help.

Arguments and options that several commands share, their completion, the help pages, the language,
and errors in what was typed. The options of one command belong to its own file.
"""
