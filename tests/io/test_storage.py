"""Atomic writes, with failures at every system call."""

import errno
import hashlib
import json
import os
import re
import socket
import threading

import pytest

import convscope
from convscope import starting
from convscope.data.formats.idx import read_idx
from convscope.errors import ConvscopeError, FormatError, StorageError
from convscope.io import storage
from convscope.network.safetensors_file import read_header
from convscope.weights.load import load_weights
from convscope.zoo import find, load

OLD, NEW = b"old" * 1000, b"new" * 1_000_000  # more than one chunk


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_bytes(OLD)
    return path


def test_write_replaces_and_returns_length_and_hash(path):
    receipt = storage.write(path, [NEW[:5], memoryview(NEW)[5:], b""])
    assert path.read_bytes() == NEW
    assert receipt == (len(NEW), hashlib.sha256(NEW).hexdigest())
    assert storage.sha256(path) == receipt.sha256
    assert os.listdir(path.parent) == [path.name]


def _failing(call, number, after):
    """A system call that fails once it was made `after` times."""
    calls = []

    def fail(*args, **kwargs):
        calls.append(args)
        if len(calls) > after:
            raise OSError(number, os.strerror(number))
        return call(*args, **kwargs)

    return fail


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO, errno.EDQUOT])
@pytest.mark.parametrize(
    ("name", "after"), [("open", 0), ("write", 0), ("write", 1), ("fsync", 0), ("replace", 0)]
)
def test_refused_at_every_step(path, monkeypatch, name, after, number):
    monkeypatch.setattr(storage.os, name, _failing(getattr(os, name), number, after))
    with pytest.raises(StorageError) as caught:
        storage.write(path, [NEW])
    monkeypatch.undo()
    assert path.read_bytes() == OLD
    assert os.listdir(path.parent) == [path.name]
    message = str(caught.value)
    assert message.startswith(f"{path.parent}: cannot write model.safetensors: ")
    assert os.strerror(number).lower() in message
    assert isinstance(caught.value.__cause__, OSError)
    if number in (errno.ENOSPC, errno.EDQUOT):
        needed, free = re.search(
            r"\(at least ([\d,]+) bytes needed, ([\d,]+) free\)", message
        ).groups()
        assert int(needed.replace(",", "")) == (0 if name == "open" else len(NEW))
        assert int(free.replace(",", "")) > 0
        assert "free disk space" in message


def test_short_writes_are_continued(path, monkeypatch):
    real = os.write
    monkeypatch.setattr(storage.os, "write", lambda handle, data: real(handle, data[:999_983]))
    storage.write(path, [NEW])
    assert path.read_bytes() == NEW


def test_folders_that_cannot_be_synced_are_accepted(path, monkeypatch):
    """Some network file systems refuse fsync on a folder; the file itself is safe."""
    monkeypatch.setattr(storage.os, "fsync", _failing(os.fsync, errno.EINVAL, 1))
    storage.write(path, [NEW])
    assert path.read_bytes() == NEW


class _Stop(BaseException):
    pass


def test_an_exception_in_the_parts(path):
    def parts():
        yield NEW
        raise _Stop

    with pytest.raises(_Stop):
        storage.write(path, parts())
    assert path.read_bytes() == OLD
    assert os.listdir(path.parent) == [path.name]


def test_the_clean_up_failing_does_not_hide_the_reason(path, monkeypatch):
    monkeypatch.setattr(storage.os, "fsync", _failing(os.fsync, errno.ENOSPC, 0))
    monkeypatch.setattr(storage.Path, "unlink", _failing(os.unlink, errno.EROFS, 0))
    with pytest.raises(StorageError, match="no space left"):
        storage.write(path, [NEW])
    monkeypatch.undo()
    assert len(os.listdir(path.parent)) == 2
    storage.sweep(path.parent)
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize("place", ["model.safetensors/below", "missing/file", "."])
def test_invalid_output_paths(path, place):
    target = path.parent / place
    with pytest.raises(StorageError, match="cannot write"):
        storage.write(target, [NEW])
    assert os.listdir(path.parent) == [path.name]


