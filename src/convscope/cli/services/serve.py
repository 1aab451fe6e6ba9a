"""`convscope serve`: one model over HTTP."""

import json
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from convscope.cli.grammar.options import (
    Background,
    Calibration,
    Device,
    Engine,
    Json,
    Labels,
    MaxLoss,
    MaxPixels,
    Model,
    Threads,
    Weights,
    check_labels,
    check_level,
    say_notes,
)
from convscope.cli.terminal.output import echo, echo_json, say
from convscope.errors import InputError
from convscope.extras import install_command, is_installed
from convscope.machine.cpus import use_threads

UNITS = {"kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30}


def serve_command(
    model: Model,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Address to listen on; 0.0.0.0 is every one.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(metavar="N", min=0, max=65535, help="Port; 0 takes a free one.")
    ] = 8000,
    engine: Engine = "exact",
    calibration: Calibration = None,
    max_loss: MaxLoss = 0.5,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="CONVSCOPE_TOKEN",
            show_envvar=False,
            metavar="TEXT",
            help="Clients must send this token (also: CONVSCOPE_TOKEN in the environment).",
        ),
    ] = None,
    token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Read the token from a file.")
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A further name that the Host header may have."),
    ] = None,
    max_body: Annotated[
        str, typer.Option(metavar="SIZE", help="Limit of a request's body, as 500KB or 16MB.")
    ] = "16MB",
    max_pixels: MaxPixels = None,
    queue: Annotated[
        int, typer.Option(min=1, metavar="N", help="Images that may wait; more get status 429.")
    ] = 256,
    timeout: Annotated[
        float, typer.Option(min=0.1, metavar="SECONDS", help="Limit for an answer: status 504.")
    ] = 30.0,
    max_connections: Annotated[
        int, typer.Option(min=1, metavar="N", help="Open connections; the longest idle is closed.")
    ] = 1000,
    max_batch: Annotated[
        int | None,
        typer.Option(
            min=1, max=1024, metavar="N", help="Images per batch (default: by measurement)."
        ),
    ] = None,
    max_wait_ms: Annotated[
        float,
        typer.Option(
            metavar="MILLISECONDS", min=0, max=10_000, help="Longest wait for a batch to fill."
        ),
    ] = 5.0,
    access_log: Annotated[
        bool, typer.Option("--access-log", help="Write one JSON line per request to stderr.")
    ] = False,
    weights: Weights = None,
    labels: Labels = None,
    background: Background = None,
    device: Device = "auto",
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Serve a model over HTTP: upload images, get classes with probabilities.

    Requests of many clients are computed in batches. SIGTERM and Ctrl-C stop the service after
    all accepted requests are answered; a second signal ends it at once.

    convscope serve runs/mine
    convscope serve runs/mine --host 0.0.0.0 --token-file secret.txt
    """
    if not is_installed("serve"):
        raise InputError("the service needs an extra", fix=install_command("serve"))
    check_labels(labels, weights)
    level = check_level(engine, calibration)
    use_threads(threads)
    from convscope.server.limits import Limits
    from convscope.server.listening import listen
    from convscope.server.running import allow_connections, run
    from convscope.server.tokens import find_token

    secret = find_token(token, token_file)
    body_bytes = size_in_bytes(max_body)
    limits = Limits(
        body_bytes=body_bytes,
        all_body_bytes=max(Limits.all_body_bytes, body_bytes),
        pixels=max_pixels,
        queue=queue,
        answer_s=timeout,
        connections=allow_connections(max_connections),
    )
    if limits.connections < max_connections:
        say(f"the system allows {limits.connections:,} open connections, not {max_connections:,}")
    from convscope.cli.processes import resolve_device
    from convscope.opening import open as open_model

    opened = open_model(model, weights=weights, labels=labels).to(resolve_device(device))
    opened.on_background(background)
    say_notes(opened)

    from convscope.server.predictions.app import Protection, guarded
    from convscope.server.predictions.service import Plan, build

    with closing(listen(host, port)) as sock:
        address = f"http://{shown_host(host)}:{sock.getsockname()[1]}"
        plan = Plan(level, max_batch, max_wait_ms / 1000, threads, calibration, max_loss)
        service = build(opened, limits, plan, say)
        hosts = allowed_hosts(host, allow_host or ())
        if hosts is None and secret is None:
            say("everyone who reaches this address can use the service: --token-file sets a token")
        guard = guarded(service, Protection(secret, hosts, access_log))

        def announce() -> None:
            card = service.card
            facts = {
                "url": address,
                "architecture": card.architecture,
                "engine": card.engine,
                "level": card.level,
                "max_batch": card.max_batch,
            }
            if as_json:
                echo_json(json.dumps(facts))
            else:
                echo(f"{card.architecture} on {address}, documentation on {address}/docs")
                say(f"engine: {card.engine}, level {card.level}, batches of up to {card.max_batch}")
            sys.stdout.flush()  # a pipe or a journal shows it at once

        try:
            code = run(guard, sock, limits, announce)
        finally:
            service.batcher.close()
        say(f"stopped: {guard.answered:,} of {guard.accepted:,} requests answered")
        raise typer.Exit(code)


def size_in_bytes(text: str) -> int:
    """Return a size such as 500KB, 16MB or 1000000.

    Raises:
        InputError: another text, or not from 1 KB to 1 GB.
    """
    lower = text.strip().lower()
    unit = next((unit for unit in UNITS if lower.endswith(unit)), "")
    number = lower.removesuffix(unit).strip()
    is_number = number.isascii() and number.isdigit() and len(number) < 12
    size = int(number) * UNITS.get(unit, 1) if is_number else 0
    if not 1 << 10 <= size <= 1 << 30:
        raise InputError(f"--max-body {text[:40]}", expected="from 1KB to 1GB, as 500KB or 16MB")
    return size


def allowed_hosts(host: str, further: Sequence[str]) -> tuple[str, ...] | None:
    """Return the names that the Host header may have; None for any name.

    A service on the loopback address answers to that address only, since a web page can make a
    browser ask for any other name there (DNS rebinding).
    """
    from convscope.server.guard import LOOPBACK

    if host in LOOPBACK or host.startswith("127."):
        return (*LOOPBACK, host, *further)
    return (*LOOPBACK, host, *further) if further else None


def shown_host(host: str) -> str:
    return f"[{host}]" if ":" in host else host
