"""Every command with every text argument replaced by hostile ones: one message, no traceback."""

import importlib.util
import os
import unicodedata
from pathlib import Path

import pytest

SPEC = importlib.util.spec_from_file_location("verbs", Path(__file__).parent / "verbs.py")
verbs = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(verbs)

COMMANDS = verbs.commands()

LONG = "x" * 300
VALUES = {
    "escape": "gone\x1b[31m[/b]\u202e.png",
    "long name": LONG + ".png",
}
MORE = {
    "markup": "[bold red]x[/b][ant].json",
    "long model": LONG + ".safetensors",
    "not UTF-8": os.fsdecode(b"\xff\xfe.svg"),
    "folder": ".",
    "long word": LONG,
    "long JSON": LONG + ".json",
    "long path": "x/" * 3000 + "y.html",
    "below a file": "PHOTO/x.png",
    "empty": "",
    "root": "/",
    "device": "/dev/zero",
    "null": "/dev/null",
    "FIFO": "FIFO",
    "FIFO below": "FIFO/x.png",
    "link to itself": "LOOP",
    "digits": "9" * 5000,
    "setting": "lr=" + "9" * 5000,
    "newline": "a\n  fix: b",
    "option": "--x",
    "at": "@" + LONG,
    "home": "~nobody/x.png",
    "null character": "\u0000",
}
WORKS = {
    ("train", "out"),
    ("sweep", "out"),
    ("data pack", "out"),
    ("predict", "save_dir"),
    ("lab pooling", "output"),
    ("lab gradients", "output"),
}
"""Options that name a new output, which may have any short name; the work then takes long."""
SLOW = {"lab pooling"}  # it trains before it writes


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    root = tmp_path_factory.mktemp("places")
    made = verbs.make_places(root)
    os.mkfifo(root / "fifo")
    os.symlink(root / "loop", root / "loop")
    return {**made, "FIFO": root / "fifo", "LOOP": root / "loop"}


def check(words, values, places, tmp_path, capsys):
    command = COMMANDS[words]
    faults = []
    for parameter in verbs.text_parameters(command):
        for kind, value in values.items():
            if (words, parameter.name) in WORKS and len(value) < 200:
                continue
            for key in ("PHOTO", "FIFO", "LOOP"):
                value = value.replace(key, str(places[key]))
            valid = verbs.arguments(words, command, places, tmp_path)
            given = verbs.with_value(words, command, parameter, value, valid)
            code, out, err = verbs.call(words, given, capsys)
            controls = {c for c in out + err if unicodedata.category(c) in ("Cc", "Cf", "Cs")}
            problem = (
                "exit code"
                if code not in (0, 1, 2)
                else "unexpected"
                if "unexpected error" in err or "Traceback" in err
                else "no message"
                if code == 2 and "convscope: " not in err and f"convscope {words}: " not in err
                else f"control characters {controls}"
                if controls - {"\n"}
                else "too long"
                if max(map(len, (out + err).splitlines()), default=0) > 7_000
                else ""
            )
            if problem:
                faults.append(f"{words} {parameter.name}, {kind}: {problem} ({code}): {err[-300:]}")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    "words",
    [pytest.param(words, marks=pytest.mark.slow) if words in SLOW else words for words in COMMANDS],
)
def test_hostile_text(words, places, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check(words, VALUES, places, tmp_path, capsys)


@pytest.mark.slow
@pytest.mark.parametrize("words", COMMANDS)
def test_more_hostile_text(words, places, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check(words, MORE, places, tmp_path, capsys)
