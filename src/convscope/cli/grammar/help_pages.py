"""Help pages: flowing text, words for the values of options, and options in groups.

Typer keeps the line breaks of docstrings, and shows the Python type of a value, as `<bool>` for a
switch that takes none. Here a switch has no word, and a value without its own word one in capital
letters. The range of a number is told by the error for one outside it. The options of a long page
stand under headings.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from convscope.lang import label

WORDS = {int: "N", float: "NUMBER", str: "TEXT", Path: "PATH"}
EXAMPLE = "convscope "  # begins a line that stays a line


FEW = 8  # options of a page that needs no groups
GROUPS = {
    "Training": ("--recipe", "--lr", "--epochs", "--batch-size", "--seed", "--set", "--input"),
    "Search": ("--vary", "--trials"),
    "Learning rates": ("--from", "--to", "--steps"),
    "Resuming": ("--resume", "--data", "--accept-changed-data", "--generation"),
    "Target": ("--weights-to", "--layout", "--float", "--layers"),
    "Model": ("--weights", "--labels", "--classes", "--layer", "--unit", "--class"),
    "Data": (
        *("--split", "--layout", "--group-by", "--class-names", "--bad-images", "--data"),
        *("--background", "--crops", "--scales", "--invert", "--index", "--max-pixels"),
    ),
    "Machine": ("--device", "--devices", "--threads", "--workers"),
    "Output": (
        *("--output", "--force", "--json", "--markdown", "--format", "--csv", "--plot", "--topk"),
        *("--save-dir", "--keep-going", "--tensorboard", "--explain", "--spec", "--paper"),
        "--errata",
    ),
}
"""Options of long help pages by group; other options stand first. An option that is in two groups
belongs to the first one whose leading option the verb has."""
LEADING = {
    "Training": "--recipe",
    "Resuming": "--resume",
    "Learning rates": "--from",
    "Search": "--vary",
    "Target": "--weights-to",
}


def arrange_help(command: Any) -> None:
    """Arrange the help of a command and its subcommands."""
    if heading := getattr(command, "rich_help_panel", None):
        command.rich_help_panel = label(str(heading))
    if command.help:
        command.help = flowing(command.help)
    command.get_params = _arranged(command.get_params)  # the option --help is made on demand
    for subcommand in getattr(command, "commands", {}).values():
        arrange_help(subcommand)


def flowing(text: str) -> str:
    """Return a text with each paragraph, and each example of a command, on one line."""
    paragraphs = []
    for paragraph in text.split("\n\n"):
        lines = [line.strip() for line in paragraph.splitlines() if line.strip()]
        is_example = bool(lines) and all(line.startswith(EXAMPLE) for line in lines)
        paragraphs += lines if is_example else [" ".join(lines)]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _arranged(parameters: Callable[[Any], list[Any]]) -> Callable[[Any], list[Any]]:
    def arranged(context: Any) -> list[Any]:
        shown = parameters(context)
        for parameter in shown:
            if parameter.param_type_name == "argument":
                _hide_type(parameter)
            elif parameter.metavar is None:
                parameter.metavar = _word(parameter)
            parameter._get_number_range_help_str = _nothing
        options = [each for each in shown if each.param_type_name == "option"]
        if len(options) > FEW:
            names = {name for option in options for name in option.opts}
            for option in options:
                option.rich_help_panel = _group(option, names)
        return shown

    return arranged


def _group(option: Any, names: set[str]) -> str | None:
    """Return the heading of an option, given the names of all options of its verb."""
    groups = (
        group
        for group, members in GROUPS.items()
        if set(members) & set(option.opts) and LEADING.get(group, option.opts[0]) in names
    )
    group = next(groups, None)
    return label(group) if group else None


def _hide_type(argument: Any) -> None:
    """Show no type beside the name of an argument: its help says what it takes."""
    argument.display_type_rich = _nothing


def _nothing(**_context: Any) -> None:
    """Return no text."""


def _word(parameter: Any) -> str | None:
    if parameter.is_flag:
        return ""
    kind = getattr(getattr(parameter, "type_descriptor", None), "annotation", None)
    return WORDS.get(kind) if isinstance(kind, type) else None
