"""Names of the 1000 classes of ImageNet, in the order that all libraries share."""

import json
from functools import cache
from pathlib import Path
from typing import Literal

FOLDER = Path(__file__).with_name("labels")


@cache
def imagenet_labels(language: Literal["en", "zh"] = "en") -> tuple[str, ...]:
    """Return the class names in English or Chinese; `labels/NOTICE.md` names their sources."""
    text = (FOLDER / f"imagenet_{language}.json").read_text("utf-8")
    return tuple(json.loads(text)["labels"])
