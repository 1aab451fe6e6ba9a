"""Names of ImageNet's classes for the figures `classify` and `top5`."""

from convscope.lang import Translate, unchanged


def labels(write: Translate) -> list[str]:
    """Return the names in the order of the logits, in the language that `write` translates into."""
    from convscope.weights.labels import imagenet_labels

    return list(imagenet_labels("en" if write is unchanged else "zh"))
