"""Several values after one option: `--batch 1 16` is read as `--batch 1 --batch 16`.

Typer reads one value per option. The words of a command line are rewritten before it reads them,
for the options in `SEVERAL` only. A word that is no value ends the list, so that an argument may
follow it.
"""

import re
from collections.abc import Callable, Mapping, Sequence

IsValue = Callable[[str], bool]


def is_number(word: str) -> bool:
    """Return whether a word is a number, negative ones included: their error is a clear one."""
    return re.fullmatch(r"-?\d+", word) is not None


def is_word(word: str) -> bool:
    """Return whether a word is no option: the option stands behind all arguments."""
    return not word.startswith("-")


SEVERAL: Mapping[str, Mapping[str, IsValue]] = {
    "bench": {
        "--batch": is_number,
        "--engine": lambda word: word.startswith(("pytorch", "onnx", "openvino")),
        "--level": lambda word: word in ("exact", "fast", "int8"),
    },
    "export": {"--layers": is_word},
}
"""By command: its options of several values, and whether a word is a further value."""


def spread(words: Sequence[str]) -> list[str]:
    """Return the words of a command line with each option before each of its values."""
    command = next((word for word in words if not word.startswith("-")), "")
    options = SEVERAL.get(command, {})
    spread_words: list[str] = []
    option, num = "", 0  # the option that is open, and its values so far
    for place, word in enumerate(words):
        if word == "--":
            return spread_words + list(words[place:])
        if word in options:
            option, num = word, 0
        elif option and (num == 0 or options[option](word)):
            spread_words += [option] if num else []
            num += 1
        else:
            option = ""
        spread_words.append(word)
    return spread_words
