"""The place of the built page: in the package, put there by `make web` or by the wheel."""

from pathlib import Path

from convscope.errors import InputError

FOLDER = Path(__file__).parent / "page"
INDEX = "index.html"


def page_folder() -> Path:
    """Return the folder of the built page.

    Raises:
        InputError: this installation has no page.
    """
    if (FOLDER / INDEX).is_file():
        return FOLDER
    raise InputError(
        "this installation has no page",
        expected=f"the built page in {FOLDER}",
        fix="in a clone of the repository: make web; else install the wheel again",
    )


def page_files() -> list[Path]:
    """Return the files of the page for a folder, relative to it.

    Raises:
        InputError: this installation has no page.
    """
    folder = page_folder()
    assets = (path for path in (folder / "assets").rglob("*") if path.is_file())
    return [Path(INDEX), *sorted(path.relative_to(folder) for path in assets)]
