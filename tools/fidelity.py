"""Write the pages of docs/fidelity/ from the zoo: printed numbers beside computed ones, and errata.

    python tools/fidelity.py          write the pages in both languages
    python tools/fidelity.py --check  end with 1 if a page is not up to date

A change of a paper's file changes these pages; a test compares them.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from convscope import lang
from convscope.arch import Architecture
from convscope.lang import label, translate
from convscope.zoo import PUBLICATIONS, load
from convscope.zoo.errata import errata_markdown
from convscope.zoo.printed import Compared, paper_table
from convscope.zoo.publication import Publication

DOCS = Path(__file__).parents[1] / "docs"
TEXTS = {
    "en": {
        "title": "Fidelity to the papers",
        "about": """A network of the zoo is that of its paper, not of a library's memory of it.
Every number that a paper prints about size and cost, and that can be computed from its
description, stands beside the computed one: **{num} numbers of {networks} networks of {papers}
papers, of which {agree} agree and {differ} differ**. What differs has its reason; misprints are
also in the [errata](errata.md).

`convscope show NAME --paper` prints the table of one network; `convscope list results NAME` its
published error rates, each with its protocol. Counts of further networks are compared with those
of torchvision, timm and Keras, which print them exactly (`tests/contracts/test_zoo_contract.py`).
Accuracies are quoted, not reproduced. This page is written by `python tools/fidelity.py`.

A number agrees if it equals the printed one to the last printed digit.""",
        "head": ("network", "where", "row", "quantity", "printed", "computed", ""),
        "agrees": "✓",
        "differs": "✗",
        "differences": "What the description left open",
        "differences_about": "Where a paper was not enough to build its network, "
        "or was changed on purpose:",
    },
    "zh": {
        "title": "与论文对照",
        "about": """网络库中的网络就是论文里的网络，而不是某个库记忆中的网络。
凡是论文印出、又能由其描述算出的规模与代价，都与计算结果并排：
**{papers} 篇论文、{networks} 个网络的 {num} 个数，其中 {agree} 个一致，{differ} 个不一致**。
不一致的都写明原因；印刷错误也列在[勘误](errata.md)中。

`convscope show NAME --paper` 输出一个网络的对照表；
`convscope list results NAME` 输出公布的错误率，各附评测协议。
其余网络的计数与 torchvision、timm 和 Keras 公布的精确值比较
（`tests/contracts/test_zoo_contract.py`）。
准确率只是引用，没有复现。本页由 `python tools/fidelity.py` 写出。

与论文所印的最后一位数字相同，即为一致。""",
        "head": ("网络", "位置", "行", "数量", "论文", "计算", ""),
        "agrees": "✓",
        "differs": "✗",
        "differences": "论文没有写明之处",
        "differences_about": "论文不足以搭建其网络，或有意作了改动的地方：",
    },
}


def papers_markdown(language: str) -> str:
    """Return docs/fidelity/papers.md without its first line."""
    texts = TEXTS[language]
    tables = [(paper, dict(_compared(paper))) for paper in PUBLICATIONS if paper.printed]
    rows = [row for _, networks in tables for compared in networks.values() for row in compared]
    agree = sum(row.verdict == "agrees" for row in rows)
    about = str(texts["about"]).format(
        num=len(rows),
        networks=sum(len(networks) for _, networks in tables),
        papers=len(tables),
        agree=agree,
        differ=len(rows) - agree,
    )
    parts = [f"# {texts['title']}", about]
    for paper, networks in tables:
        parts += [f"## {_title(paper)}", _table(networks, language)]
    parts += [f"## {texts['differences']}", str(texts["differences_about"]), _differences()]
    return "\n\n".join(parts) + "\n"


def _compared(paper: Publication) -> Iterator[tuple[str, tuple[Compared, ...]]]:
    for name in paper.printed:
        yield name, paper_table(load(name)).rows


def _networks(paper: Publication) -> list[Architecture]:
    return [build() for build in paper.networks]


def _title(paper: Publication) -> str:
    source = _networks(paper)[0].paper
    assert source is not None
    return f"[{source.title}]({source.url}), {source.year}"


def _table(networks: dict[str, tuple[Compared, ...]], language: str) -> str:
    texts = TEXTS[language]
    lines = ["| " + " | ".join(texts["head"]) + " |", "|---|---|---|---|---:|---:|---|"]
    for name, rows in networks.items():
        for row in rows:
            verdict = f"{texts[row.verdict]} {translate(row.why) if row.why else ''}".strip()
            cells = (f"`{name}`", *(label(c) for c in (row.table, row.row, row.quantity)))
            lines.append("| " + " | ".join((*cells, row.printed, row.shown, verdict)) + " |")
    return "\n".join(lines)


def _differences() -> str:
    """Return a list of what differs from the papers; networks with the same texts share a line."""
    by_text: dict[str, list[str]] = {}
    for paper in PUBLICATIONS:
        for network in _networks(paper):
            for text in network.differs_from_paper:
                by_text.setdefault(translate(text), []).append(f"`{network.name}`")
    return "\n".join(f"- {_listed(names)}: {text}" for text, names in by_text.items())


def _listed(names: list[str]) -> str:
    return ", ".join(names if len(names) <= 3 else [names[0], "...", names[-1]])


def pages() -> dict[Path, str]:
    """Return the text of every page."""
    written = {}
    before = lang.current()
    try:
        for language in ("en", "zh"):
            lang.use(language)
            texts = {"errata": errata_markdown(), "papers": papers_markdown(language)}
            for name, text in texts.items():
                english = DOCS / "fidelity" / f"{name}.md"
                chinese = DOCS / "zh" / "fidelity" / f"{name}.md"
                if language == "en":
                    path, line = english, f"English · [简体中文]({_link(english, chinese)})"
                else:
                    path, line = chinese, f"[English]({_link(chinese, english)}) · 简体中文"
                written[path] = f"{line}\n\n{text}"
    finally:
        lang.use(before)
    return written


def _link(page: Path, other: Path) -> str:
    return Path(os.path.relpath(other, page.parent)).as_posix()


def main() -> None:
    stale = [p for p, text in pages().items() if not p.exists() or p.read_text("utf-8") != text]
    if "--check" in sys.argv[1:]:
        sys.exit("\n".join(f"{path} is not up to date" for path in stale) or 0)
    for path in stale:
        path.write_text(pages()[path], encoding="utf-8")
        print(path.relative_to(DOCS.parent))


if __name__ == "__main__":
    main()
