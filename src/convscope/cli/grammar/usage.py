"""Errors of the command line's grammar in the form of all other errors.

Typer (with the click that it contains) raises its own exceptions for a missing argument, an unknown
option, a bad number and the like. `usage_error` returns each as an InputError: what was given, what
is expected, a fix, and the command. Only what typer keeps stable is read: names of classes,
`ctx`, `param`, `option_name` and `message`.
"""

import re
import sys
from collections.abc import Iterator
from typing import Any

from convscope.cli.grammar.options import RENAMED
from convscope.errors import ConvscopeError, InputError, nearest, shortened, unknown_name
from convscope.text import listed

EXAMPLES = {
    "": "convscope show lenet5",
    "list": "convscope list datasets",
    "show": "convscope show lenet5",
    "compare": "convscope compare lenet5 alexnet",
    "data": "convscope data check photos/",
    "data get": "convscope data get cifar10",
    "data check": "convscope data check photos/",
    "data index": "convscope data index shards/",
    "data pack": "convscope data pack photos/ -o shards/",
    "data show": "convscope data show mnist -o sheet.png",
    "data doubts": "convscope data doubts runs/mine photos/ -o doubts.csv",
    "data correct": "convscope data correct photos/ corrections.csv -o corrected/",
    "data unpack": "convscope data unpack photos.zip -o photos/",
    "train": "convscope train lenet5 mnist",
    "runs": "convscope runs -o curves.svg",
    "sweep": "convscope sweep lenet5 mnist --vary lr=1e-4..1e-1 --trials 8",
    "lr-range": "convscope lr-range lenet5 mnist -o curve.png",
    "evaluate": "convscope evaluate runs/mine mnist",
    "predict": "convscope predict runs/mine digit.png",
    "look": "convscope look saliency runs/mine digit.png -o saliency.png",
    "bench": "convscope bench resnet18 --layers",
    "deploy": "convscope deploy runs/mine -o deployed.safetensors",
    "export": "convscope export resnet18 --to pytorch -o resnet18.py",
    "verify": "convscope verify model.onnx --against runs/mine --data photos/",
    "serve": "convscope serve runs/mine --port 8000",
    "web": "convscope web folder",
    "studio": "convscope studio",
    "filter": "convscope filter photo.jpg median --size 5 -o out.png",
    "lesson": "convscope lesson list",
    "lesson list": "convscope lesson list",
    "lesson show": "convscope lesson show 5",
    "lesson quiz": "convscope lesson quiz 5",
    "lesson check": "convscope lesson check 5",
    "lab": "convscope lab convolution",
    "lab convolution": "convscope lab convolution --kernel 3 --stride 2",
    "lab connectivity": "convscope lab connectivity --kernel 7",
    "lab receptive_field": "convscope lab receptive_field --layers conv5",
    "lab separable": "convscope lab separable --outputs 512",
    "lab squeeze_excitation": "convscope lab squeeze_excitation --example horizontal",
    "lab learnable_filter": "convscope lab learnable_filter --filter sobel_x",
    "lab pixels": "convscope lab pixels --size 8",
    "lab surface": "convscope lab surface gaussian --sigma 2",
    "lab laplacian": "convscope lab laplacian --row 1,1,2,4,4",
    "lab pooling_windows": "convscope lab pooling_windows --size 3 --stride 2",
    "lab softmax": "convscope lab softmax --label 1",
    "lab object_sizes": "convscope lab object_sizes",
    "lab mlp_size": "convscope lab mlp_size --width 28 --height 28 --channels 1",
    "lab depth_concat": "convscope lab depth_concat 14x14x2 16x16x3",
    "lab activations": "convscope lab activations --x -2",
    "lab descent": "convscope lab descent --lr 2.2",
    "lab pooling": "convscope lab pooling runs/mine",
    "lab gradients": "convscope lab gradients --depth 50",
    "sample": "convscope sample photos -o photos",
    "demo": "convscope demo",
    "doctor": "convscope doctor",
}
"""A command line that works, for each command: the fix of an error in its arguments."""


def usage_error(error: Any) -> ConvscopeError:
    """Return an exception of typer as an error of ours, with the command as its location."""
    kind, context = type(error).__name__, getattr(error, "ctx", None)
    if context is None or kind == "BadOptionUsage":  # its context is that of an outer command
        command, path = _typed_command()
    else:
        command, path = context.command, context.command_path
    match kind:
        case "MissingParameter":
            built = _missing(error.param, path)
        case "NoSuchOption":
            built = _unknown_option(error.option_name, command, path)
        case "BadOptionUsage":
            built = _bad_option(error.option_name, error.message, command, path)
        case "BadParameter":
            built = _bad_value(error, path)
        case _:
            built = _other(str(error.message), command, path)
    return built.at(path)


def _missing(parameter: Any, path: str) -> ConvscopeError:
    return InputError(
        f"{_name(parameter)} is missing", expected=_help(parameter), fix=_example(path)
    )


def _unknown_option(name: str, command: Any, path: str) -> ConvscopeError:
    names = _option_names(command)
    today = RENAMED.get(name, "")
    if today in names:
        short = next((f"{each}/" for each in _spellings(command, today) if each != today), "")
        return InputError(f"there is no option {name}", fix=f"{name} is now {short}{today}")
    return unknown_name("option", name, names, see=f"{path} --help")


