"""Watching a run: figures of every layer, predictions and pictures, while it trains.

A run that is watched computes the same bits as one that is not. What is written goes to the folder
`watch/` of the run, and stays bounded however long the run takes. How a network is trained belongs
to `training`, and drawing to the page.

`records` and `reading` import no torch: a program that only shows a run needs none.
"""
