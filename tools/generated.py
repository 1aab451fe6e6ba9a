"""Files that tools write from the Python package, and that are kept in the repository."""

import sys
from collections.abc import Mapping
from pathlib import Path


def keep(files: Mapping[Path, str]) -> None:
    """Write the files that differ, and end; with --check only name them, with exit code 1."""
    differing = [
        path
        for path, text in files.items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    for path in differing:
        if "--check" in sys.argv:
            print(f"{path.name} differs from what {sys.argv[0]} writes")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[path], encoding="utf-8")
    sys.exit(1 if differing and "--check" in sys.argv else 0)
