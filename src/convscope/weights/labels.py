"""The names of the 1000 classes of ImageNet, in the order that every library has them in."""

import json
from functools import cache
from pathlib import Path
from typing import Literal

FOLDER = Path(__file__).with_name("labels")


@cache
def imagenet_labels(language: Literal["en", "zh"] = "en") -> tuple[str, ...]:
    """The class names, in English or Chinese; see `labels/NOTICE.md` for where they are from."""
    text = (FOLDER / f"imagenet_{language}.json").read_text("utf-8")
    return tuple(json.loads(text)["labels"])
