"""Every test starts from a seed derived from its own name, in random order, on one thread.

pytest-randomly shuffles the order; the seeds below do not depend on that order, so a test draws
the same numbers alone, in its file and in the whole suite.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")
os.environ["CONVSCOPE_LANG"] = "en"  # whatever the locale of this machine is
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
# some tests start processes: each would compile the package again, and each worker every test
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

import functools
import importlib
import pkgutil
import random
import sys
import zlib
from collections.abc import Callable

import hypothesis
import numpy as np
import pytest

import convscope

sys.dont_write_bytecode = False

# the same examples in every run: a test must not fail by chance
hypothesis.settings.register_profile("seeded", derandomize=True, database=None)
hypothesis.settings.load_profile("seeded")


def pytest_sessionstart(session):
    """Import every module before a test patches a name.

    Many are imported when they are first used. One that is first used while a test has replaced
    what it imports would keep the replacement for all tests that follow. The process that only
    hands the tests to workers runs none and imports nothing.
    """
    if session.config.getoption("numprocesses", None):
        return
    for module in pkgutil.walk_packages(convscope.__path__, "convscope."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


@functools.cache
def _torch_seed() -> Callable[[int], object]:
    """Return the function that seeds torch.

    `torch.manual_seed` keeps a stack trace for a GPU that may come later: 1 ms for each call, of
    which there are some 40,000. Without a GPU the CPU's generator is the only one.
    """
    import torch  # not in the process that only hands out tests

    return torch.manual_seed if torch.cuda.is_available() else torch.default_generator.manual_seed


def _seed(name: str) -> None:
    seed = zlib.crc32(name.encode("utf-8", "surrogateescape"))
    random.seed(seed)
    np.random.seed(seed)
    _torch_seed()(seed)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef, request):
    """Seed fixtures of a wider scope too: whichever test comes first makes them."""
    _seed(f"{fixturedef.baseid}::{fixturedef.argname}::{getattr(request, 'param', '')!r}"[:500])
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    """Seed a test from its own name, after its fixtures."""
    _seed(pyfuncitem.nodeid)
    return (yield)


@pytest.fixture(autouse=True)
def _own_engines(request, tmp_path_factory, monkeypatch):
    """Remember no choice of an engine beyond a test, nor on this machine."""
    name = f"engines-{zlib.crc32(request.node.nodeid.encode()):08x}"
    folder = tmp_path_factory.getbasetemp() / name
    monkeypatch.setattr("convscope.engine.remembered.engines_folder", lambda: folder)
