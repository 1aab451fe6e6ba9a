"""A process that decodes: tasks in through a socket, pixels out through shared memory.

Nothing of it is written to by others: it ends when the other end of its socket does, which the
kernel closes however the training process ends.
"""

import json
import mmap
import os
import pickle
import socket
import struct
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from convscope import errors
from convscope.errors import ConvscopeError, DataError
from convscope.io.photos.decode import Image, decode_frame
from convscope.io.photos.frames import AnyFrame, Floats, Size
from convscope.io.photos.reference import Reference, read

LENGTH = struct.Struct(">I")
DONE, FAILED, READY = b"\0", b"\1", b"\2"


class Setup(NamedTuple):
    """What all frames of a worker have in common."""

    frame: AnyFrame
    size: Size
    channels: int

    @property
    def frame_bytes(self) -> int:
        return self.size[0] * self.size[1] * self.channels


class Task(NamedTuple):
    """One frame to be made, and its place in the shared memory, counted in frames."""

    place: int
    reference: Reference
    numbers_K: Floats


def make(task: Task, setup: Setup) -> Image:
    """(h, w, C), uint8.

    Raises:
        DataError, FormatError: the image cannot be read; `where` names it.
        InputError: the frame cannot give this size.
    """
    try:
        return decode_frame(
            read(task.reference),
            frame=setup.frame,
            numbers_K=task.numbers_K,
            size=setup.size,
            channels=setup.channels,
        )
    except ConvscopeError:
        raise
    except Exception as error:
        raise DataError(
            f"cannot be decoded ({type(error).__name__}: {error})", where=task.reference.where
        ) from error


def main(connection: int, memory: int) -> None:
    """Serve until the other end is closed. Both are file descriptors."""
    with socket.socket(fileno=connection) as channel:
        try:
            channel.sendall(READY)
            setup: Setup = pickle.loads(_message(channel))
            with mmap.mmap(memory, os.fstat(memory).st_size) as shared:
                while True:
                    for task in pickle.loads(_message(channel)):
                        channel.sendall(_done(task, setup, shared))
        except (EOFError, ConnectionError):
            return  # the training process has ended, or wants no more


def _done(task: Task, setup: Setup, shared: mmap.mmap) -> bytes:
    begin = task.place * setup.frame_bytes
    try:
        shared[begin : begin + setup.frame_bytes] = np.ascontiguousarray(
            make(task, setup)
        ).tobytes()
    except ConvscopeError as error:
        return FAILED + framed(packed_error(error))
    return DONE


def packed_error(error: ConvscopeError) -> bytes:
    """An error as JSON: what comes from a process that reads foreign files is not unpickled."""
    parts = [type(error).__name__, error.given, error.expected, error.fix, error.where]
    return json.dumps(parts).encode()


def unpacked_error(packed: bytes) -> ConvscopeError:
    name, given, expected, fix, where = json.loads(packed)
    kind = getattr(errors, name, DataError)
    assert issubclass(kind, ConvscopeError)
    made: ConvscopeError = kind(given, expected=expected, fix=fix, where=where)
    return made


def framed(message: bytes) -> bytes:
    """With its length in front."""
    return LENGTH.pack(len(message)) + message


def packed_tasks(tasks: Sequence[Task]) -> bytes:
    return framed(pickle.dumps(list(tasks), pickle.HIGHEST_PROTOCOL))


def packed_setup(setup: Setup) -> bytes:
    return framed(pickle.dumps(setup, pickle.HIGHEST_PROTOCOL))


def _message(channel: socket.socket) -> bytes:
    (length,) = LENGTH.unpack(_exactly(channel, LENGTH.size))
    return _exactly(channel, length)


def _exactly(channel: socket.socket, size: int) -> bytes:
    received = bytearray()
    while len(received) < size:
        part = channel.recv(min(size - len(received), 1 << 20))
        if not part:
            raise EOFError
        received += part
    return bytes(received)
