"""The workspace: ids, paths that the page names, the lock and the secret."""

import os
import subprocess
import sys

import pytest

from convscope.errors import ConvscopeError, FormatError, InputError, StorageError
from convscope.server.studio import access, lock
from convscope.server.studio.workspace import Workspace, id_of


@pytest.fixture
def workspace(tmp_path):
    root = tmp_path / "workspace"
    root.mkdir()
    made = Workspace(root)
    made.prepare()
    return made


@pytest.mark.parametrize("name", ["lenet5-mnist-1", "a", "0", "_x", "a" * 64])
def test_a_name_that_can_be_an_id_is_its_id(name):
    assert id_of(name) == name


@pytest.mark.parametrize("name", ["A", "a.b", "a b", "../x", "中", "a" * 65, "", "a\udc80", "<b>"])
def test_other_names_have_digits(name):
    assert len(id_of(name)) == 16
    assert id_of(name) != id_of(name + "x")


def test_paths_outside_are_refused(workspace, tmp_path):
    (tmp_path / "secret").write_text("x")
    (workspace.root / "link").symlink_to(tmp_path / "secret")
    (workspace.root / "folder").symlink_to(tmp_path)
    for text in (
        "..", "../secret", str(tmp_path / "secret"), "link", "folder/secret", "a/../../secret",
        "/etc/passwd", "", "a\0b", "x" * 5000, ".convscope", ".convscope/secret", "/proc/self/root",
    ):  # fmt: skip
        with pytest.raises(InputError):
            workspace.inside(text)
    (workspace.root / "photos").mkdir()
    assert workspace.inside("photos") == workspace.root / "photos"
    assert workspace.inside(str(workspace.root / "photos/new")).name == "new"


def test_folders_of_the_option_data_may_be_read(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "photos").mkdir()
    workspace = Workspace(tmp_path / "a", [tmp_path / "photos"])
    assert workspace.inside(str(tmp_path / "photos" / "x")) == tmp_path / "photos" / "x"
    assert workspace.inside("../photos/x") == tmp_path / "photos" / "x"
    with pytest.raises(InputError):
        workspace.inside("../other")


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    for arguments in ((tmp_path / "absent",), (tmp_path, [tmp_path / "absent"])):
        with pytest.raises(InputError):
            Workspace(*arguments)


def test_the_own_folder_is_for_this_user_alone_and_not_for_git(workspace):
    assert workspace.own.stat().st_mode & 0o077 == 0
    assert (workspace.own / ".gitignore").read_text() == "*\n"


def test_a_full_or_read_only_disk_is_a_sentence(tmp_path, monkeypatch):
    def full(*_args, **_options):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("pathlib.Path.mkdir", full)
    with pytest.raises(StorageError) as error:
        Workspace(tmp_path).prepare()
    assert "no space left" in error.value.given


def test_a_link_or_file_in_the_place_of_the_own_folder_is_refused(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / ".convscope").symlink_to(tmp_path)
    with pytest.raises(ConvscopeError):
        Workspace(tmp_path / "a").prepare()


def test_the_secret_is_kept_and_private(workspace):
    secret = access.read_secret(workspace.own)
    path = workspace.own / access.SECRET
    assert path.stat().st_mode & 0o777 == 0o600
    assert access.read_secret(workspace.own) == secret
    path.chmod(0o644)
    with pytest.raises(FormatError, match="other users"):
        access.read_secret(workspace.own)
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(FormatError, match="damaged"):
        access.read_secret(workspace.own)


def test_a_session_survives_a_restart_and_belongs_to_its_port(workspace):
    secret = access.read_secret(workspace.own)
    one, two = access.Access(secret, 1), access.Access(secret, 1)
    cookie = one.enter(f"code={access.new_code(secret)}").partition(b";")[0]
    assert two._has_session(cookie)
    assert not access.Access(secret, 2)._has_session(cookie)
    assert not access.Access(b"other", 1)._has_session(cookie)


HOLD = """
import sys
from pathlib import Path
from convscope.server.studio import lock
handle = lock.hold(Path(sys.argv[1]))
lock.announce(handle, "http://127.0.0.1:1")
print("held", flush=True)
sys.stdin.read()
"""


def test_the_lock_is_held_by_one_process_and_free_when_it_is_killed(workspace):
    line = [sys.executable, "-c", HOLD, str(workspace.own)]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        assert lock.hold(workspace.own) is None
        assert lock.holder(workspace.own) == (other.pid, "http://127.0.0.1:1")
        other.kill()
    handle = lock.hold(workspace.own)
    assert handle is not None
    (workspace.own / lock.LOCK).write_bytes(b"\xff{")
    assert lock.holder(workspace.own) == (0, "")
    os.close(handle)
