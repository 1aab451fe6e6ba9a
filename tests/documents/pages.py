"""What README.md and the pages in docs/ ask a reader to type: commands and Python, in order.

A block of code with a line that begins with "$ " is a session: the lines below each command are
its output. In any other block with a command, every line is one.
"""

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHELL = {"", "console", "sh", "bash"}
PROGRAMS = {"convscope", "pip", "make", "git", "cd", "python", "torchrun", "tensorboard", "rm"}
PROGRAMS |= {
    "python3",
    ".venv/bin/python",
    "xcode-select",
    "mv",
    "tar",
    "sudo",
    "brew",
    "wsl",
    ".",
    "source",
    "eval",
    "export",
    "du",
    "conda",
    "uv",
    "jupyter",
    "ssh",
}
FENCE = re.compile(r"^ *```(\w*)\s*$")


@dataclass
class Command:
    """A line of a shell: the text as it stands, and the words of its call of convscope."""

    page: str
    line: int
    text: str
    output: list[str] = field(default_factory=list)

    @property
    def words(self):
        """Words without comment, redirection, and the launcher before `-m convscope`."""
        words = shlex.split(self.text.replace("\\\n", " "), comments=True)
        if words[:1] == ["torchrun"] or words[:2] == ["python", "-m"]:
            words = words[words.index("-m") + 1 :] if "-m" in words else []
        return words[: words.index(">")] if ">" in words else words

    @property
    def is_ours(self):
        return self.words[:1] == ["convscope"]

    @property
    def redirected(self):
        words = shlex.split(self.text, comments=True)
        return words[words.index(">") + 1] if ">" in words else None

    def __str__(self):
        return re.sub(r"\s+", " ", re.sub(r"\s+#.*", "", self.text.replace("\\\n", " "))).strip()


@dataclass
class Python:
    """A block of Python."""

    page: str
    line: int
    text: str


def pages():
    """Return the pages in English; those in another language have the same commands."""
    found = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    names = [path.relative_to(ROOT).as_posix() for path in found]
    return [name for name in names if not name.startswith(("docs/decisions/", "docs/zh/"))]


def installed_by_demo():
    """Return the extras that `make demo` installs."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return _extras(makefile.split("\n.venv/.runtime:")[1].split("\n\n")[0])


def installed_by(page):
    """Return the extras that the lines of a page install."""
    commands = (item for item in items(page) if isinstance(item, Command))
    return set().union(*(_extras(c.text) for c in commands if c.text.startswith("pip install")))


def _extras(text):
    return {name for group in re.findall(r"'\.\[([\w,]+)\]'", text) for name in group.split(",")}


def items(page):
    """Return the commands and Python blocks of a page, in order."""
    found = []
    for language, line, lines in _blocks((ROOT / page).read_text(encoding="utf-8").splitlines()):
        if language == "python":
            found.append(Python(page, line, "\n".join(lines)))
        elif language in SHELL:
            found += _commands(page, line, lines)
    return found


def _blocks(lines):
    """Yield (language, number of the first line, lines), of indented blocks too."""
    at = 0
    while at < len(lines):
        fence = FENCE.match(lines[at])
        if fence:
            end = next(i for i in range(at + 1, len(lines)) if FENCE.match(lines[i]))
            yield fence[1], at + 2, lines[at + 1 : end]
            at = end + 1
        elif lines[at].startswith("    ") and (not at or not lines[at - 1].strip()):
            end = at
            while end < len(lines) and lines[end].startswith("    "):
                end += 1
            yield "", at + 1, [text[4:] for text in lines[at:end]]
            at = end
        else:
            at += 1


def _commands(page, first, lines):
    is_session = any(text.startswith("$ ") for text in lines)
    if not is_session and not any(_program(text) in PROGRAMS for text in lines):
        return []  # a tree of files, or output
    found, open_line = [], False
    for number, text in enumerate(lines, first):
        if open_line:
            found[-1].text += "\n" + text
        elif is_session and not text.startswith("$ "):
            found[-1].output.append(text)
            continue
        elif not text.strip() or text.startswith("#"):
            continue
        else:
            found.append(Command(page, number, text.removeprefix("$ ")))
        open_line = text.rstrip().endswith("\\")
    return found


def _program(text):
    return text.removeprefix("$ ").split(" ")[0]
