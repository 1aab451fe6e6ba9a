"""`convscope web`: an exported folder over HTTP, with the headers that its page needs."""

import json
import sys
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from convscope.cli.grammar.options import Json
from convscope.cli.terminal.output import echo, echo_json, say
from convscope.errors import InputError


def web_command(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="A folder that `convscope export --to web` wrote."),
    ],
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Address to listen on; 0.0.0.0 is every one.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(metavar="N", min=0, max=65535, help="Port; 0 takes a free one.")
    ] = 8000,
    as_json: Json = False,
) -> None:
    """Serve a folder of `convscope export --to web` to the browser; Ctrl-C stops it.

    The page gets the headers with which the browser allows threads. Any other server of static
    files serves the folder too.

    convscope web folder/
    """
    from convscope.cli.services.serve import allowed_hosts, shown_host
    from convscope.export.web.folder import is_export
    from convscope.server.folder import FolderServer, run
    from convscope.server.listening import listen

    if not is_export(folder):
        raise InputError(
            "there is no such folder" if not folder.exists() else "this is no exported folder",
            expected="a folder with index.html and model/model.json",
            fix=f"convscope export MODEL --to web -o {folder}",
            where=str(folder),
        )
    hosts = allowed_hosts(host, ())
    with closing(listen(host, port)) as sock, FolderServer(sock, folder, hosts=hosts) as server:
        address = f"http://{shown_host(host)}:{sock.getsockname()[1]}/"

        def announce() -> None:
            if as_json:
                echo_json(json.dumps({"url": address, "folder": str(folder)}))
            else:
                echo(address)
                say("Ctrl-C stops the server")
            sys.stdout.flush()  # a pipe shows it at once

        code = run(server, announce)
    raise typer.Exit(code)
