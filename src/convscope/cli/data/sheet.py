"""Contact sheets of data sets, for `data check -o` and `data show`."""

from typing import TYPE_CHECKING

from convscope.text import counted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from convscope.data import DataSet
    from convscope.data.checks.report import Report
    from convscope.training.recipe.recipe import Recipe

VARIANTS = 2  # augmentations shown under each image


def sheet_of_report(report: "Report") -> bytes:
    """Return a PNG file: readable images of each class, with the counts of every split."""
    from convscope.io.conversion import Conversion
    from convscope.io.images import decode_image
    from convscope.io.photos import read
    from convscope.render.contact_sheet import MOST_ROWS, Row, contact_sheet
    from convscope.render.png import png
    from convscope.text import printable

    conversion = Conversion(background=report.background)
    rows = []
    for number, label in enumerate(report.classes):
        samples = report.samples.get(label, ())[:8] if number < MOST_ROWS else ()
        tiles = tuple(
            decode_image(read(reference).data, channels=3, conversion=conversion)
            for reference in samples
        )
        counts = [f"{split} {classes[label]:,}" for split, classes in report.counts.items()]
        note = counts[0].removeprefix("all ") if len(counts) == 1 else ", ".join(counts)
        rows.append(Row(printable(label), note, (tiles,)))
    num = sum(num for classes in report.counts.values() for num in classes.values())
    return png(contact_sheet(rows, title=_title(report.name, num, len(rows))))


def sheet_of_split(
    dataset: "DataSet", split_name: str, *, num: int, seed: int, recipe: "Recipe | None"
) -> bytes:
    """Return a PNG file: images of each class; with a recipe, their augmentations below."""
    from convscope.data.augment.preview import sample_indices
    from convscope.render.contact_sheet import MOST_ROWS, Row, contact_sheet
    from convscope.render.png import png

    split = dataset.split(split_name)
    classes = dataset.classes
    samples = sample_indices(split, num=num, num_classes=len(classes), seed=seed)
    counts = split.labels_N.bincount(minlength=len(classes)).tolist()
    title = f"{_title(dataset.name, len(split), len(classes))}, split {split_name}"
    shown = [indices if i < MOST_ROWS else [] for i, indices in enumerate(samples)]
    images = [[split.image(index) for index in indices] for indices in shown]
    lines = [(tuple(_pixels(image) for image in row),) for row in images]
    if recipe is None:
        rows = [Row(*row) for row in zip(classes, _counted(counts), lines, strict=True)]
        return png(
            contact_sheet(rows, title=title, caption=f"Images drawn at random with seed {seed}.")
        )
    after = [_after(images, dataset, recipe, seed + draw) for draw in range(VARIANTS)]
    names = ("original", *(f"augmented {draw + 1}" for draw in range(VARIANTS)))
    rows = [
        Row(name, note, (*line, *(variant[i] for variant in after)), names)
        for i, (name, note, line) in enumerate(zip(classes, _counted(counts), lines, strict=True))
    ]
    caption = f"{_augmentation(dataset, recipe)} Seed {seed}."
    return png(contact_sheet(rows, title=title, caption=caption))


def _counted(counts: list[int]) -> list[str]:
    return [counted(count, "image") for count in counts]


def _after(
    images: "list[list[Tensor]]", dataset: "DataSet", recipe: "Recipe", seed: int
) -> "list[tuple[NDArray[np.uint8], ...]]":
    """Return augmented images; one batch, so that a mix has partners of other classes."""
    import torch

    from convscope.data import RandomResizedCrop
    from convscope.data.augment.preview import augmented

    flat = [image for row in images for image in row]
    labels_N = torch.tensor([label for label, row in enumerate(images) for _ in row])
    frame = recipe.frame or (RandomResizedCrop() if dataset.shape is None else None)
    seen_NCHW = augmented(
        flat, labels_N, crop=frame, augment=recipe.augment, mix=recipe.mix, seed=seed
    )
    tiles = iter(_pixels(image) for image in seen_NCHW)
    return [tuple(next(tiles) for _ in row) for row in images]


def _augmentation(dataset: "DataSet", recipe: "Recipe") -> str:
    frame = recipe.frame.type if recipe.frame else ""
    if not frame and dataset.shape is None:
        frame = "RandomResizedCrop"
    steps: list[str] = [frame, *(augment.type for augment in recipe.augment)]
    steps += [recipe.mix.type] if recipe.mix else []
    named = [step for step in steps if step]
    return f"Augmentation: {', '.join(named)}." if named else "This recipe does not augment."


def _title(name: str, num: int, num_classes: int) -> str:
    from convscope.text import printable

    return f"{printable(name)}: {num:,} images in {num_classes:,} classes"


def _pixels(image_CHW: "Tensor") -> "NDArray[np.uint8]":
    """(H, W, 3)."""
    return image_CHW.expand(3, -1, -1).permute(1, 2, 0).contiguous().numpy()
