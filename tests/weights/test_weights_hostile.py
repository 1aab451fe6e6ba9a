"""Files that want to do something else than be read: refused by name, and nothing runs."""

import io
import os
import pickle
import random
import struct
import subprocess
import sys
import tarfile
import warnings
import zipfile
from collections import OrderedDict
from pathlib import Path

import pytest
import torch

from convscope.errors import FormatError, InputError, StorageError
from convscope.weights import untrusted
from convscope.weights import untrusted_child as weights_child
from convscope.weights.load import load_weights
from convscope.weights.untrusted import read_file
from convscope.zoo import load

STATE = {"conv.weight": torch.arange(24.0).reshape(2, 3, 2, 2), "conv.bias": torch.ones(2)}


class Runs:
    """A pickle that calls something when it is read."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def zip_of(pickled, *, packed=zipfile.ZIP_STORED, data=b""):
    """torch's own archive around any pickle."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", packed) as archive:
        archive.writestr("archive/data.pkl", pickled)
        archive.writestr("archive/byteorder", "little")
        archive.writestr("archive/data/0", data)
        archive.writestr("archive/version", "3\n")
    return buffer.getvalue()


def saved(value, *, new=True):
    buffer = io.BytesIO()
    torch.save(value, buffer, _use_new_zipfile_serialization=new)
    return buffer.getvalue()


def legacy_tar():
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name in ("storages", "tensors", "pickle"):
            text = pickle.dumps(Runs(os.system, "touch pwned"), protocol=2)
            info = tarfile.TarInfo(name)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text))
    return buffer.getvalue()


def huge_legacy_storage():
    """A storage of 2^40 numbers in a file of a few hundred bytes."""
    text = saved({"w": torch.zeros(3)}, new=False)
    return text.replace(struct.pack("<q", 3), struct.pack("<q", 2**40))


def expanded():
    """One number that says that it is 2^40 numbers: strides of 0."""
    return saved({"w": torch.zeros(1).expand(2**20, 2**20)})


def torchscript():
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), buffer)
    return buffer.getvalue()


HOSTILE = {
    "os.system": (lambda: zip_of(pickle.dumps(Runs(os.system, "touch pwned"), 2)), "system"),
    "eval": (lambda: zip_of(pickle.dumps(Runs(eval, "open('pwned', 'w')"), 2)), "eval"),
    "exec, bare": (lambda: pickle.dumps(Runs(exec, "open('pwned', 'w')"), 2), "tries to run"),
    "torch.load": (lambda: zip_of(pickle.dumps(Runs(torch.load, "x"), 2)), "load"),
    "a hidden one": (
        lambda: zip_of(pickle.dumps({"a": [Runs(os.system, "touch pwned")]}, 2)),
        "system",
    ),
    "legacy tar": (legacy_tar, "tar archive"),
    "zip bomb": (lambda: zip_of(b"N.", packed=zipfile.ZIP_DEFLATED, data=bytes(10**8)), "compress"),
    "huge storage": (huge_legacy_storage, "rejected"),
    "strides of 0": (expanded, "would take"),
    "a whole model": (lambda: saved(torch.nn.Linear(2, 2)), "save model.state_dict()"),
    "a list": (lambda: saved([torch.zeros(1)]), "a list, not tensors by name"),
    "a number inside": (lambda: saved({"w": torch.zeros(1), "epoch": 3}), "'epoch' is a int"),
    "a name that is a number": (lambda: saved({7: torch.zeros(1)}), "is not a text"),
    "a sparse tensor": (lambda: saved({"w": torch.eye(3).to_sparse()}), "not a plain tensor"),
    "complex": (lambda: saved({"w": torch.zeros(2, dtype=torch.complex64)}), "complex64"),
    "nothing but numbers": (
        lambda: saved({"epoch": 3}),
        "no tensors by name; its keys are 'epoch'",
    ),
    "nothing but an optimiser": (
        lambda: saved({"optimizer": {"state": {0: torch.ones(1)}, "param_groups": []}}),
        "no tensors by name",
    ),
    "TorchScript": (torchscript, "a TorchScript archive, which holds a program"),
    "truncated": (lambda: saved(STATE)[:-200], "damaged zip"),
    "truncated, old": (lambda: saved(STATE, new=False)[:-40], "rejected"),
    "nested": (lambda: b"\x80\x02" + b"]" * 10 + b"(" * 300_000 + b".", "damaged"),
    "text": (lambda: b"hello, here are no weights at all", "this is text"),
    "empty": (lambda: b"", "this is an empty file"),
    "a zip of nothing": (lambda: b"PK\x05\x06" + bytes(18), "this is a zip archive"),
    "HDF5 in name only": (lambda: b"\x89HDF\r\n\x1a\n" + bytes(200), "rejected"),
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a pickle that runs would leave its mark in this folder
    return tmp_path


# each starts a process that imports torch: of files of one kind, one is quick
SLOW = (
    *("eval", "torch.load", "a list", "a number inside", "a name that is a number", "complex"),
    *("nothing but an optimiser", "nothing but numbers", "truncated, old"),
)


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow) if n in SLOW else n for n in HOSTILE]
)
def test_malicious_files_are_rejected_and_nothing_runs(name, here):
    make, said = HOSTILE[name]
    (here / "file.pth").write_bytes(make())
    with pytest.raises(FormatError) as caught:
        load_weights(load("lenet5"), here / "file.pth")
    assert said in str(caught.value)
    assert "file.pth" in str(caught.value)
    assert "weights_only=False" not in str(caught.value)  # torch's advice is how harm is done
    assert "add_safe_globals" not in str(caught.value)
    assert os.listdir(here) == ["file.pth"]


