"""The READMEs: both languages have the same commands and code.

That every command can be typed is tested in tests/documents/.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def commands(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    return [
        line.split(" #")[0].strip()
        for line in text.splitlines()
        if line.startswith("convscope ") and not line.startswith("convscope: ")
    ]


def test_both_languages_have_the_same_commands():
    assert len(commands("README.md")) > 10
    assert commands("README.md") == commands("README.zh.md")


def test_the_architecture_of_the_readme_is_one():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    building = next(block for block in blocks if "Architecture(" in block)
    done = subprocess.run(
        [sys.executable, "-c", building], capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr
    assert "| fc | Linear | 10 |" in done.stdout


def test_both_languages_have_the_same_code_and_pictures_exist():
    for name in ("README.md", "README.zh.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        for link in re.findall(r"\]\(([^)#]+)\)", text):
            if not link.startswith("http"):
                assert (ROOT / link).exists(), link
        assert "@" not in re.sub(r"\S+@\S+", "", text), "a figure is still missing"
    code = [
        re.findall(r"```python\n(.*?)```", (ROOT / name).read_text("utf-8"), re.DOTALL)
        for name in ("README.md", "README.zh.md")
    ]
    bare = [[re.sub(r" *#.*", "", block) for block in blocks] for blocks in code]
    assert bare[0] == bare[1]
