"""The command line. One subcommand per file, which imports the rest when it runs."""

import os
import sys
from typing import Annotated, NoReturn

import typer

from convscope.cli import (
    compare,
    complete,
    demo,
    doctor,
    evaluate,
    export,
    lab,
    look,
    lr_range,
    predict,
    runs,
    sample,
    show,
    sweep,
    train,
)
from convscope.cli import data as data_verb
from convscope.cli import filter as filter_verb
from convscope.cli import list as list_verb
from convscope.cli.failures import exit_code
from convscope.cli.help_pages import arrange_help
from convscope.cli.language import HELP as LANG_HELP
from convscope.cli.language import choose, translate_help
from convscope.cli.output import echo, guard_streams

app = typer.Typer(
    name="convscope",
    help="Workbench for convolutional networks: learn, build, train, measure, look inside.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _language(language: str | None) -> None:
    if language is not None:  # the option is removed before, unless another program runs `app`
        from convscope.lang import use

        use(language)


def _version(is_given: bool) -> None:
    if is_given:
        from convscope import __version__

        echo(__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    lang: Annotated[
        str | None,
        typer.Option(
            "--lang", metavar="LANGUAGE", callback=_language, is_eager=True, help=LANG_HELP
        ),
    ] = None,
) -> None:
    pass


app.command("list")(list_verb.list_command)
app.command("show")(show.show_command)
app.add_typer(data_verb.data_app, name="data")
app.command("train")(train.train_command)
app.command("runs")(runs.runs_command)
app.command("sweep")(sweep.sweep_command)
app.command("lr-range")(lr_range.lr_range_command)
app.command("compare")(compare.compare_command)
app.command("evaluate")(evaluate.evaluate_command)
app.command("predict")(predict.predict_command)
app.command("look")(look.look_command)
app.command("export")(export.export_command)
app.command("filter")(filter_verb.filter_command)
app.command("lab", context_settings=lab.CONTEXT)(lab.lab_command)
app.command("sample")(sample.sample_command)
app.command("demo")(demo.demo_command)
app.command("doctor")(doctor.doctor_command)


def main() -> NoReturn:
    """Run a command and end the process with its exit code (see `failures.exit_code`)."""
    guard_streams()
    code = exit_code(_run)
    not_printed = exit_code(sys.stdout.flush)
    sys.exit(code or not_printed)


def _run() -> object:
    complete.join_words(os.environ)
    choose()
    command = typer.main.get_command(app)
    arrange_help(command)
    translate_help(command)
    return command(prog_name="convscope", standalone_mode=False)
