"""A diagram in words, for screen readers."""

from convscope.arch.architecture import Architecture
from convscope.render.diagram.items import (
    ConcatItem,
    FlatItem,
    HeadItem,
    Item,
    Items,
    LayerItem,
    MergeItem,
    StageItem,
    flattened,
    size_text,
)

LONGEST = 3000
VERBS = {"add": "added to", "multiply": "multiplied by"}


def described(architecture: Architecture, items: Items) -> str:
    """Return the network in words, at most 3,000 characters."""
    parts = [f"Input {size_text(architecture.input)}"]
    parts += [_sentence(item) for item in flattened(items)]
    text = "; ".join(parts) + "."
    if len(text) > LONGEST:
        text = text[:LONGEST].rsplit("; ", 1)[0] + "; and so on."
    return text


def _sentence(item: FlatItem) -> str:
    match item:
        case LayerItem():
            follow = f" with {', '.join(item.follow)}" if item.follow else ""
            words = f"{item.label}{follow}"
        case ConcatItem():
            branches = "; ".join(_branch(branch) for branch in item.branches)
            words = f"{len(item.branches)} branches ({branches}) concatenated"
        case MergeItem():
            words = f"{_branch(item.body)} {VERBS[item.operation]} {_branch(item.branch)}"
        case HeadItem():
            return f"auxiliary head ({_branch(item.head)})"
    times = f", {item.times} times" if item.times > 1 else ""
    return f"{words}{times}, output {size_text(item.shape)}"


def _branch(branch: Items) -> str:
    return " then ".join(_brief(item) for item in branch) or "the input itself"


def _brief(item: Item) -> str:
    match item:
        case LayerItem():
            return item.label
        case ConcatItem():
            return f"{len(item.branches)} branches"
        case MergeItem():
            return "a residual" if item.operation == "add" else "a gate"
        case HeadItem():
            return "an auxiliary head"
        case StageItem():
            return item.name
