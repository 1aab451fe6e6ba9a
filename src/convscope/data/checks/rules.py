"""Everything that `check` can find: the whole list, worst first."""

from collections.abc import Iterable
from typing import NamedTuple

from convscope.data.checks.report import Finding, Place, Severity

FEW = 10
"""A class with fewer training images is called tiny."""

IMBALANCE = 10.0
FAR = 4.0  # times smaller or larger than the median side
LONG = 4.0  # proportion of the sides
TINY_SIDE = 64  # pixels: below it, more images are alike by chance


class Rule(NamedTuple):
    """One kind of finding: how bad it is, what it is, what to do."""

    code: str
    severity: Severity
    message: str
    fix: str


RULES = (
    # --- the folder
    Rule(
        "no_images",
        "error",
        "there are no images here",
        "images belong into train/CLASS/, val/CLASS/ and test/CLASS/, or simply into CLASS/",
    ),
    Rule(
        "no_train",
        "error",
        "there is a split, but no train/",
        "name the folder of training images `train`",
    ),
    Rule(
        "two_folders_one_split",
        "error",
        "two folders are the same split",
        "keep one of them, or move the images of both into one",
    ),
    Rule(
        "case_twins",
        "error",
        "classes whose names differ in nothing but capitals or accents",
        "rename one, or move the images of both into one",
    ),
    Rule(
        "odd_class_name",
        "error",
        "class names with control characters, or bytes that are no UTF-8",
        "rename the folders: models and reports carry these names",
    ),
    Rule(
        "class_not_in_train",
        "error",
        "a class that is never trained, as train/ lacks it",
        "add training images of it, or remove it from the other splits",
    ),
    Rule(
        "class_not_in_split",
        "error",
        "a class that train/ has and another split lacks",
        "move some of its training images there; or make an empty folder, to say that it has none",
    ),
    Rule(
        "empty_class",
        "error",
        "a class without any image",
        "remove the folder, or put images into it",
    ),
    Rule("unreadable", "error", "may not be read", "change the permissions: chmod -R u+rX"),
    Rule(
        "broken_link",
        "error",
        "links that lead nowhere",
        "remove them, or bring back what they lead to",
    ),
    Rule(
        "special",
        "error",
        "named as images, and are pipes, sockets or devices",
        "remove them",
    ),
    # --- files
    Rule("empty", "error", "empty files", "copy or download them again, or remove them"),
    Rule(
        "damaged",
        "error",
        "damaged images, or cut short",
        "copy or download them again, or remove them",
    ),
    Rule("not_an_image", "error", "named as images, and are none", "remove them"),
    Rule(
        "unread_format",
        "error",
        "images of a format that convscope does not read",
        "save them as PNG or JPEG",
    ),
    Rule(
        "too_large",
        "error",
        "images that are too large to be read",
        "make them smaller; or remove them, if they were never meant to be opened",
    ),
    Rule(
        "crashes",
        "error",
        "files that end the decoder",
        "remove them; they may have been made to do so",
    ),
    Rule("hangs", "error", "files that the decoder does not get done with", "remove them"),
    # --- the same image twice, the worst first
    Rule(
        "label_conflict",
        "error",
        "the same file under two classes",
        "decide which class is right and remove the other",
    ),
    Rule(
        "leak",
        "error",
        "the same file in two splits: what is measured was trained on",
        "remove it from train/, or from the split that measures",
    ),
    Rule(
        "near_label_conflict",
        "warning",
        "images that look the same under two classes",
        "look at them: one of the two labels may be wrong",
    ),
    Rule(
        "near_leak",
        "warning",
        "images that look the same in two splits: what is measured was all but trained on",
        "keep all images of one scene in one split",
    ),
    Rule(
        "duplicate",
        "warning",
        "the same file twice in one class",
        "keep one: copies weigh double, and may fall to both sides of a split",
    ),
    Rule(
        "near_duplicate",
        "note",
        "images that look the same in one class",
        "nothing, if they were meant to be there",
    ),
    # --- what training would go on with, but should not in silence
    Rule(
        "half_damaged",
        "warning",
        "images that decode, but with faults: part may be grey or shifted",
        "look at them; copy or download them again",
    ),
    Rule(
        "tiny_class",
        "warning",
        f"classes with fewer than {FEW} training images",
        "add images, or expect nothing of them",
    ),
    Rule(
        "imbalance",
        "warning",
        "the largest class has many times the images of the smallest",
        "add images to the small ones; look at the recall of each class, not at the accuracy",
    ),
    Rule(
        "one_class",
        "error",
        "only one class: there is nothing to tell apart",
        "add another, if only `other`",
    ),
    Rule("flat", "warning", "images of one flat colour", "remove them, if they show nothing"),
    Rule(
        "small",
        "warning",
        f"images far smaller than the others (a {FAR:g}th of the median or less)",
        "remove them, if they are thumbnails that came along",
    ),
    Rule(
        "stray",
        "warning",
        "left out: they lie in no class folder",
        "move them into the folder of their class",
    ),
    Rule(
        "left_out_image",
        "warning",
        "left out: images whose name does not say so",
        "let the name end in .jpg or .png, as the content is; save other formats as PNG",
    ),
    Rule(
        "loop", "warning", "left out: folders that a link leads to a second time", "remove the link"
    ),
    Rule(
        "empty_in_split",
        "warning",
        "a class that a split has no image of: there nothing is measured about it",
        "move some of its training images there",
    ),
    Rule(
        "odd_name",
        "warning",
        "names with control characters, or bytes that are no UTF-8",
        "rename them; other programs will stumble",
    ),
    # --- good to know
    Rule(
        "lying_ending",
        "note",
        "the name says another format than the content",
        "nothing for convscope, which goes by content; rename them for other programs",
    ),
    Rule(
        "long",
        "note",
        f"images more than {LONG:g} times as long as wide",
        "a square crop shows little of them: cut them up, or resize without keeping proportions",
    ),
    Rule(
        "large",
        "note",
        f"images far larger than the others ({FAR:g} times the median or more)",
        "nothing; but smaller copies train faster",
    ),
    Rule(
        "turned",
        "note",
        "images that EXIF says to turn",
        "nothing: they are turned upright; programs that ignore EXIF will see them lying",
    ),
    Rule(
        "cmyk",
        "note",
        "images in the colours of print (CMYK) or another model",
        "nothing: they are brought to RGB, without their colour profile",
    ),
    Rule("deep", "note", "images of 16 bits a channel", "nothing: they are rounded to 8"),
    Rule(
        "alpha",
        "note",
        "images with transparency",
        "nothing: it is dropped, and what was hidden shows; flatten them if that matters",
    ),
    Rule("palette", "note", "images with a palette", "nothing: they are brought to RGB"),
    Rule("animated", "note", "images with more than one frame", "nothing: the first is taken"),
    Rule(
        "grey",
        "note",
        "grey images among colour ones",
        "nothing: they are brought to RGB; but if grey means one class, it is learnt instead of it",
    ),
    Rule(
        "colour",
        "note",
        "colour images among grey ones",
        "nothing; with them the whole set is read in colour",
    ),
    Rule("val_by_other_name", "note", "taken for val/", "nothing; `val` is the usual name"),
    Rule(
        "empty_split",
        "note",
        "left out: a split without class folders",
        "nothing; without val/ a tenth of the training images is held back",
    ),
    Rule("other_file", "note", "left out: files that are no images", "nothing"),
    Rule("skipped", "note", "left out: hidden, or left behind by archives and systems", "nothing"),
)
"""Within a severity the order in which findings are told."""

_ORDER = {rule.code: number for number, rule in enumerate(RULES)}
_RANK = {"error": 0, "warning": 1, "note": 2}


def told(found: Iterable[tuple[str, Place]]) -> tuple[Finding, ...]:
    """Places by their code -> findings, worst first."""
    places: dict[str, list[Place]] = {}
    for code, place in found:
        places.setdefault(code, []).append(place)
    codes = sorted(places, key=lambda code: (_RANK[RULES[_ORDER[code]].severity], _ORDER[code]))
    return tuple(Finding(*RULES[_ORDER[code]], tuple(places[code])) for code in codes)
