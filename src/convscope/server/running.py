"""A service from its start to its stop: sockets, signals, and a stop that loses no request.

The first SIGTERM or SIGINT stops the service gracefully: connections that wait to be accepted are
accepted, the port is closed, every request that has arrived is answered. A second signal ends the
process at once.
"""

import asyncio
import contextlib
import os
import resource
import signal
import socket
from collections.abc import Callable

import uvicorn

from convscope.server.connections import Connections
from convscope.server.guard import Guard
from convscope.server.limits import Limits
from convscope.server.listening import BACKLOG

LINGER_S = 0.5  # a client that has just got an answer may have sent its next request
SPARE_HANDLES = 200
SIGNALS = (signal.SIGTERM, signal.SIGINT)


def allow_connections(count: int) -> int:
    """Let the process open so many connections; return how many it may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = count + BACKLOG + SPARE_HANDLES
    if soft != resource.RLIM_INFINITY and soft < needed:
        raised = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
            soft = raised
    if soft == resource.RLIM_INFINITY:
        return count
    return max(1, min(count, soft - BACKLOG - SPARE_HANDLES))


def run(
    guard: Guard,
    sock: socket.socket,
    limits: Limits,
    ready: Callable[[], None],
    *,
    stopping: Callable[[], None] = lambda: None,
) -> int:
    """Serve until a signal; return the exit code: 143 after SIGTERM, 130 after SIGINT.

    Args:
        ready: called once requests are accepted.
        stopping: called at the signal; ends answers that have no end, as streams of events.
    """
    connections = Connections(limits)
    config = uvicorn.Config(
        guard,
        http=connections.protocol,  # type: ignore[arg-type]
        ws="none",
        loop="asyncio",
        lifespan="auto",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=int(limits.idle_s) + 1,
        h11_max_incomplete_event_size=limits.header_bytes,
    )
    return asyncio.run(_serve(config, connections, guard, sock, (ready, stopping)))


async def _serve(
    config: uvicorn.Config,
    connections: Connections,
    guard: Guard,
    sock: socket.socket,
    calls: tuple[Callable[[], None], Callable[[], None]],
) -> int:
    ready, stopping = calls
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    loop = asyncio.get_running_loop()
    received: asyncio.Future[int] = loop.create_future()

    def stop(number: int) -> None:
        if received.done():
            os._exit(128 + number)
        guard.stopping = True
        received.set_result(number)

    for each in SIGNALS:
        loop.add_signal_handler(each, stop, each)
    await server.startup(sockets=[sock])
    tasks = [asyncio.create_task(server.main_loop()), asyncio.create_task(connections.sweep())]
    ready()
    number = await received
    stopping()
    await _finish(server, connections, sock)
    server.should_exit = True
    tasks[1].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    with contextlib.suppress(asyncio.CancelledError):
        await server.shutdown(sockets=[sock])
    return 128 + number


async def _finish(server: uvicorn.Server, connections: Connections, sock: socket.socket) -> None:
    """Accept what waits, close the port, and wait until all requests are answered."""
    loop = asyncio.get_running_loop()
    listener = server.servers[0]

    def protocol() -> asyncio.Protocol:
        return connections.protocol(server.config, server.server_state, {}, loop)

    loop.remove_reader(sock.fileno())
    waiting = []
    with contextlib.suppress(OSError):  # until none waits
        while True:
            waiting.append(sock.accept()[0])
    listener.close()
    for client in waiting:
        client.setblocking(False)
        with contextlib.suppress(OSError):
            await loop.connect_accepted_socket(protocol, client)
    limits = connections.limits
    start = loop.time()
    most_s = LINGER_S + limits.body_s + limits.answer_s
    while len(connections) and loop.time() - start < most_s:
        if loop.time() - start > LINGER_S:
            for connection in list(connections.idle):
                if not connection.is_in_header:
                    connection.close()
        await asyncio.sleep(0.02)
    connections.close_idle()
    for connection in list(connections.active):
        connection.abort()
