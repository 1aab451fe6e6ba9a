"""List sentences of the source without a Chinese translation, and translations without one.

python tools/translations.py                counts and the missing sentences, as JSON to fill in
python tools/translations.py --unused       translations whose sentence is gone
python tools/translations.py --write [FILE] remove those; add those of FILE, the JSON filled in
"""

import itertools
import json
import sys
from pathlib import Path

from sentences import SOURCE, templates

from convscope.lang.catalogue import NOUNS, VALUES, read_entries

FOLDER = SOURCE / "lang" / "zh"
NOT_COLLECTED = ("typer", "labels", NOUNS, VALUES)  # sentences of a library, and values of data


def package(place: str) -> str:
    """Return the file of the catalogue for a place of the source."""
    first = place.split(":")[0].split("/")
    return first[0] if len(first) > 1 else "api"


def main() -> None:
    source, entries = templates(), read_entries()
    known = {key for file in entries.values() for key in file}
    missing = {key: places[0] for key, places in source.items() if key not in known}
    ours = {key for name, file in entries.items() if name not in NOT_COLLECTED for key in file}
    unused = sorted(ours - set(source))
    if "--unused" in sys.argv:
        print("\n".join(unused))
    elif "--write" in sys.argv:
        after = sys.argv[sys.argv.index("--write") + 1 :]
        write(source, entries, filled_in(after[0]) if after else {})
    else:
        files: dict[str, dict[str, str]] = {}
        for key, place in missing.items():
            files.setdefault(package(place), {})[key] = ""
        print(json.dumps(files, indent=2, ensure_ascii=False))
    print(
        f"{len(source)} sentences, {len(missing)} not translated; {len(unused)} unused",
        file=sys.stderr,
    )


def write(
    source: dict[str, list[str]], entries: dict[str, dict[str, str]], added: dict[str, str]
) -> None:
    """Remove unused entries, and put new ones behind those that precede them in the source.

    The others keep their places: two people who add sentences change different lines.
    """
    previous = dict(itertools.pairwise(reversed(source)))
    for key, places in source.items():
        if not added.get(key):
            continue
        file = entries.setdefault(package(places[0]), {})
        before = previous.get(key)
        while before is not None and before not in file:
            before = previous.get(before)
        items = list(file.items())
        position = 0 if before is None else list(file).index(before) + 1
        entries[package(places[0])] = dict(
            [*items[:position], (key, added[key]), *items[position:]]
        )
    for name, file in entries.items():
        if name in NOT_COLLECTED:
            continue
        kept = {key: text for key, text in file.items() if key in source}
        path = FOLDER / f"{name}.json"
        if kept:
            path.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        else:
            path.unlink(missing_ok=True)


def filled_in(path: str) -> dict[str, str]:
    """Return the translations of a file that was printed by this tool and filled in."""
    files = json.loads(Path(path).read_text(encoding="utf-8"))
    return {key: text for file in files.values() for key, text in file.items() if text}


if __name__ == "__main__":
    main()
