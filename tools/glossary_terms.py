"""Write the terms of docs/glossary.md to src/convscope/lessons/terms.json, for the course.

python tools/glossary_terms.py --write  write the file
python tools/glossary_terms.py --check  exit with 1 if the file differs from what would be written
"""

import json
import re
from pathlib import Path

from generated import keep

ROOT = Path(__file__).parents[1]
GLOSSARY = ROOT / "docs" / "glossary.md"
PATH = ROOT / "src" / "convscope" / "lessons" / "terms.json"


def key_of(term: str) -> str:
    """Return the key of an English term: `class activation map (CAM)` -> class-activation-map."""
    bare = re.sub(r"\(.*?\)", "", term).strip().lower()
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")


def terms(text: str) -> dict[str, dict[str, list[str]]]:
    """Return all terms; a row of several terms is split where it has a meaning for each."""
    entries: dict[str, dict[str, list[str]]] = {}
    for line in text.splitlines():
        cells = [cell.strip().replace("`", "") for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|") or len(cells) != 4 or cells[0] in ("term", "---"):
            continue
        english, chinese = cells[0].split(", "), cells[2].split("、")
        meanings, chinese_meanings = cells[1].split("; "), cells[3].split("；")
        is_split = len(english) == len(meanings) == len(chinese_meanings)
        for number, term in enumerate(english):
            meaning = meanings[number] if is_split else cells[1]
            chinese_meaning = chinese_meanings[number] if is_split else cells[3]
            name = chinese[number] if len(chinese) == len(english) else cells[2]
            entries[key_of(term)] = {"en": [term, meaning], "zh": [name, chinese_meaning]}
    return entries


if __name__ == "__main__":
    entries = terms(GLOSSARY.read_text("utf-8"))
    keep({PATH: json.dumps(entries, indent=1, ensure_ascii=False) + "\n"})
