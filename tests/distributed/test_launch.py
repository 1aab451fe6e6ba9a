"""The launcher, with processes that do next to nothing."""

import contextlib
import errno
import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

import convscope
from convscope.distributed import SINGLE_PROCESS, Ranks, launch, process_group
from convscope.distributed.monitor import Failure, Monitor, exit_code, failure, record
from convscope.errors import InputError, TrainingError

GROUP = sys.modules["convscope.distributed.group"]
LAUNCH = sys.modules["convscope.distributed.launch"]
WATCH = sys.modules["convscope.distributed.monitor"]
HANG_S = 300  # long after anything that works
HEAD = """
import os, signal, sys, time
rank = int(os.environ['RANK'])
def tell(what):
    open(f'{folder}/{{what}}{{rank}}', 'w').close()
def there(name):
    return os.path.exists(f'{folder}/{{name}}')
def wait():
    time.sleep({seconds})
    tell('waited')
"""


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(LAUNCH, "LEAVE_S", 0.5)
    monkeypatch.setattr(LAUNCH, "INSIST_S", 0.5)


@pytest.fixture
def run(tmp_path):
    """Launches code; whoever calls `wait` in it must be ended, and never wakes up."""
    folder = tmp_path / "told"
    folder.mkdir()

    def run(code, *, count=2):
        said = []
        head = HEAD.format(folder=folder, seconds=HANG_S)
        found = launch([sys.executable, "-S", "-c", head + code], count=count, say=said.append)
        assert not list(folder.glob("waited*"))
        return found, said

    run.folder = folder
    return run


def until(condition):
    deadline = time.monotonic() + HANG_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_every_process_knows_who_it_is(run, tmp_path):
    code = (
        f"open({str(tmp_path)!r} + f'/{{rank}}', 'w').write(' '.join(os.environ[n] for n in "
        "('RANK', 'LOCAL_RANK', 'WORLD_SIZE', 'CONVSCOPE_RANKS_LAUNCHER', 'GLOO_SOCKET_IFNAME')))"
    )
    assert run(code, count=3) == (0, [])
    assert [(tmp_path / str(r)).read_text() for r in range(3)] == [
        f"{r} {r} 3 {os.getpid()} lo" for r in range(3)
    ]


def test_the_store_is_a_file_that_only_this_user_can_reach(run, tmp_path):
    """Nothing listens on a port, and nothing is left behind."""
    code = (
        "store = os.environ['CONVSCOPE_RANKS_STORE']; place = os.path.dirname(store)\n"
        f"open({str(tmp_path)!r} + f'/{{rank}}', 'w').write(f'{{place}} '"
        " + oct(os.stat(place).st_mode))"
    )
    assert run(code) == (0, [])
    place, mode = (tmp_path / "0").read_text().split()
    assert mode == "0o40700"
    assert not os.path.exists(place)


def test_no_loopback_is_said_at_once(run, monkeypatch):
    def refuse(*_, **__):
        raise OSError(errno.ENETUNREACH, "Network is unreachable")

    monkeypatch.setattr(LAUNCH.socket, "create_connection", refuse)
    expected = "loopback interface .127.0.0.1. does not work: network is unreachable"
    with pytest.raises(TrainingError, match=expected):
        run("tell('started')")
    assert not list(run.folder.iterdir())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_that_ends_the_processes_is_no_failure(run, number):
    """As `predict` and `evaluate`, which save nothing and leave SIGTERM as it is."""
    thread = _signals(run.folder, "ready", number=number)
    code = "signal.signal(signal.SIGINT, signal.SIG_DFL); tell('ready'); wait()"
    assert run(code) == (128 + number, [])
    thread.join()


@pytest.mark.parametrize(
    "code",
    [75, pytest.param(130, marks=pytest.mark.slow), pytest.param(143, marks=pytest.mark.slow)],
)
def test_stopped_is_no_failure_and_nobody_is_hurried(run, code, tmp_path):
    mark = tmp_path / "saved"
    slow = f"time.sleep(1.5 * (rank == 0)); rank or open({str(mark)!r}, 'w'); sys.exit({code})"
    assert run(slow) == (code, [])
    assert mark.exists()


def test_one_that_fails_ends_the_others(run):
    assert run("wait() if rank == 0 else sys.exit(3)") == (3, [])