def test_the_detector_of_code_detects_it(here):
    """The same pickle, read as pickles were read before, does run."""
    pickle.loads(pickle.dumps(Runs(os.system, "touch pwned"), 2))
    assert os.listdir(here) == ["pwned"]


REACHES = """
import os, socket, torch, untrusted_child as weights_child
weights_child._limit(100)
print(os.system("touch pwned") != 0)
for reach in (lambda: open("pwned", "w"), socket.socket, lambda: torch.zeros(2**28)):
    try:
        reach()
    except (OSError, RuntimeError) as error:
        print(type(error).__name__)
"""


def test_code_that_ran_in_the_child_could_reach_nothing(here):
    """No file, no network, no program, no gibibyte of memory."""
    folder = str(Path(weights_child.__file__).parent)
    done = subprocess.run(
        [sys.executable, "-c", REACHES],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": folder},
        check=True,
    )
    assert done.stdout.split() == ["True", "OSError", "OSError", "RuntimeError"]
    assert os.listdir(here) == []


def test_a_file_that_takes_too_long(here, monkeypatch):
    (here / "w.pth").write_bytes(saved(STATE))
    monkeypatch.setattr(untrusted, "WAIT_S", 0.01)
    with pytest.raises(FormatError, match="timed out"):
        read_file(here / "w.pth")


def test_a_killed_child_is_an_error(here, monkeypatch):
    (here / "w.pth").write_bytes(saved(STATE))
    (here / "child.py").write_text("import os; os.kill(os.getpid(), 9)")
    monkeypatch.setattr(untrusted, "CHILD", here / "child.py")
    with pytest.raises(FormatError, match="exited with code -9"):
        read_file(here / "w.pth")


def test_a_full_disk_is_reported(here, monkeypatch):
    """/dev/full is a file on which nothing has room."""
    folder = Path(weights_child.__file__).parent
    (here / "w.pth").write_bytes(saved(STATE))
    (here / "child.py").write_text(
        f"import sys\nsys.path.insert(0, {str(folder)!r})\n"
        "import untrusted_child\nuntrusted_child.main('pickle', sys.argv[2], '/dev/full')"
    )
    monkeypatch.setattr(untrusted, "CHILD", here / "child.py")
    with pytest.raises(StorageError, match=r"no space to unpack w\.pth"):
        read_file(here / "w.pth")


def test_the_output_of_the_child_is_checked(here, monkeypatch):
    """Were it taken over, its result is still checked as any safetensors file."""
    (here / "w.pth").write_bytes(saved(STATE))
    answer = 'print(\'{"read": 1, "notes": []}\')'
    text = f"import sys\nopen(sys.argv[3], 'wb').write(b'x' * 99)\n{answer}"
    (here / "child.py").write_text(text)
    monkeypatch.setattr(untrusted, "CHILD", here / "child.py")
    with pytest.raises(FormatError, match=r"w\.pth: not a safetensors file"):
        read_file(here / "w.pth")


@pytest.mark.parametrize("new", [True, False])
def test_valid_files_keep_every_bit(new, here):
    half = STATE | {"half": torch.tensor([0.5, -2.0]).half(), "count": torch.tensor(7)}
    wrapped = {"epoch": 3, "state_dict": OrderedDict(half), "optimizer": {"lr": 0.1}}
    (here / "w.pth").write_bytes(saved(wrapped, new=new))
    found = read_file(here / "w.pth")
    assert found.by_name.keys() == half.keys()
    for name, tensor in half.items():
        assert found.by_name[name].dtype == tensor.dtype
        assert torch.equal(found.by_name[name], tensor)
    assert found.notes == ("the weights are under the key 'state_dict' of the file",)


def test_views_and_parameters(here):
    whole = torch.arange(12.0).reshape(3, 4)
    state = {"rows": whole.T, "part": whole[1:, 2:], "p": torch.nn.Parameter(whole)}
    (here / "w.pth").write_bytes(saved(state))
    found = read_file(here / "w.pth").by_name
    assert all(torch.equal(found[name], state[name]) for name in state)


@pytest.mark.slow
def test_flipped_bits_raise_our_errors_or_change_nothing(here):
    sound = saved(STATE)
    draw = random.Random(0)
    for _ in range(20):
        place, bit = draw.randrange(len(sound)), 1 << draw.randrange(8)
        bad = bytearray(sound)
        bad[place] ^= bit
        (here / "w.pth").write_bytes(bad)
        try:
            found = read_file(here / "w.pth").by_name
        except FormatError:
            continue
        assert found.keys() == STATE.keys()
        assert all(torch.equal(found[name], STATE[name]) for name in STATE)


def test_a_flipped_bit_in_the_weights_is_detected(here):
    bad = bytearray(saved(STATE))
    place = bad.find(STATE["conv.weight"].numpy().tobytes())
    bad[place + 5] ^= 4
    (here / "w.pth").write_bytes(bad)
    with pytest.raises(FormatError, match="checksum"):
        read_file(here / "w.pth")


def test_no_file_and_a_folder(here):
    for path in (here / "no.pth", here, here / "a\0b"):
        with pytest.raises(InputError):
            read_file(path)
