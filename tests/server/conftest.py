"""A service of LeNet-5 with initial weights, in this process and as a program."""

import json
import os
import signal
import subprocess
import sys
import warnings

import pytest
import torch

import convscope
from convscope.model import Model
from convscope.network import ModelFile, save_model
from convscope.opening import untrained
from convscope.server.limits import Limits
from convscope.server.predictions.app import Protection, guarded
from convscope.server.predictions.service import Plan, build

with warnings.catch_warnings():  # Starlette prefers httpx2, the project has httpx
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

DIGITS = tuple(str(digit) for digit in range(10))


@pytest.fixture(scope="session")
def model_file(tmp_path_factory):
    torch.manual_seed(3)
    path = tmp_path_factory.mktemp("served") / "lenet5.safetensors"
    fresh = untrained(convscope.load("lenet5"))
    card = fresh.card.model_copy(update={"labels": DIGITS})
    save_model(path, ModelFile(card, dict(fresh.network.state_dict())))
    return path


@pytest.fixture(scope="session")
def model(model_file):
    opened = convscope.open(model_file)
    assert isinstance(opened, Model)
    return opened


@pytest.fixture(scope="session")
def service(model):
    threads = torch.get_num_threads()
    limits = Limits(body_bytes=1 << 20, parts=4, pixels=1_000_000, queue=8, body_s=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVSCOPE_ENGINE", "PyTorch")  # the choice of an engine has tests of its own
        service = build(model, limits, Plan(max_batch=4, threads=1))
    yield service
    service.batcher.close()
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def client(service):
    with TestClient(guarded(service), base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture(scope="module")
def client_with(service):
    def create(**protection):
        application = guarded(service, Protection(**protection))
        return TestClient(application, base_url="http://127.0.0.1")

    return create


class Program:
    """`convscope serve` as a program."""

    def __init__(self, model, *options):
        line = [sys.executable, "-m", "convscope", "serve", str(model), "--port", "0", "--json"]
        line += ["--threads", "1", "--max-batch", "4", *options]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "CONVSCOPE_ENGINE": "PyTorch"}
        self.process = subprocess.Popen(
            line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
        text = self.process.stdout.readline()
        assert text, self.process.communicate()[1]
        self.facts = json.loads(text)
        self.port = int(self.facts["url"].rpartition(":")[2])
        self.log = ""

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.wait()

    def wait(self):
        _, self.log = self.process.communicate(timeout=60)
        return self.process.returncode

    def memory_bytes(self):
        with open(f"/proc/{self.process.pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.fixture
def program(model_file):
    programs = []

    def start(*options):
        programs.append(Program(model_file, *options))
        return programs[-1]

    yield start
    for each in programs:
        if each.process.poll() is None:
            each.process.kill()
            each.process.communicate()
