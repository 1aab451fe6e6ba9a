"""Hook of mkdocs: which pages a language has, its menu, and links that leave docs/.

docs/zh/ mirrors docs/. The Chinese site has the pages of docs/zh/ without the `zh/` of their
address, and the pages that exist once only (glossary, decisions). Both sites have the same
addresses, so that the language switch of a page leads to the same page.
"""

import logging
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

LOG = logging.getLogger("mkdocs.hooks.pages")
ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SECTIONS = {
    "Start": "入门",
    "How-to": "操作指南",
    "Use": "使用",
    "Extend": "扩展",
    "Reference": "参考",
    "Networks": "网络",
    "Data": "数据",
    "Training": "训练",
    "Looking inside": "内部观察",
    "Speed": "速度",
    "Export": "导出",
    "Python": "Python 接口",
    "Explanation": "原理",
    "Measured": "实测",
    "Fidelity": "与论文对照",
    "Decisions": "设计决定",
}
"""Headings of the menu, and the same in Chinese; pages are named by their own first heading."""

LANGUAGE_LINE = re.compile(
    r"\A(English|\[English\]\([^)]*\)) · (\[简体中文\]\([^)]*\)|简体中文)\n+"
)
CHINESE_LINES = re.compile(
    r"([\u3000-\u9fff\uff00-\uffef])\n {0,3}(?=[\u3000-\u9fff\uff00-\uffef])"
)
"""A break between two lines of Chinese, which a browser would show as a space."""
OUTWARD = re.compile(r"(\]\()((?:\.\./)+[^)#\s]*)(#[^)\s]*)?(\))")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Expand `folder/*` of the menu; in Chinese name its pages and headings so."""
    config.nav = _menu(config.nav or [], _language(config))
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Keep the pages of one language, each at the address of its twin."""
    chinese = _language(config) == "zh"
    kept = []
    for file in files:
        is_chinese = file.src_uri.startswith("zh/")
        has_twin = (DOCS / "zh" / file.src_uri).exists()
        if is_chinese == chinese or (chinese and not has_twin):
            file.dest_uri = file.dest_uri.removeprefix("zh/")
            kept.append(file)
    return Files(kept)


def on_page_markdown(text: str, page: Page, config: MkDocsConfig, **_files: Any) -> str:
    """Drop the line of languages, and turn links to files outside docs/ into those of the host."""
    if page.is_homepage:
        page.meta["hide"] = ["navigation", "toc"]
    page.meta["twin"] = _twin(page.file, _language(config))
    place = (DOCS / page.file.src_uri).parent
    host = f"{config.extra['repository']}/blob/main/"

    def outward(match: re.Match[str]) -> str:
        path = (place / unquote(match[2])).resolve()
        if path.is_relative_to(DOCS):
            return match[0]
        if not path.exists():
            LOG.warning("%s: %s does not exist", page.file.src_uri, match[2])
        return f"{match[1]}{host}{path.relative_to(ROOT).as_posix()}{match[3] or ''}{match[4]}"

    text = OUTWARD.sub(outward, LANGUAGE_LINE.sub("", text))
    return CHINESE_LINES.sub(r"\1", text)


def _language(config: MkDocsConfig) -> str:
    return str(config.theme["language"])


def _twin(file: File, language: str) -> str:
    """Return the link to the same page in the other language."""
    here = file.dest_uri if language == "en" else f"zh/{file.dest_uri}"
    there = f"zh/{file.dest_uri}" if language == "en" else file.dest_uri
    return str(get_relative_url(there, here))


def _menu(items: list[Any], language: str) -> list[Any]:
    """Return the menu of a language; its pages in English stand in mkdocs.yml."""
    menu: list[Any] = []
    for item in items:
        if isinstance(item, dict):
            [(head, inner)] = item.items()
            menu.append({SECTIONS[head] if language == "zh" else head: _menu(inner, language)})
        elif item.endswith("/*"):
            folder = DOCS / item.removesuffix("/*")
            names = (f"{item.removesuffix('*')}{path.name}" for path in sorted(folder.glob("*.md")))
            menu += names
        else:
            twin = f"zh/{item}"
            menu.append(twin if language == "zh" and (DOCS / twin).exists() else item)
    return menu
