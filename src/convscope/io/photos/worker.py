"""Decoding worker process: tasks arrive through a socket, pixels return through shared memory.

It ends when the other end of its socket is closed, which the kernel does however the training
process ends.
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
from convscope.io.conversion import DEFAULT, Conversion
from convscope.io.photos.crops import AnyCrop, Floats, Size
from convscope.io.photos.decode import Image, decode_crop
from convscope.io.photos.reference import Reference, read
from convscope.io.photos.resources import limit_resources

LENGTH = struct.Struct(">I")
DONE, FAILED, READY = b"\0", b"\1", b"\2"


class Setup(NamedTuple):
    """Settings that all crops of a loader share."""

    crop: AnyCrop
    size: Size
    channels: int
    conversion: Conversion = DEFAULT

    @property
    def crop_bytes(self) -> int:
        return self.size[0] * self.size[1] * self.channels


class Task(NamedTuple):
    """One crop to decode, and its slot in the shared memory, counted in crops."""

    slot: int
    reference: Reference
    random_K: Floats


def decode(task: Task, setup: Setup) -> Image:
    """Decode the crop of a task: -> (h, w, C), uint8.

    Raises:
        DataError, FormatError: the image cannot be read; `where` names it.
        InputError: the crop cannot have this size.
    """
    try:
        return decode_crop(
            read(task.reference),
            crop=setup.crop,
            random_K=task.random_K,
            size=setup.size,
            channels=setup.channels,
            conversion=setup.conversion,
        )
    except ConvscopeError:
        raise
    except Exception as error:
        raise DataError(
            f"cannot be decoded ({type(error).__name__}: {error})", where=task.reference.where
        ) from error


def main(connection: int, memory: int) -> None:
    """Decode tasks until the socket is closed. Both arguments are file descriptors."""
    limit_resources()
    with socket.socket(fileno=connection) as channel:
        try:
            channel.sendall(READY)
            setup: Setup = pickle.loads(_message(channel))
            with mmap.mmap(memory, os.fstat(memory).st_size) as shared:
                while True:
                    for task in pickle.loads(_message(channel)):
                        channel.sendall(_run(task, setup, shared))
        except (EOFError, ConnectionError):
            return  # the training process has ended or closed its loader


def _run(task: Task, setup: Setup, shared: mmap.mmap) -> bytes:
    begin = task.slot * setup.crop_bytes
    try:
        pixels_HWC = np.ascontiguousarray(decode(task, setup))
        shared[begin : begin + setup.crop_bytes] = pixels_HWC.tobytes()
    except ConvscopeError as error:
        return FAILED + framed(packed_error(error))
    return DONE


def packed_error(error: ConvscopeError) -> bytes:
    """Encode an error as JSON: messages of a process that reads foreign files are not unpickled."""
    parts = [error.given, error.expected, error.fix, error.where, error.code]
    parts = [type(error).__name__, *parts]
    return json.dumps(parts).encode()


def unpacked_error(packed: bytes) -> ConvscopeError:
    """Decode an error from `packed_error`."""
    name, problem, expected, fix, where, code = json.loads(packed)
    kind = getattr(errors, name, DataError)
    assert issubclass(kind, ConvscopeError)
    error: ConvscopeError = kind(problem, expected=expected, fix=fix, where=where, code=code)
    return error


def framed(message: bytes) -> bytes:
    """Prefix a message with its length."""
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
