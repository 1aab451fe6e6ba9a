import json
import os
import time

import pytest

from convscope.errors import FormatError, InputError, StorageError
from convscope.training.control import Command, Control, send
from convscope.training.events import read_events
from convscope.training.run_folder import Run
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
    (folder / "recipe.json").rename(folder / "recipe.json.tmp-1")
    with create(tiny, folder):
        pass
    assert not (folder / "recipe.json.tmp-1").exists()


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
    with pytest.raises((FormatError, ValueError), match=WORDS.get(content, name)):
        Run.open(folder)


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


def test_looking_for_commands_costs_less_than_10_microseconds(tmp_path):
    send(tmp_path, Command(command="pause"))
    control = Control(tmp_path / "control.jsonl")
    control.poll()
    costs = []
    for _ in range(20):
        begin = time.process_time()
        for _ in range(500):
            control.poll()
        costs.append((time.process_time() - begin) / 500)
    assert min(costs) < 10e-6


def test_send_needs_a_run(tmp_path):
    with pytest.raises(InputError, match="no run folder"):
        send(tmp_path / "absent", Command(command="stop"))


def test_handlers_are_put_back():
    import signal

    before = signal.getsignal(signal.SIGTERM)
    with stop_on_signals() as request:
        assert not request()
        os.kill(os.getpid(), signal.SIGTERM)
        assert request()
        assert request.exit_code == 143
    assert signal.getsignal(signal.SIGTERM) is before
