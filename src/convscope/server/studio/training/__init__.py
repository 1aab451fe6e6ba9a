"""Training in the studio: what the form names, plans of runs, their history, and what was watched.

`setup`, `records` and `history` import no torch; `tasks` is for the worker. How a network is
trained belongs to `convscope.training`, and a run is started as on the command line.
"""
