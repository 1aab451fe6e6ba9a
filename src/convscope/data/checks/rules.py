"""Table of everything that `check` reports: severity, message and fix of each finding."""

from collections.abc import Iterable

from convscope.data.checks.report import SEVERITIES, Finding, Place, Severity
from convscope.text import MOST_LABEL

MIN_IMAGES = 10  # training images per class; fewer are reported
MAX_IMBALANCE = 10.0  # ratio of the largest to the smallest class
MAX_SIZE_RATIO = 4.0  # to the median side
MAX_ASPECT = 4.0  # longer side to shorter side
SMALL_SIDE = 64  # pixels; below it, more images are similar by chance

# code: (message, fix), in the order in which findings are reported
ERRORS = {
    "no_images": (
        "no image is in a class folder",
        "put images into train/CLASS/, val/CLASS/ and test/CLASS/, or into CLASS/",
    ),
    "unclear_layout": (
        "the top folders may be splits or classes",
        "rename folders, or give --layout splits or --layout classes",
    ),
    "no_train": ("there is no train/", "name the folder of training images `train`"),
    "no_val": (
        "no validation images: every class has fewer than 3 images or groups to divide",
        "add images, or put the images into train/CLASS/ and val/CLASS/",
    ),
    "two_folders_one_split": (
        "two folders for the same split",
        "merge them, or remove one; if they are classes, give --layout classes",
    ),
    "case_twins": (
        "class names that differ only in capitals or accents",
        "rename one of the classes, or merge their images",
    ),
    "odd_class_name": (
        "class names with control characters or invalid UTF-8",
        "rename the folders: class names appear in models and reports",
    ),
    "long_class_name": (
        f"class names of more than {MOST_LABEL} characters",
        "rename the folders: model files hold shorter names only",
    ),
    "class_not_in_train": (
        "classes without a folder in train/",
        "add training images, or remove the class from the other splits",
    ),
    "class_not_in_split": (
        "classes of train/ without a folder in another split",
        "move some training images there, or create an empty folder",
    ),
    "empty_class": ("classes without images", "add images, or remove the folder"),
    "unreadable": ("files without read permission", "change the permissions: chmod -R u+rX"),
    "broken_link": ("broken symbolic links", "restore their targets, or remove the links"),
    "special": ("image extension, but a pipe, socket or device", "remove them"),
    "empty": ("empty files", "copy or download them again, or remove them"),
    "damaged": ("damaged or truncated images", "copy or download them again, or remove them"),
    "not_an_image": ("image extension, but not an image", "remove them"),
    "unread_format": (
        "images in a format that convscope does not read",
        "convert them to PNG or JPEG",
    ),
    "too_large": ("images that are too large", "make them smaller, or remove them"),
    "thin": (
        "images that are too long and thin to be resized to the network's input",
        "crop them, or remove them",
    ),
    "crashes": (
        "files that crash the decoder",
        "remove them: they may have been made for this purpose",
    ),
    "hangs": ("decoding timed out", "remove these files"),
    "label_conflict": ("identical files in two classes", "keep the file in the correct class only"),
    "leak": (
        "identical files in two splits (data leakage)",
        "remove them from train/, or from the other split",
    ),
    "group_leak": (
        "groups of --group-by with images in two splits (data leakage)",
        "move all images of a group into the same split",
    ),
    "one_class": ("only one class", "add a second class, for example `other`"),
    "refused": ("training cannot open this data set", "see docs/reference/data.md for the layouts"),
}
WARNINGS = {
    "near_label_conflict": (
        "near-duplicate images in two classes",
        "check their labels: one of them may be wrong",
    ),
    "near_leak": (
        "near-duplicate images in two splits (data leakage)",
        "keep all images of a scene in the same split",
    ),
    "duplicate": (
        "identical files in the same class",
        "keep one: duplicates count twice in training",
    ),
    "half_damaged": (
        "images that decode with warnings: part may be grey or shifted",
        "look at them; copy or download them again",
    ),
    "tiny_class": (
        f"classes with fewer than {MIN_IMAGES} training images",
        "add images; accuracy on these classes will be unreliable",
    ),
    "imbalance": (
        "class imbalance: the largest class has many times the images of the smallest",
        "add images to the small classes, or train with --set sampler=balanced or --set "
        "loss.class_weights=balanced; judge by recall per class, not by accuracy",
    ),
    "flat": ("images of a single colour", "remove them if they have no content"),
    "small": (
        f"images much smaller than the others (1/{MAX_SIZE_RATIO:g} of the median or less)",
        "remove them if they are thumbnails",
    ),
    "stray": (
        "ignored: files and folders outside the class folders",
        "move the images into the folder of their class",
    ),
    "left_out_image": (
        "ignored: images without an image extension",
        "rename them to .jpg or .png, as their content is; convert other formats to PNG",
    ),
    "missing_file": (
        "ignored: names in the table without an image",
        "restore the images, or remove their rows",
    ),
    "unnamed": ("ignored: images without a row in the table", "add rows, or move the images away"),
    "loop": ("ignored: links to a folder that was already read", "remove the links"),
    "empty_in_split": (
        "classes without images in a split: not evaluated there",
        "move some training images there",
    ),
    "odd_name": (
        "file names with control characters or invalid UTF-8",
        "rename the files: other programs may fail on them",
    ),
    "alpha_blank": (
        "transparent images that become a single colour on the background",
        "choose another: --background black, or a colour as #rrggbb",
    ),
    "alpha_picture": (
        "images whose content is in their transparency",
        "none needed: composited on the background (white, or --background), as in training; "
        "programs that drop transparency see other images",
    ),
}
NOTES = {
    "near_duplicate": (
        "near-duplicate images in the same class",
        "none needed if this is intended",
    ),
    "lying_ending": (
        "extension and content differ",
        "none needed: convscope identifies files by content; rename them for other programs",
    ),
    "long": (
        f"images with an aspect ratio above {MAX_ASPECT:g}",
        "a square crop shows a small part of them: cut them up, or resize them to a square",
    ),
    "large": (
        f"images much larger than the others ({MAX_SIZE_RATIO:g} times the median or more)",
        "none needed; smaller copies train faster",
    ),
    "turned": (
        "images with an EXIF orientation",
        "none needed: they are turned upright; other programs may ignore the orientation",
    ),
    "cmyk": (
        "images in CMYK or another colour model",
        "none needed: converted to RGB without their colour profile",
    ),
    "deep": (
        "images with 16 bits per channel",
        "none needed: scaled to 8 bits by the largest value's number of bits in the training split",
    ),
    "alpha": (
        "images with transparency",
        "none needed: composited on the background (white, or --background)",
    ),
    "palette": ("images with a palette", "none needed: converted to RGB"),
    "reduced": (
        "images of more than 24.5 million pixels",
        "none needed: decoded at a half, a quarter or an eighth of their size",
    ),
    "animated": ("images with more than one frame", "none needed: the first frame is used"),
    "grey": (
        "grey images among colour images",
        "none needed: converted to RGB; if only one class is grey, the network learns that",
    ),
    "colour": (
        "colour images among grey images",
        "none needed; the whole data set is read in colour",
    ),
    "inner_folder": ("the data are in this folder", "none needed"),
    "split_by_other_name": (
        "used as a split",
        "none needed; the usual names are train, val and test",
    ),
    "own_output": ("ignored: folders that convscope wrote", "move them out of the data"),
    "empty_split": (
        "ignored: a split without class folders",
        "none needed; without val/, 10 % of the training images are used for validation",
    ),
    "other_file": ("ignored: files that are not images", "none needed"),
    "skipped": ("ignored: hidden files and files of archives and systems", "none needed"),
}


RULES: dict[str, tuple[Severity, str, str]] = {
    code: (severity, *texts)
    for severity, table in zip(SEVERITIES, (ERRORS, WARNINGS, NOTES), strict=True)
    for code, texts in table.items()
}
"""Severity, message and fix by code, worst first."""


def grouped(findings: Iterable[tuple[str, Place]]) -> tuple[Finding, ...]:
    """Group (code, place) pairs into findings, worst first."""
    places: dict[str, list[Place]] = {code: [] for code in RULES}
    for code, place in findings:
        places[code].append(place)
    return tuple(Finding(code, *RULES[code], tuple(of)) for code, of in places.items() if of)
