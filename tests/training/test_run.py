import json
import os
import subprocess
import sys

import pytest

from convscope.errors import FormatError, InputError, StorageError
from convscope.io import storage
from convscope.training.run import folder as run_folder
from convscope.training.run.control import Command, Control, send
from convscope.training.run.events import read_events
from convscope.training.run.folder import Run
from convscope.training.signals import stop_on_signals


def create(tiny, folder):
    return Run.create(folder, tiny.architecture(), tiny.recipe(), tiny.DATA)


def test_a_run_knows_what_it_is_made_of(tiny, tmp_path):
    folder = tmp_path / "a" / "run"
    with create(tiny, folder):
        pass
    with Run.open(folder) as run:
        assert run.architecture == tiny.architecture()
        assert run.recipe == tiny.recipe()
        assert run.data == tiny.DATA
    environment = json.loads((folder / "environment.json").read_bytes())
    assert environment["packages"]["torch"].startswith("2.")
    assert environment["threads"] == 1


def test_one_process_at_a_time(tiny, tmp_path):
    folder = tmp_path / "run"
    busy = pytest.raises(StorageError, match=f"process {os.getpid()} is training")
    with create(tiny, folder), busy:
        Run.open(folder)
    Run.open(folder).close()


def test_a_taken_folder_is_refused(tiny, tmp_path):
    with create(tiny, tmp_path / "run"):
        pass
    with pytest.raises(InputError, match="already holds a run"):
        create(tiny, tmp_path / "run")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "photo.jpg").write_bytes(b"")
    with pytest.raises(InputError, match=r"holds photo\.jpg"):
        create(tiny, tmp_path / "mine")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match="is not a folder"):
        create(tiny, tmp_path / "file")


def test_killed_while_it_was_made_is_no_obstacle(tiny, tmp_path):
    folder = tmp_path / "run"
    with create(tiny, folder):
        pass
    (folder / "recipe.json").rename(folder / "recipe.json.tmp-1-0123abcd")
    with create(tiny, folder):
        pass
    assert not (folder / "recipe.json.tmp-1-0123abcd").exists()


def test_not_a_run(tmp_path):
    with pytest.raises(InputError, match="not a run folder"):
        Run.open(tmp_path)
    with pytest.raises(InputError, match="not a run folder"):
        Run.open(tmp_path / "absent")


WORDS = {b"{}": "missing"}


@pytest.mark.parametrize("name", ["architecture.json", "data.json", "recipe.json"])
@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", None])
def test_damaged_files_are_named(tiny, tmp_path, name, content):
    folder = tmp_path / "run"
    with create(tiny, folder):
        pass
    if content is not None:
        (folder / name).write_bytes(content)
    elif name != "recipe.json":
        (folder / name).unlink()
    else:
        return
    with pytest.raises((FormatError, ValueError), match=WORDS.get(content, name)) as caught:
        Run.open(folder)
    if content is None:
        assert "put the file back" in str(caught.value)


def test_an_event_that_is_none(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"type":"Dance"}\n')
    with pytest.raises(FormatError, match=r"events\.jsonl line 1"):
        read_events(path)
    assert read_events(tmp_path / "absent").events == ()


def test_commands_are_read_once_and_whole(tmp_path):
    control = Control(tmp_path / "control.jsonl")
    assert control.poll() == ([], [])
    send(tmp_path, Command(command="pause"))
    with (tmp_path / "control.jsonl").open("ab") as file:
        file.write(b'{"command":"re')
    assert control.poll() == ([Command(command="pause")], [])
    assert control.poll() == ([], [])
    with (tmp_path / "control.jsonl").open("ab") as file:
        file.write(b'sume"}\n\xff\xfe\n[]\n{"command":"lr","lr":-1}\n{"command":"pause","lr":1}\n')
    commands, notes = control.poll()
    assert commands == [Command(command="resume")]
    assert len(notes) == 4
    again = Control(tmp_path / "control.jsonl", offset=control.offset)
    assert again.poll() == ([], [])


def test_a_line_without_end_does_not_block(tmp_path):
    (tmp_path / "control.jsonl").write_bytes(b"x" * 200_000 + b'\n{"command":"stop"}\n')
    control = Control(tmp_path / "control.jsonl")
    found = [command for _ in range(5) for command in control.poll()[0]]
    assert found == [Command(command="stop")]


