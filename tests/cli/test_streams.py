"""Standard streams that fail, and encodings that lack characters: a sentence, no traceback."""

import json
import os
import subprocess
import sys

import pytest

from convscope.text import ESCAPED

COMMANDS = [["list"], ["show", "lenet5"], ["show", "lenet5", "--json"], ["list", "--sort", "year"]]


def run(*arguments, **options):
    command = [sys.executable, "-m", "convscope", *arguments]
    options.setdefault("stdout", subprocess.PIPE)
    return subprocess.run(command, stderr=subprocess.PIPE, check=False, **options)


def check_sentence(stderr, words):
    text = stderr.decode()
    assert text.startswith("convscope: standard output: ")
    assert words in text
    for bad in ("Traceback", "Exception ignored"):
        assert bad not in text


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_full_device(arguments):
    with open("/dev/full", "wb") as full:
        done = run(*arguments, stdout=full)
    assert done.returncode == 1
    check_sentence(done.stderr, "no space left on device")


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_pipe_that_nobody_reads_ends_without_a_word(arguments):
    reading, writing = os.pipe()
    os.close(reading)
    done = run(*arguments, stdout=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize("arguments", COMMANDS[:2], ids=" ".join)
def test_no_standard_output(arguments):
    done = run(*arguments, stdout=None, preexec_fn=lambda: os.close(1))
    assert done.returncode == 1
    check_sentence(done.stderr, "is closed")


def test_a_file_never_gets_the_number_of_a_closed_stream(tmp_path):
    code = (
        "import os; from convscope.cli.terminal.output import guard_streams; guard_streams(); "
        "print(os.open('file', os.O_CREAT | os.O_RDWR), file=open('number', 'w'))"
    )
    shell = f'exec {sys.executable} -c "{code}" <&- >&- 2>&-'
    subprocess.run(["/bin/sh", "-c", shell], cwd=tmp_path, check=True)
    assert int((tmp_path / "number").read_text()) > 2


def test_messages_that_cannot_be_printed_change_nothing():
    with open("/dev/full", "wb") as full:
        command = [sys.executable, "-m", "convscope", "show", "lenet6"]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=full, check=False)
    assert (done.returncode, done.stdout) == (2, b"")


@pytest.mark.parametrize(
    "encoding",
    [
        "ascii",
        pytest.param("latin-1", marks=pytest.mark.slow),
        pytest.param("utf-8", marks=pytest.mark.slow),
    ],
)
def test_every_encoding(encoding, tmp_path):
    spec = json.loads(run("show", "lenet5", "--spec").stdout)
    spec["paper"]["authors"] = "猫 😀"
    path = tmp_path / "猫.json"
    path.write_text(json.dumps(spec), encoding="utf-8")
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    for options in ([], ["--json"], ["--spec"], ["--markdown"]):
        done = run("show", str(path), *options, env=environment)
        assert (done.returncode, done.stderr) == (0, b"")
        text = done.stdout.decode(encoding)
        if options == ["--spec"]:
            assert json.loads(text)["paper"]["authors"] == "猫 😀"
    done = run("show", str(path) + "x", env=environment)
    assert done.returncode == 2
    assert done.stderr.decode(encoding).startswith("convscope: ")


def test_spaces_that_an_encoding_lacks_are_spaces():
    assert "12\xa0% \u732b".encode("ascii", ESCAPED) == b"12 % \\u732b"
    assert "12\xa0% \u732b".encode("latin-1", ESCAPED) == b"12\xa0% \\u732b"
