"""Devices by name: `auto` takes a GPU that works; what is not there is named with what is."""

import pytest
import torch

import convscope
from convscope.cli.processes import resolve_device
from convscope.distributed import Ranks, device_of_rank
from convscope.errors import InputError
from convscope.machine.devices import available_devices, choose_device, find_device
from convscope.network import ModelFile, save_model
from convscope.opening import untrained


@pytest.fixture
def gpus(monkeypatch):
    """Pretend that there are GPUs: 2, of which nothing can be allocated if `broken` is set."""
    number = {"count": 2, "broken": False}
    real = torch.empty

    def empty(*size, device="cpu", **others):
        if str(device).startswith("cuda") and number["broken"]:
            raise RuntimeError("CUDA error: no kernel image is available\nand more lines")
        return real(*size, **others)

    monkeypatch.setattr(torch, "empty", empty)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: number["count"] > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: number["count"])
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device=None: f"Card {device}")
    return number


def test_auto_takes_a_gpu_and_says_so(gpus):
    choice = choose_device("auto")
    assert choice.name == "cuda:0"
    assert choice.note == "computing on the GPU Card cuda:0; --device cpu uses the CPU"


def test_auto_without_a_gpu_says_nothing(gpus):
    gpus["count"] = 0
    assert choose_device("auto") == ("cpu", "")


def test_auto_leaves_a_gpu_that_does_not_work(gpus):
    gpus["broken"] = True
    choice = choose_device("auto")
    assert choice.name == "cpu"
    assert "no kernel image" in choice.note
    assert "and more lines" not in choice.note


@pytest.mark.parametrize("name", ["cpu", "cuda", "cuda:1", "mps"])
def test_a_named_device_is_that_one(gpus, name):
    assert choose_device(name) == (name, "")


def test_each_process_gets_its_own_gpu_or_none_does(gpus):
    both = [Ranks(rank=n, world_size=2, local_rank=n, local_size=2) for n in (0, 1)]
    assert [device_of_rank("auto", ranks) for ranks in both] == ["cuda:0", "cuda:1"]
    three = Ranks(world_size=3, local_size=3)
    assert device_of_rank("auto", three) == "cpu"
    assert "3 processes but only 2 GPUs" in choose_device("auto", local_size=3).note


def test_rank_0_alone_says_it(gpus, capsys):
    assert resolve_device("auto", Ranks(rank=1, world_size=2, local_rank=1, local_size=2))
    assert capsys.readouterr().err == ""
    resolve_device("auto", Ranks(world_size=2, local_size=2))
    assert capsys.readouterr().err.count("\n") == 1


def test_a_device_that_is_not_there_names_those_that_are(gpus, monkeypatch):
    assert available_devices() == ["auto", "cpu", "cuda:0", "cuda:1"]
    with pytest.raises(InputError, match="device 'nonsense' is not available") as caught:
        find_device("nonsense")
    assert caught.value.expected == "one of auto, cpu, cuda:0, cuda:1"


def test_models_are_opened_on_a_device(tmp_path):
    made = untrained(convscope.load("lenet5"))
    path = tmp_path / "m.safetensors"
    save_model(path, ModelFile(made.card, dict(made.network.state_dict())))
    assert convscope.open(path, device="cpu").device == torch.device("cpu")
    assert convscope.open(path, device="auto").device.type in ("cpu", "cuda")
    with pytest.raises(InputError, match="is not available"):
        convscope.open(path, device="cuda:99")