def test_looking_for_commands_costs_one_stat(tmp_path, monkeypatch):
    send(tmp_path, Command(command="pause"))
    control = Control(tmp_path / "control.jsonl")
    control.poll()
    asked, stat = [], os.stat

    def counted(path, **options):
        asked.append(path)
        return stat(path, **options)

    with monkeypatch.context() as patch:
        patch.setattr(os, "stat", counted)
        patch.setattr("os.open", None)  # it is not opened
        found = control.poll()
    assert found == ([], [])
    assert asked == [tmp_path / "control.jsonl"]


def test_send_needs_a_run(tmp_path):
    with pytest.raises(InputError, match="no run folder"):
        send(tmp_path / "absent", Command(command="stop"))


def test_handlers_are_put_back():
    import signal

    before = signal.getsignal(signal.SIGTERM)
    with stop_on_signals() as request:
        assert not request()
        signal.raise_signal(signal.SIGTERM)
        assert request()
        assert request.exit_code == 143
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize("keep_bytes", [0, 10])
def test_a_truncated_control_file_is_read_from_its_start(tmp_path, keep_bytes):
    path = tmp_path / "control.jsonl"
    for _ in range(5):
        send(tmp_path, Command(command="pause"))
    control = Control(path)
    assert len(control.poll()[0]) == 5
    with path.open("r+b") as file:
        file.truncate(keep_bytes)
    control.poll()
    path.write_bytes(b"")
    send(tmp_path, Command(command="resume"))  # shorter than what was read before
    assert control.waiting()
    assert control.poll() == ([Command(command="resume")], [])
    assert control.offset == path.stat().st_size


def test_a_replaced_control_file_is_read_from_its_start(tmp_path):
    send(tmp_path, Command(command="pause"))
    control = Control(tmp_path / "control.jsonl")
    control.poll()
    (tmp_path / "other").mkdir()
    for name in ("resume", "pause", "step"):
        send(tmp_path / "other", Command(command=name))
    os.replace(tmp_path / "other/control.jsonl", tmp_path / "control.jsonl")
    assert [command.command for command in control.poll()[0]] == ["resume", "pause", "step"]


def test_a_control_file_truncated_between_two_processes(tmp_path):
    send(tmp_path, Command(command="stop"))
    control = Control(tmp_path / "control.jsonl", offset=1000)  # as the checkpoint has it
    assert control.poll() == ([Command(command="stop")], [])


def test_a_failed_creation_leaves_nothing(tiny, tmp_path, monkeypatch):
    folder = tmp_path / "run"

    def full(path, text):
        if path.name == "recipe.json":
            raise StorageError("no space left on device")
        return real(path, text)

    real = storage.write_text
    monkeypatch.setattr(storage, "write_text", full)
    with pytest.raises(StorageError):
        create(tiny, folder)
    assert not folder.exists()
    folder.mkdir()
    with pytest.raises(StorageError):
        create(tiny, folder)
    assert list(folder.iterdir()) == []
    monkeypatch.undo()
    create(tiny, folder).close()


def test_a_run_that_another_process_was_faster_to_create(tiny, tmp_path, monkeypatch):
    folder = tmp_path / "run"
    real = run_folder.lock

    def slow(path):
        monkeypatch.setattr(run_folder, "lock", real)
        create(tiny, folder).close()
        return real(path)

    monkeypatch.setattr(run_folder, "lock", slow)
    with pytest.raises(InputError, match="already holds a run"):
        create(tiny, folder)
    Run.open(folder).close()


CLAIM = """
import sys
from pathlib import Path
from convscope.training.run.creation import new_folder
sys.stdin.readline()
for _ in range(50):
    print(new_folder(Path(sys.argv[1]), "lenet5-mnist").name)
"""


def test_two_processes_never_get_the_same_new_folder(tmp_path):
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", CLAIM, str(tmp_path / "runs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    names = [name for process in processes for name in process.communicate()[0].split()]
    assert sorted(names) == sorted(f"lenet5-mnist-{number}" for number in range(1, 101))