def test_two_threads_do_not_share_a_temporary_file(path):
    contents = [bytes([number]) * 300_000 for number in range(8)]
    threads = [threading.Thread(target=storage.write, args=(path, [c])) for c in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_bytes() in contents
    assert os.listdir(path.parent) == [path.name]


def test_a_link_in_the_folder_is_not_followed(path, monkeypatch):
    victim = path.parent / "victim"
    victim.write_bytes(b"precious")
    monkeypatch.setattr(storage.secrets, "token_hex", lambda n: "00")
    os.symlink(victim, path.parent / f"{path.name}{storage.MARK}{os.getpid()}-00")
    with pytest.raises(StorageError, match="file exists"):
        storage.write(path, [NEW])
    assert victim.read_bytes() == b"precious"


def test_text_and_json(tmp_path):
    storage.write_text(tmp_path / "t", "naïve 数字")
    assert (tmp_path / "t").read_text(encoding="utf-8") == "naïve 数字"
    storage.write_json(tmp_path / "j", {"数": [1.5, None]})
    assert json.loads((tmp_path / "j").read_text(encoding="utf-8")) == {"数": [1.5, None]}


def test_make_folder(tmp_path):
    assert storage.make_folder(tmp_path / "a/b").is_dir()
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match="not a directory"):
        storage.make_folder(tmp_path / "file/b")


def test_fifos_do_not_block(tmp_path):
    """Every reader of a user's file, on a pipe that nobody writes to."""
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    readers = [
        lambda: load_weights(load("lenet5"), pipe),
        lambda: read_header(pipe),
        lambda: find(str(pipe)),
        lambda: read_idx(pipe),
        lambda: starting.plan("lenet5", "mnist", recipe=str(pipe)),
        lambda: convscope.open(pipe),
    ]
    for reader in readers:
        with pytest.raises(ConvscopeError):
            reader()


def _special(folder, kind):
    path = folder / "special"
    match kind:
        case "fifo":
            os.mkfifo(path)
        case "device":
            path.symlink_to("/dev/zero")
        case "socket":
            with socket.socket(socket.AF_UNIX) as server:
                server.bind(str(path))
        case "folder":
            path.mkdir()
    return path


@pytest.mark.parametrize("kind", ["fifo", "device", "socket", "folder", "absent"])
def test_read_bytes_takes_regular_files_only(tmp_path, kind):
    path = _special(tmp_path, kind)
    with pytest.raises(FormatError, match="cannot be read: ") as caught:
        storage.read_bytes(path, most=10)
    assert caught.value.where == str(path)
    assert isinstance(caught.value.__cause__, OSError)
    with pytest.raises(OSError, match=r"not a regular file|directory"):
        storage.sha256(path)


def test_read_bytes_is_bounded(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert storage.read_bytes(path, most=5) == b"12345"
    with pytest.raises(FormatError, match="5 bytes\n  expected: at most 4"):
        storage.read_bytes(path, most=4)
    os.truncate(path, 1 << 40)  # sparse: takes no room on the disk
    with pytest.raises(FormatError, match="1,099,511,627,776 bytes"):
        storage.read_bytes(path, most=4)


def test_read_bytes_follows_links_if_allowed(tmp_path):
    (tmp_path / "file").write_bytes(b"1")
    (tmp_path / "link").symlink_to("file")
    assert storage.read_bytes(tmp_path / "link", most=1) == b"1"
    with pytest.raises(FormatError, match="a link, which is not followed here"):
        storage.read_bytes(tmp_path / "link", most=1, follow=False)


def test_a_nul_byte_in_a_name(tmp_path):
    with pytest.raises(FormatError, match="null byte"):
        storage.read_bytes(tmp_path / "a\0b", most=1)


def test_sweep_removes_only_what_write_leaves(tmp_path):
    kept = ["a.tmp-1", "b.tmp-1-xyz", "mine.tmp-notes", ".tmp-1-0123abcd", "c.tmp-1-0123abcd.bak"]
    for name in [*kept, "model.safetensors.tmp-1-0123abcd"]:
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "folder.tmp-1-0123abcd").mkdir()
    (tmp_path / "link.tmp-1-0123abcd").symlink_to("a.tmp-1")
    storage.sweep(tmp_path)
    expected = [*kept, "folder.tmp-1-0123abcd", "link.tmp-1-0123abcd"]
    assert sorted(os.listdir(tmp_path)) == sorted(expected)
    storage.sweep(tmp_path / "absent")
