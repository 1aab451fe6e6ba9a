import importlib.util
import sys
from pathlib import Path

import pytest
import torch

PATH = Path(__file__).parent / "victim.py"


def _load():
    if "train_victim" not in sys.modules:
        spec = importlib.util.spec_from_file_location("train_victim", PATH)
        module = importlib.util.module_from_spec(spec)
        sys.modules["train_victim"] = module
        spec.loader.exec_module(module)
    return sys.modules["train_victim"]


@pytest.fixture(scope="session")
def tiny():
    """The tiny architecture, data, recipe and runs of `victim.py`."""
    return _load()


@pytest.fixture(scope="session")
def victim_path():
    return PATH


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
