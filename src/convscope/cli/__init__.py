"""The command line. One subcommand per file, which imports the rest when it runs."""

import os
import sys
from typing import Annotated, NoReturn

import typer

from convscope.cli import (
    bench,
    compare,
    demo,
    deploy,
    doctor,
    evaluate,
    export,
    lab,
    lesson,
    look,
    lr_range,
    predict,
    runs,
    sample,
    show,
    sweep,
    train,
    verify,
)
from convscope.cli import data as data_verb
from convscope.cli import filter as filter_verb
from convscope.cli import list as list_verb
from convscope.cli.grammar import complete
from convscope.cli.grammar.help_pages import arrange_help
from convscope.cli.grammar.language import HELP as LANG_HELP
from convscope.cli.grammar.language import choose, translate_help
from convscope.cli.grammar.several import spread
from convscope.cli.services import serve, studio, web
from convscope.cli.terminal.failures import exit_code
from convscope.cli.terminal.output import echo, guard_streams

app = typer.Typer(
    name="convscope",
    help="Workbench for convolutional networks: learn, build, train, measure, look inside.",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


FIRST_STEPS = """First steps with convscope, the workbench for convolutional networks:

  convscope demo                 train LeNet-5 on digits and look inside it
  convscope show lenet5          print an architecture: shapes, parameters, MACs
  convscope lab convolution      see how a convolution is computed
  convscope sample digit         write an image to try other commands on
  convscope train lenet5 mnist   train a network
  convscope list                 list architectures, and how to list other names
  convscope --help               list all commands"""


def _language(language: str | None) -> None:
    if language is not None:  # the option is removed before, unless another program runs `app`
        from convscope.lang import use

        use(language)


def _version(is_given: bool) -> None:
    if is_given:
        from convscope import __version__

        echo(__version__)
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 - its callback does the work, as that of lang
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    lang: Annotated[  # noqa: ARG001
        str | None,
        typer.Option(
            "--lang", metavar="LANGUAGE", callback=_language, is_eager=True, help=LANG_HELP
        ),
    ] = None,
) -> None:
    if context.invoked_subcommand is None:
        echo(FIRST_STEPS)


START, LEARN, TRAIN = "Start", "Learn how networks work", "Build and train"
USE, LOOK, DATA = "Measure and use", "Look inside", "Data and images"

app.command("demo", rich_help_panel=START)(demo.demo_command)
app.command("sample", rich_help_panel=START)(sample.sample_command)
app.command("list", rich_help_panel=START)(list_verb.list_command)
app.command("doctor", rich_help_panel=START)(doctor.doctor_command)
app.command("show", rich_help_panel=LEARN)(show.show_command)
app.command("compare", rich_help_panel=LEARN)(compare.compare_command)
app.command("lab", rich_help_panel=LEARN, context_settings=lab.CONTEXT)(lab.lab_command)
app.add_typer(lesson.lesson_app, name="lesson", rich_help_panel=LEARN)
app.command("train", rich_help_panel=TRAIN)(train.train_command)
app.command("runs", rich_help_panel=TRAIN)(runs.runs_command)
app.command("lr-range", rich_help_panel=TRAIN)(lr_range.lr_range_command)
app.command("sweep", rich_help_panel=TRAIN)(sweep.sweep_command)
app.command("evaluate", rich_help_panel=USE)(evaluate.evaluate_command)
app.command("predict", rich_help_panel=USE)(predict.predict_command)
app.command("deploy", rich_help_panel=USE)(deploy.deploy_command)
app.command("export", rich_help_panel=USE)(export.export_command)
app.command("verify", rich_help_panel=USE)(verify.verify_command)
app.command("serve", rich_help_panel=USE)(serve.serve_command)
app.command("studio", rich_help_panel=START)(studio.studio_command)
app.command("web", rich_help_panel=USE)(web.web_command)
app.command("bench", rich_help_panel=USE)(bench.bench_command)
app.command("look", rich_help_panel=LOOK)(look.look_command)
app.add_typer(data_verb.data_app, name="data", rich_help_panel=DATA)
app.command("filter", rich_help_panel=DATA)(filter_verb.filter_command)


def main() -> NoReturn:
    """Run a command and end the process with its exit code (see `failures.exit_code`)."""
    guard_streams()
    code = exit_code(_run)
    not_printed = exit_code(sys.stdout.flush)
    sys.exit(code or not_printed)


def _run() -> object:
    complete.join_words(os.environ)
    choose()
    sys.argv[1:] = spread(sys.argv[1:])
    command = typer.main.get_command(app)
    arrange_help(command)
    translate_help(command)
    return command(prog_name="convscope", standalone_mode=False)
