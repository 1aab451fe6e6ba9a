"""Hashes of the lecture's phrases, so that a test can compare without the lecture's text.

python -m tests.lessons.ngrams lecture.txt > tests/lessons/lecture.hashes

A phrase is 8 tokens in a row: a token is one Chinese character, one word of Latin letters or one
number. Formulas, code, tables and links are left out.
"""

import base64
import hashlib
import re
import sys
from pathlib import Path

LENGTH = 8
BYTES = 5  # of a hash: one wrong hit in 10 million chapters
TOKEN = re.compile(r"[\u4e00-\u9fff]|[a-z]+|\d+")
LEFT_OUT = re.compile(
    r"```(?:python|shell|text).*?```|\$\$.*?\$\$|\$[^$\n]*\$|<[^>]*>|\]\([^)]*\)", re.S
)
HASHES = Path(__file__).parent / "lecture.hashes"


def phrases(text):
    """Return all phrases of a text."""
    lines = LEFT_OUT.sub(" ", text.lower()).split("\n")
    prose = "\n".join(line for line in lines if not re.match(r"\s*\|", line) and "\t" not in line)
    tokens = TOKEN.findall(prose)
    return {" ".join(tokens[at : at + LENGTH]) for at in range(len(tokens) - LENGTH + 1)}


def hash_of(phrase):
    return hashlib.blake2b(phrase.encode(), digest_size=BYTES).digest()


def lecture():
    """Return the hashes of the lecture's phrases."""
    raw = base64.b64decode("".join(HASHES.read_text("ascii").split()))
    return {raw[at : at + BYTES] for at in range(0, len(raw), BYTES)}


if __name__ == "__main__":
    hashes = sorted({hash_of(one) for one in phrases(Path(sys.argv[1]).read_text("utf-8"))})
    text = base64.b64encode(b"".join(hashes)).decode()
    print("\n".join(text[at : at + 100] for at in range(0, len(text), 100)))
