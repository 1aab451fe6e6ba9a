"""List sentences of the source without a Chinese translation, and translations without one.

python tools/translations.py            counts and the missing sentences, as JSON to fill in
python tools/translations.py --unused   translations whose sentence is gone
python tools/translations.py --write    remove those, and sort the files as the source is
"""

import json
import sys

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
        write(source, entries)
    else:
        files: dict[str, dict[str, str]] = {}
        for key, place in missing.items():
            files.setdefault(package(place), {})[key] = ""
        print(json.dumps(files, indent=2, ensure_ascii=False))
    print(
        f"{len(source)} sentences, {len(missing)} not translated; {len(unused)} unused",
        file=sys.stderr,
    )


def write(source: dict[str, list[str]], entries: dict[str, dict[str, str]]) -> None:
    """Write the files again: each sentence in the file of its package, in the source's order."""
    texts = {key: text for file in entries.values() for key, text in file.items()}
    fixed = {key for name in NOT_COLLECTED for key in entries[name]}
    files: dict[str, dict[str, str]] = {}
    for key, places in source.items():
        if key in texts and key not in fixed:
            files.setdefault(package(places[0]), {})[key] = texts[key]
    files[VALUES] = dict(sorted(entries[VALUES].items()))
    for name, file in files.items():
        text = json.dumps(file, indent=2, ensure_ascii=False) + "\n"
        (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")
    for name in set(entries) - set(files) - set(NOT_COLLECTED):
        (FOLDER / f"{name}.json").unlink()


if __name__ == "__main__":
    main()
