"""The pages about fidelity are what the zoo says."""

from pathlib import Path

from convscope.zoo import load
from convscope.zoo.printed import TABLES, paper_table
from tools.fidelity import pages

ROOT = Path(__file__).parents[2]


def test_the_pages_are_up_to_date():
    """`python tools/fidelity.py` writes them."""
    written = pages()
    assert len(written) == 4
    for path, text in written.items():
        assert path.read_text(encoding="utf-8") == text, path.relative_to(ROOT)


def test_every_printed_number_is_on_the_page():
    text = (ROOT / "docs/fidelity/papers.md").read_text(encoding="utf-8")
    for name in TABLES:
        rows = [line for line in text.splitlines() if line.startswith(f"| `{name}` |")]
        assert len(rows) == len(paper_table(load(name)).rows), name
