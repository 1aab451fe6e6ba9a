import importlib.util
import sys
from pathlib import Path

import pytest
import torch

PATH = Path(__file__).parent / "swept.py"


@pytest.fixture(scope="session")
def swept():
    """The tiny sweep of `swept.py`."""
    if "swept" not in sys.modules:
        spec = importlib.util.spec_from_file_location("swept", PATH)
        module = importlib.util.module_from_spec(spec)
        sys.modules["swept"] = module
        spec.loader.exec_module(module)
    return sys.modules["swept"]


@pytest.fixture
def swept_path():
    return PATH


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
