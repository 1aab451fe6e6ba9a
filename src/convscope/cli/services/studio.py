"""`convscope studio`: the workbench in the browser."""

import json
import os
import socket
import sys
import threading
import time
import webbrowser
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from convscope.cli.grammar.options import Json
from convscope.cli.terminal.output import echo, echo_json, say
from convscope.errors import InputError
from convscope.extras import install_command, is_installed
from convscope.text import counted

if TYPE_CHECKING:
    from convscope.server.studio.jobs.queue import Jobs
    from convscope.server.studio.lock import Running
    from convscope.server.studio.workspace import Workspace

HOST = "127.0.0.1"
PORT = 8765
RUNNING = 1  # exit code of a second studio in one folder
WAIT_S = 5.0


def studio_command(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="Workspace: runs/, sweeps/ and your models."),
    ] = Path("."),
    port: Annotated[
        int,
        typer.Option(metavar="N", min=0, max=65535, help="Port; 0 takes a free one."),
    ] = PORT,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the link, and open no browser.")
    ] = False,
    data: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FOLDER",
            help="A further folder that the page may read: your images. May be repeated.",
        ),
    ] = None,
    link: Annotated[
        bool, typer.Option("--link", help="Print a new link to the studio that runs here.")
    ] = False,
    trainings: Annotated[
        int, typer.Option(min=1, max=64, metavar="N", help="Trainings at once; others wait.")
    ] = 2,
    stop_runs: Annotated[
        bool, typer.Option("--stop-runs", help="Stop trainings when the studio is stopped.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Build, train, watch and look inside networks in the browser.

    The studio works in one folder and answers only to this machine. It prints a link that works
    once. Trainings go on when it is stopped. A second studio in one folder prints a new link to
    the first one, and ends with exit code 1.

    convscope studio; convscope studio mine/ --data photos/
    """
    if not is_installed("studio"):
        raise InputError("the studio needs an extra", fix=install_command("studio"))
    from convscope.server.studio import access, lock
    from convscope.server.studio.workspace import Workspace

    workspace = Workspace(folder, data or ())
    workspace.prepare()
    secret = access.read_secret(workspace.own)
    handle = lock.hold(workspace.own)
    if handle is None:
        running = _holder(workspace)
        text = access.link(running.address, secret)
        if as_json:
            echo_json(json.dumps({"url": running.address, "link": text, "pid": running.pid}))
        else:
            if not link:
                say(f"a studio runs in this folder already (process {running.pid}); a new link:")
            echo(text)
        raise typer.Exit(0 if link else RUNNING)
    if link:
        os.close(handle)
        raise InputError("no studio runs in this folder", fix="start it: convscope studio")
    _serve(workspace, secret, handle, _Options(port, no_browser, trainings, stop_runs, as_json))


class _Options(NamedTuple):
    port: int
    no_browser: bool
    trainings: int
    stop_runs: bool
    as_json: bool


def _holder(workspace: "Workspace") -> "Running":
    """Return the studio that runs; it has its address a moment after its start."""
    from convscope.server.studio import lock

    end = time.monotonic() + WAIT_S
    while not (running := lock.holder(workspace.own)).address and time.monotonic() < end:
        time.sleep(0.1)
    if not running.address:
        raise InputError(
            "a studio is starting in this folder",
            fix="try again in a moment",
            where=str(workspace.root),
        )
    return running


def _serve(workspace: "Workspace", secret: bytes, handle: int, options: _Options) -> None:
    from convscope.server.running import allow_connections, run
    from convscope.server.studio import access, lock
    from convscope.server.studio.app import LIMITS, STOPPING, guarded
    from convscope.server.studio.context import Studio
    from convscope.server.studio.jobs.queue import Jobs
    from convscope.server.studio.stream.hub import Hub
    from convscope.server.studio.web_cache import WebFolders
    from convscope.server.studio.worker.worker import Worker

    allow_connections(LIMITS.connections)
    with closing(_listening(options.port)) as sock:
        port = sock.getsockname()[1]
        address = f"http://{HOST}:{port}"
        hub = Hub()
        jobs = Jobs(workspace, {"training": options.trainings, "work": 2})
        studio = Studio(workspace, jobs, Worker(hub), hub, Worker(hub), WebFolders(workspace))
        guard = guarded(studio, access.Access(secret, port))

        def announce() -> None:
            lock.announce(handle, address)
            link = access.link(address, secret)
            if options.as_json:
                facts = {"url": address, "link": link, "pid": os.getpid()}
                echo_json(json.dumps(facts))
            else:
                echo(f"studio of {workspace.root}: {link}")
                say("the link works once; Ctrl-C stops the studio")
            sys.stdout.flush()  # a pipe shows it at once
            if not options.no_browser and has_display():
                threading.Thread(target=webbrowser.open, args=(link,), daemon=True).start()

        def stop() -> None:
            hub.close()
            studio.worker.cancel_all()
            studio.pictures.cancel_all()

        code = run(guard, sock, STOPPING, announce, stopping=stop)
    jobs.tick()
    _say_end(jobs, stop=options.stop_runs)
    raise typer.Exit(code)


def _listening(port: int) -> socket.socket:
    """Return a socket on the port; the default port gives way to a free one."""
    from convscope.server.listening import listen

    try:
        return listen(HOST, port)
    except InputError:
        if port != PORT:
            raise
        return listen(HOST, 0)


def _say_end(jobs: "Jobs", *, stop: bool) -> None:
    running = jobs.running()
    if not running:
        say("stopped")
        return
    if stop:
        for job in running:
            jobs.cancel(job.id)
        say(f"stopped; {counted(len(running), 'job')} will stop after saving")
        return
    say(f"stopped; {counted(len(running), 'job')} continue:")
    for job in running:
        say(f"  process {jobs.pid(job.id)}: {job.command}")
    say("`convscope studio` shows them again; kill PROCESS stops one, after a checkpoint")


def has_display() -> bool:
    """Return whether a browser can be shown here."""
    if sys.platform == "darwin":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