def test_one_that_will_not_end_is_killed(run):
    code = """
if rank == 1:
    while not there('deaf0'):
        time.sleep(0.02)
    sys.exit(1)
signal.signal(signal.SIGTERM, lambda *_: tell('asked'))
tell('deaf')
wait()
"""
    assert run(code) == (1, [])
    assert (run.folder / "asked0").exists()


def test_one_that_was_killed_is_named(run):
    found, said = run("wait() if rank else os.kill(os.getpid(), signal.SIGKILL)")
    assert found == 1
    assert len(said) == 1
    assert "rank 0 of 2 was killed by SIGKILL" in said[0]


def _signals(folder, *occasions, number=signal.SIGINT):
    """Sends a signal whenever both ranks have told of the next occasion."""

    def send():
        for occasion in occasions:
            told = [folder / f"{occasion}{rank}" for rank in range(2)]
            while not all(path.exists() for path in told):
                time.sleep(0.02)
            os.kill(os.getpid(), number)

    thread = threading.Thread(target=send)
    thread.start()
    return thread


def test_a_signal_is_forwarded(run):
    thread = _signals(run.folder, "ready")
    code = "signal.signal(signal.SIGINT, lambda *_: sys.exit(130)); tell('ready'); wait()"
    assert run(code) == (130, [])
    thread.join()


def test_a_second_signal_ends_at_once(run, monkeypatch):
    monkeypatch.setattr(LAUNCH, "LEAVE_S", 2 * HANG_S)
    monkeypatch.setattr(LAUNCH, "INSIST_S", 2 * HANG_S)
    before = signal.getsignal(signal.SIGINT)
    thread = _signals(run.folder, "ready", "heard")
    code = "signal.signal(signal.SIGINT, lambda *_: tell('heard')); tell('ready'); wait()"
    assert run(code) == (130, [])
    thread.join()
    assert signal.getsignal(signal.SIGINT) is before


# the store, where the first failure stands


@pytest.fixture
def store(tmp_path):
    from torch.distributed import FileStore

    return FileStore(str(tmp_path / "store"), -1)


def test_the_first_failure_stands(store):
    assert failure(store) is None
    assert record(store, Failure(1, 2)) == Failure(1, 2)
    assert record(store, Failure(0, 1)) == Failure(1, 2)
    assert failure(store) == Failure(1, 2)


@pytest.mark.parametrize(
    "raw", ["", "{", "[]", "[0, 0]", "[1, -1]", "[1, 256]", '["x", 1]', "null", "[" * 9999]
)
def test_a_forged_failure_never_ends_with_success(store, raw, monkeypatch):
    """A store on the network can be written by others: no exit code 0 without a model."""
    monkeypatch.setattr(WATCH, "QUIET_S", 0.0)
    store.set("convscope/failure", raw)
    assert failure(store) == Failure(-1, 1)
    found = watch(store, 0).explained(RuntimeError("Connection reset by peer"))
    assert isinstance(found, TrainingError)


def watch(store, rank, **options):
    ranks = Ranks(rank=rank, world_size=2, agent=True)
    return Monitor(store, ranks, say=options.get("say", lambda _: None))


def test_whoever_lost_a_connection_waits_for_the_one_who_knows(store, monkeypatch):
    monkeypatch.setattr(WATCH, "QUIET_S", 0.0)
    monkeypatch.setattr(WATCH, "LISTEN_S", HANG_S)
    threading.Timer(0.3, record, (store, Failure(0, 2))).start()
    found = watch(store, 1).explained(RuntimeError("[gloo] Connection closed by peer"))
    assert isinstance(found, SystemExit)
    assert found.code == 2


def test_nobody_knows(store, monkeypatch):
    monkeypatch.setattr(WATCH, "LISTEN_S", 0.2)
    found = watch(store, 1).explained(RuntimeError("Connection reset by peer"))
    assert isinstance(found, TrainingError)
    assert "rank 1 of 2 lost the connection" in str(found)


def test_an_error_of_ones_own_is_entered_at_once(store):
    error = InputError("a mistake")
    assert watch(store, 1).explained(error) is error
    assert failure(store) == Failure(1, 2)


