"""The index page of the screenshots: a row for each subject, small pictures that open large."""

from html import escape
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

STYLE = """
body { font: 14px sans-serif; margin: 16px; background: #ddd; color: #111 }
section { margin: 0 0 24px } h2 { font-size: 16px; margin: 0 0 6px }
div { display: flex; gap: 8px; overflow-x: auto; align-items: flex-start }
figure { margin: 0 } figcaption { font-size: 12px; max-width: 320px }
img { height: 360px; max-width: 640px; object-fit: cover; object-position: top left }
.fault { color: #a00 }
"""


class Shot(NamedTuple):
    """One screenshot; `problems`: what the checks found on the page."""

    subject: str
    language: str
    width: int
    scheme: str
    file: Path
    problems: list[str]


def write_index(target: Path, shots: list[Shot]) -> None:
    """Write the page; the pictures are referred to, not contained."""
    parts = []
    for subject, rows in groupby(shots, key=lambda shot: shot.subject.rpartition(".")[0]):
        figures = "".join(map(_figure, rows))
        parts.append(f"<section><h2>{escape(subject)}</h2><div>{figures}</div></section>")
    head = f"<!doctype html><meta charset=utf-8><title>Screenshots</title><style>{STYLE}</style>"
    target.write_text(head + "\n".join(parts), encoding="utf-8")


def _figure(shot: Shot) -> str:
    place = f"shots/{escape(shot.file.name)}"
    words = f"{shot.language}, {shot.width} px, {shot.scheme}"
    faults = "".join(f'<br><span class="fault">{escape(text)}</span>' for text in shot.problems[:5])
    return (
        f'<figure><a href="{place}"><img src="{place}" loading="lazy"></a>'
        f"<figcaption>{escape(words)}{faults}</figcaption></figure>"
    )
