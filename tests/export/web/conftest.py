"""A small page in place of the built one."""

import pytest

from convscope.export.web import page

from .pages import HEAD, HTML


@pytest.fixture
def fake_page(tmp_path, monkeypatch):
    """The page of a small installation."""
    folder = tmp_path / "page"
    (folder / "assets").mkdir(parents=True)
    (folder / "single").mkdir()
    (folder / "index.html").write_text(HTML.replace("</head>", f"{HEAD}</head>"))
    (folder / "assets" / "page-1a2b.js").write_text("let a")
    (folder / "single" / "index.html").write_text(HTML)
    monkeypatch.setattr(page, "FOLDER", folder)
    return folder
