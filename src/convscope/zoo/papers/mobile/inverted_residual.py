"""Blocks that the papers of networks for phones share."""


def rounded(width: float, multiple: int = 8) -> int:
    """Return channels as a multiple of 8, never less than nine tenths of `width`.

    Paper: Howard et al. 2017; the rule is that of the authors' code.
    """
    nearest = max(multiple, int(width + multiple / 2) // multiple * multiple)
    return nearest if nearest >= 0.9 * width else nearest + multiple
