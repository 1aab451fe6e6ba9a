"""A process that counts attempts to connect while it does its work; see test_no_connections.py.

Python's own attempts are seen by an audit hook. Those of compiled libraries are counted by the
kernel: in a network namespace without routes every one of them is an output without a route.
"""

import json
import sys
from pathlib import Path

EVENTS = ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "urllib")
attempts = []


def hook(event, arguments):
    if event.startswith(EVENTS) and "AF_UNIX" not in str(arguments):
        attempts.append(event)


def without_route():
    names, values = Path("/proc/self/net/snmp").read_text().splitlines()[:2]
    return int(dict(zip(names.split(), values.split(), strict=True))["OutNoRoutes"])


def work():
    """Every engine at every level, predictions, an evaluation, and an ONNX file verified."""
    import torch

    import convscope
    from convscope.engine.candidates import candidates
    from convscope.engine.graph import graph_of
    from convscope.export.verify import verify_file
    from convscope.opening import untrained

    model = untrained(convscope.load("lenet5"))
    inputs_NCHW = torch.rand(2, 1, 32, 32)
    labels = set()
    for level in ("exact", "fast"):
        for candidate in candidates(model.network, level):
            candidate.build()(inputs_NCHW.clone())
            labels.add(candidate.label)
        model.engine(level)(inputs_NCHW.clone())
        model.predict(inputs_NCHW.numpy(), engine=level)
    file = Path(sys.argv[2], "net.onnx")
    file.write_bytes(graph_of(model.network).data)
    verify_file(file)
    return sorted(labels)


def in_python():
    import socket

    try:
        socket.create_connection(("192.0.2.1", 80), timeout=0.1)
    except OSError:
        return []


def in_native():
    import ctypes
    import socket
    import struct

    libc = ctypes.CDLL(None)
    number = libc.socket(socket.AF_INET, socket.SOCK_DGRAM, 0)
    address = struct.pack("=HH4s8x", socket.AF_INET, socket.htons(53), bytes([192, 0, 2, 1]))
    libc.connect(number, address, len(address))
    return []


if __name__ == "__main__":
    sys.addaudithook(hook)
    before = without_route()
    labels = {"work": work, "python": in_python, "native": in_native}[sys.argv[1]]()
    counts = {"hook": attempts, "kernel": without_route() - before, "engines": labels}
    sys.stdout.write(json.dumps(counts))
