"""One grammar of options: the same meaning has the same name, type, help and default everywhere.

A new command needs a row in MATRIX; a new option that a name already has, the same form.
"""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from convscope.cli.grammar.help_pages import arrange_help
from convscope.cli.grammar.options import RENAMED
from tests.cli.verbs import commands, longest

COMMANDS = commands(untried=True)
SHARED = (
    *("--output", "--force", "--json", "--device", "--threads", "--workers", "--seed"),
    *("--batch-size", "--input", "--background", "--split", "--lr", "--epochs", "--set"),
)
TRAINING = "device threads workers seed batch-size input background set"
# command: those of the shared options that mean something for it
MATRIX = {
    "list": "json",
    "show": "output force json batch-size input",
    "compare": "json input",
    "train": f"output json lr epochs {TRAINING}",
    "sweep": f"output json lr epochs {TRAINING}",
    "lr-range": f"output force json {TRAINING}",  # the rate is what it varies
    "runs": "output force json",
    "evaluate": "output force json device threads batch-size background split",
    "predict": "force json device threads batch-size background split",
    "look": "output force json device threads background split set",
    "deploy": "output force json",
    "bench": "output force json device threads input",  # --batch takes several sizes
    "export": "output force json input",
    "verify": "json split",
    "serve": "json device threads background",
    "web": "json",
    "studio": "json",
    "filter": "output force json seed background",
    "sample": "output force json",
    "demo": "output seed device threads",
    "doctor": "json",
    "data get": "json",
    "data check": "output force json workers input background",
    "data index": "json",
    "data pack": "output json background",
    "data show": "output force json seed background split",
    "data doubts": "output force json device threads background split",
    "data correct": "output json",
    "data unpack": "output json",
    "lesson list": "json",
    "lesson show": "json",
    "lesson quiz": "",
    "lesson check": "json",
    "lab": "",
    "lab convolution": "output force json seed input",
    "lab connectivity": "output force json input",
    "lab receptive_field": "output force json",
    "lab separable": "output force json",
    "lab squeeze_excitation": "output force json",
    "lab learnable_filter": "output force json seed lr",
    "lab pixels": "output force json",
    "lab surface": "output force json",
    "lab laplacian": "output force json",
    "lab pooling_windows": "output force json seed",
    "lab softmax": "output force json lr",
    "lab object_sizes": "output force json",
    "lab mlp_size": "output force json",
    "lab depth_concat": "output force json",
    "lab activations": "output force json",
    "lab descent": "output force json lr",
    "lab pooling": "output force json seed threads",
    "lab gradients": "output force json seed threads",
}
OTHER_MEANINGS = {
    "--output": "what is written differs; the rest of its form is tested below",
    "--set": "settings of the recipe; for look, of the visual",
    "--calibration": "bench also compares outputs on the images",
    "--layers": "bench: their times are measured; export: they become outputs",
    "--example": "lab convolution: its numbers; lab squeeze_excitation: an image",
    "--engine": "bench: engines by name; elsewhere a level",
    "--channels": "labs: of each layer, of the input, or maps",
    "--compare": "runs: two runs; filter: before and after",
    "--data": "train: the new place of a run's data; look: a data set to look at",
    "--depth": "show: levels of names; labs: layers of a network",
    "--images": "verify: images to compare on; lab pooling: digits to shift",
    "--index": "data show: of any split; sample: of MNIST's test split",
    "--kernel": "filter: its numbers; lab convolution: its size",
    "--kernels": "lab convolution: their number; lab object_sizes: sizes that they look for",
    "--link": "studio: a link to it; data correct: hard links",
    "--lr": "labs: of steps on scores, or as a multiple of a safe rate",
    "--num": "data show: images per class; data doubts: images in the list",
    "--operation": "filter: for --kernel; lab convolution: of the lab",
    "--port": "studio has a port of its own, so that both can run",
    "--sigma": "filter: of the Gaussian; lab surface: of two kernels",
    "--layout": "export: names of weights; elsewhere folders of data",
    "--padding": "lab connectivity draws square windows, lab convolution any",
    "--stride": "as --padding",
    "--recipe": "data show: also what its augmentation does",
    "--size": "of a filter's window; of the kernel to learn",
    "--sort": "columns of two different tables",
    "--split": "data show has no test of its own to prefer",
    "--steps": "of the range test; of the descent of a lab",
    "--to": "lr-range: the last rate; export: a format",
    "--width": "lab gradients: channels; lab mlp_size: columns of the image",
    "--weights": "export: for a model a new file to write; elsewhere a file to read",
}
"""Options whose name has several meanings, or whose help says more, each with the reason."""


def options():
    for words, command in COMMANDS.items():
        for parameter in command.params:
            if parameter.param_type_name == "option":
                yield words, parameter


def form(option):
    kind = option.type_descriptor.annotation
    return (kind, option.help, option.default, option.metavar, option.min, option.max)


def test_every_command_has_a_row():
    assert set(MATRIX) == set(COMMANDS)


@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_has_the_options_that_mean_something_for_it(words):
    own = {longest(option) for name, option in options() if name == words}
    expected = {f"--{name}" for name in MATRIX[words].split()}
    assert own & set(SHARED) == expected


def test_the_same_name_has_the_same_form():
    forms = defaultdict(dict)
    for words, option in options():
        forms[longest(option)].setdefault(form(option), []).append(words)
    several = {name: list(by.values()) for name, by in forms.items() if len(by) > 1}
    assert set(several) == set(OTHER_MEANINGS)


def test_the_same_help_has_the_same_name():
    names = defaultdict(set)
    for _words, option in options():
        if longest(option) != "--force":
            names[option.help].add(longest(option))
    assert [sorted(several) for several in names.values() if len(several) > 1] == []


def test_the_output_is_named_alike_everywhere():
    for words, option in options():
        if "-o" in option.opts:
            assert option.opts == ["--output", "-o"], words
            assert option.type_descriptor.annotation is Path, words
            assert re.fullmatch(r"FILE(\.\w+)?|FOLDER|FILE\|FOLDER", option.metavar), words
            assert option.default is None, words


def test_no_option_has_a_second_name():
    for words, option in options():
        names = [name for name in option.opts if name != "-o"]
        assert names == [longest(option)], words


def test_former_names_are_gone_and_lead_to_those_of_today():
    names = {longest(option) for _, option in options()}
    assert names & set(RENAMED) == {"--batch"}  # bench: several batch sizes
    assert set(RENAMED.values()) <= names


@pytest.mark.parametrize("words", COMMANDS)
def test_every_parameter_has_a_sentence(words):
    for parameter in COMMANDS[words].params:
        assert parameter.help, f"{words} {parameter.name}"
        assert parameter.help[:1].isupper() or parameter.help[:1] in ".-*" or " " in parameter.help


@pytest.mark.parametrize("words", COMMANDS)
def test_help_shows_no_python_types(words):
    command = commands(untried=True)[words]
    arrange_help(command)
    context = command.make_context(words, [], resilient_parsing=True)
    for parameter in command.get_params(context):
        shown = parameter.display_type_rich(ctx=context) or ""
        assert not re.search(r"<(bool|int|float|str|path|text)>", shown, re.IGNORECASE)
