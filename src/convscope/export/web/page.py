"""The place of the built page: in the package, put there by `make web` or by the wheel."""

from pathlib import Path

from convscope.errors import InputError

FOLDER = Path(__file__).parent / "page"
INDEX = "index.html"
NOTICE = "licences.txt"
SINGLE = Path("single", INDEX)
"""The page with scripts, styles and WebAssembly inside."""


def page_folder() -> Path:
    """Return the folder of the built page.

    Raises:
        InputError: this installation has no page.
    """
    _require(FOLDER / INDEX)
    return FOLDER


def single_page() -> Path:
    """Return the page that is one file.

    Raises:
        InputError: this installation has none.
    """
    _require(FOLDER / SINGLE)
    return FOLDER / SINGLE


def _require(page: Path) -> None:
    if not page.is_file():
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
    notice = [Path(NOTICE)] if (folder / NOTICE).is_file() else []
    return [Path(INDEX), *notice, *sorted(path.relative_to(folder) for path in assets)]
