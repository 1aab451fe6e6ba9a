"""The view Build: drafts checked as they are typed, the palette, saved networks, challenges.

Nothing here imports torch.
"""