def test_a_machine_that_says_nothing_is_given_up(store, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(WATCH, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    said = []
    looking = watch(store, 0, say=said.append)
    assert looking._silent() is None
    store.set("convscope/alive/1", "1")
    assert store.get("convscope/alive/1") == b"1"  # it has arrived
    clock[0] += WATCH.SILENT_S + 1
    assert looking._silent() is None  # it spoke in between
    clock[0] += WATCH.SILENT_S - 1
    assert looking._silent() is None
    clock[0] += 2
    assert looking._silent() == Failure(1, 1)
    assert "rank 1 of 2 has not responded" in said[0]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InputError("x"), 2),
        (TrainingError("x"), 1),
        (ValueError("x"), 1),
        (KeyboardInterrupt(), 130),
        (SystemExit(3), 3),
        (SystemExit("x"), 1),
    ],
)
def test_exit_codes(error, code):
    assert exit_code(error) == code


def test_alone_there_is_nobody_to_talk_to():
    import torch

    with process_group(Ranks(), device="cpu") as group:
        assert group.broadcast(5) == 5
        assert group.all_gather(6) == [6]
        assert group.all_reduce(torch.ones(2)).tolist() == [1, 1]
        value = torch.ones(1)
        assert group.broadcast_tensors({"a": value})["a"] is value
    assert SINGLE_PROCESS.world_size == 1
    assert not torch.distributed.is_initialized()


@pytest.mark.parametrize("text", ["0", "x", "-1", "nan", "inf"])
def test_a_time_limit_that_is_none(text, monkeypatch):
    monkeypatch.setenv("CONVSCOPE_RANKS_TIMEOUT_S", text)
    expected = pytest.raises(InputError, match="CONVSCOPE_RANKS_TIMEOUT_S")
    with expected, process_group(Ranks(world_size=2, master=("127.0.0.1", 1)), device="cpu"):
        pass


def test_no_store_to_be_found(monkeypatch):
    monkeypatch.setenv("CONVSCOPE_RANKS_TIMEOUT_S", "1")
    ranks = Ranks(rank=1, world_size=2, master=("127.0.0.1", 1))
    expected = pytest.raises(TrainingError, match="cannot reach the common store")
    with expected, process_group(ranks, device="cpu"):
        pass


@pytest.mark.slow
def test_a_launcher_that_is_killed_takes_all_with_it(tmp_path):
    code = "import sys\nfrom convscope.distributed import launch\nlaunch({}, count=2, say=print)"
    child = [
        sys.executable,
        "-c",
        "import os, time; from convscope.distributed import *; ranks = Ranks.from_environment()\n"
        "import convscope.distributed.monitor as w; w.LAST_GRACE_S = 1; w.EVERY_S = 0.2\n"
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "with process_group(ranks, device='cpu'):\n"
        f" open({str(tmp_path)!r} + f'/{{ranks.rank}}', 'w').write(str(os.getpid()))\n"
        f" time.sleep({2 * HANG_S})",
    ]
    parent = subprocess.Popen([sys.executable, "-c", code.format(child)])
    pids = []
    try:
        until(lambda: [bool(p.read_text()) for p in tmp_path.iterdir()] == [True, True])
        pids += [int(path.read_text()) for path in tmp_path.iterdir()]
        parent.kill()
        parent.wait()
        until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids))
    finally:
        parent.kill()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def test_ranks_exchange_no_pickles():
    """PyTorch's object collectives unpickle what other processes send."""
    source = Path(convscope.__file__).parent
    banned = ("_object_list", "gather_object", "scatter_object")
    texts = {path: path.read_text(encoding="utf-8") for path in source.rglob("*.py")}
    users = [path.name for path, text in texts.items() if any(word in text for word in banned)]
    assert users == []


def test_values_cross_as_json():
    value = {"text": "猫\udcff", "numbers": [1, 0.1, -1e300, None, True], "nested": [[]]}
    assert GROUP._decoded(GROUP._encoded(value)) == value
    assert GROUP._decoded(GROUP._encoded((1, "a"))) == [1, "a"]
    with pytest.raises(TypeError):
        GROUP._encoded(object())


def test_folders_of_killed_launchers_are_removed(run, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", os.fspath(tmp_path))
    left, alive = tmp_path / "convscope-ranks-left", tmp_path / "convscope-ranks-alive"
    for folder in (left, alive):
        folder.mkdir()
        (folder / "store").write_text("x")
    handle = os.open(alive, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    assert run("tell('ran')")[0] == 0
    os.close(handle)
    assert [path.name for path in tmp_path.glob("convscope-ranks-*")] == [alive.name]
