"""Names and texts use the field's terms and plain sentences (docs/glossary.md)."""

import ast
import functools
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "src").rglob("*.py"))
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")])


@functools.cache
def _trees():
    return {path: ast.parse(path.read_text("utf-8")) for path in SOURCES}


QUESTIONS = re.compile(r"(What|How|Those|Where|Whether|Who|Which|Why)\b")
"""A docstring begins with the name of the thing or with what it does, not with a question."""

VAGUE = {"asked", "found", "given", "heard", "made", "said", "told", "wanted"}
"""Participles that name nothing; a variable is a noun of the field."""

FIELDS = {
    "errors.py": {"given"},  # the public field of every error: given, expected, fix, where
    "schema.py": {"given"},  # the same field over HTTP
}

PHRASES = (
    "to stop is to stop asking",
    "stop asking",
    "numbers stop being numbers",
    "not a number any more",
    "goes untold",
    "without a word",
    "in silence",
    "go on with",
    "goes on with",
    "go on from",
    "begins anew",
    "made anew",
    "drawn anew",
    "in place of the recipe's",
    "speaks for",
    "speaks against",
    "what it answers",
    "what excites",
    "who sees whom",
    "seen by nobody",
    "upright edges",
    "level edges",
    "the house",
    "higher rooms",
    "one verb a file",
    "and is said",
    "which is said",
    "no weight more",
    "the price is",
    "group what lies deeper",
    "what training changes",
    "filtered twin",
    "does it know what it knows",
    "struck out",
    "everything that it takes",
    "the truth; both are copies",
    "many looks at one image",
    "tells the options",
    "is no image",
    "no such thing as",
    "ragged",
    "answers with a",
    "the images that the network wants",
)
"""Phrases of the project's old dialect; docs/glossary.md has the plain term for each."""

CHINESE = (
    "看进它的内部",
    "论文所印与我们所算",
    "谁看得见谁",
    "绝不写坏一半的文件",
    "白纸黑字",
    "它有自知之明吗",
)


def test_docstrings_begin_with_the_thing():
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    offenders = [
        f"{path.relative_to(ROOT)}: {text.splitlines()[0]}"
        for path, tree in _trees().items()
        for node in ast.walk(tree)
        if isinstance(node, kinds) and QUESTIONS.match(text := ast.get_docstring(node) or "")
    ]
    assert offenders == []


def test_variables_are_nouns_of_the_field():
    offenders = []
    for path, tree in _trees().items():
        for node in ast.walk(tree):
            match node:
                case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                    if name in VAGUE - FIELDS.get(path.name, set()):
                        offenders.append(f"{path.relative_to(ROOT)}:{node.lineno} {name}")
    assert offenders == []


def test_no_phrase_of_the_old_dialect():
    offenders = []
    for path in (*SOURCES, *PAGES):
        text = " ".join(path.read_text("utf-8").lower().split())
        if path.name not in {"glossary.md", "CHANGELOG.md", "LOG.md"}:
            offenders += [
                f"{path.relative_to(ROOT)}: {p}" for p in (*PHRASES, *CHINESE) if p in text
            ]
    assert offenders == []


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (QUESTIONS, "What a data set is to the rest"),
        (QUESTIONS, "Where ranks meet"),
    ],
)
def test_the_rule_finds_an_offender(rule, text):
    assert rule.match(text)
    assert not rule.match("Return the number of classes.")