def _bad_option(name: str, message: str, command: Any, path: str) -> ConvscopeError:
    parameter = next((each for each in _options(command) if name in _all_names(each)), None)
    if "does not take a value" in message:
        return InputError(f"{name} is a switch and takes no value", fix=f"write {name} alone")
    expected = _values(parameter) or _help(parameter) if parameter is not None else ""
    return InputError(f"{name} has no value", expected=expected, fix=_see(path))


def _bad_value(error: Any, path: str) -> ConvscopeError:
    parameter, cause = error.param, error.__cause__
    if parameter is None:
        return InputError(str(error.message), fix=_see(path))
    value = _value(cause)
    problem = f"{_name(parameter)} {value}" if value else f"{_name(parameter)}: {error.message}"
    choices = _choices(parameter)
    close = nearest(value, choices) if value and choices else []
    fix = f"did you mean {' or '.join(close)}?" if close else _see(path)
    return InputError(problem, expected=_values(parameter) or _help(parameter), fix=fix)


def _other(message: str, command: Any, path: str) -> ConvscopeError:
    """Return the error for a message without a class of its own: surplus words, no command."""
    if unknown := re.search(r"No such command '?(.*?)'?\.(?: |$)", message):
        return unknown_name("command", unknown[1], command.commands, see=f"{path} --help")
    if message.startswith("Missing command"):
        return InputError(
            "no command is named",
            expected=f"one of {listed(command.commands, 30)}",
            fix=_example(path),
        )
    if surplus := re.search(r"unexpected extra arguments?(?:\(s\))? \((.*)\)$", message):
        return _surplus(surplus[1], command, path)
    return InputError(message, fix=_see(path))


def _surplus(words: str, command: Any, path: str) -> ConvscopeError:
    """Return the error for words that no argument takes."""
    taken = [_name(each) for each in command.params if each.param_type_name == "argument"]
    setting = re.fullmatch(r"[a-z_.]+=\S+", words)
    if setting and "--set" in _option_names(command):
        return InputError(
            f"{shortened(words)} is one argument too many",
            expected=f"nothing after {' '.join(taken)}",
            fix=f"--set {words}",
        )
    return InputError(
        f"{shortened(words)} is one argument too many"
        if " " not in words
        else f"{shortened(words)} are too many arguments",
        expected=f"nothing after {' '.join(taken)}" if taken else "options only",
        fix=_see(path),
    )


def _typed_command() -> tuple[Any, str]:
    """Return the command that was typed, and its name, for an error that does not tell."""
    from typer.main import get_command

    from convscope.cli import app
    from convscope.cli.lab import lab_command_of
    from convscope.labs import LABS

    command, path = get_command(app), "convscope"
    for word in sys.argv[1:]:
        if path == "convscope lab" and word in LABS:
            return lab_command_of(word), f"{path} {word}"
        inner = getattr(command, "commands", {})
        if word not in inner:
            break
        command, path = inner[word], f"{path} {word}"
    return command, path


def _name(parameter: Any) -> str:
    """Return how a parameter is written: its longest option, or the word in capital letters."""
    if parameter.param_type_name == "option":
        return str(max(parameter.opts, key=len))
    return str(parameter.metavar or parameter.name.upper()).strip("[]").removesuffix("...")


def _help(parameter: Any) -> str:
    """Return the help of a parameter as the end of a sentence."""
    text = str(getattr(parameter, "help", None) or "").strip().removesuffix("。")
    if not text.endswith("..."):
        text = text.removesuffix(".")
    starts_with_word = text[:1].isupper() and text[1:2].islower()
    return text[:1].lower() + text[1:] if starts_with_word or text[:2] == "A " else text


def _values(parameter: Any) -> str:
    """Return the values that a parameter takes: names, or a range of numbers; empty for texts."""
    if choices := _choices(parameter):
        return f"one of {listed(choices, 12)}"
    descriptor = getattr(parameter, "type_descriptor", None)
    kind = getattr(descriptor, "annotation", None)
    least, most = getattr(parameter, "min", None), getattr(parameter, "max", None)
    if kind is float:
        return "a number" if least is None else f"a number of at least {least:,}"
    if kind is not int:
        return ""
    if least is not None and most is not None:
        return f"a whole number from {least:,} to {most:,}"
    return "a whole number" if least is None else f"a whole number of at least {least:,}"


def _choices(parameter: Any) -> list[str]:
    descriptor = getattr(parameter, "type_descriptor", None)
    return [str(choice) for choice in getattr(descriptor, "choices", None) or ()]


def _value(cause: Any) -> str:
    """Return the value that pydantic rejected; empty if another library did."""
    errors = getattr(cause, "errors", None)
    problems = errors() if callable(errors) else []
    return str(problems[0]["input"]) if problems and "input" in problems[0] else ""


def _options(command: Any) -> Iterator[Any]:
    return (each for each in command.params if each.param_type_name == "option")


def _all_names(parameter: Any) -> list[str]:
    return [*parameter.opts, *parameter.secondary_opts]


def _option_names(command: Any) -> list[str]:
    return [name for each in _options(command) for name in _all_names(each) if len(name) > 2]


def _spellings(command: Any, name: str) -> list[str]:
    return next((list(each.opts) for each in _options(command) if name in each.opts), [])


def _example(path: str) -> str:
    return EXAMPLES.get(
        path.removeprefix("convscope").strip(), f"`{path} --help` shows the arguments"
    )


def _see(path: str) -> str:
    return f"`{path} --help` shows the options"
