"""A server that forks ranks from a warm process: torch takes seconds to load, a fork does not.

It reads requests, a JSON object a line, and answers with how each rank ended and what it said.
Every rank trains a tiny network for itself, or does what the request's `fault` says.
"""

import importlib.util
import json
import os
import signal
import socket
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path

import torch
import torch.distributed

from convscope import distributed as ranks_room
from convscope.arch import Architecture, AuxiliaryHead, Chain
from convscope.data import Split
from convscope.distributed import Ranks, device_of_rank, process_group
from convscope.errors import ConvscopeError, InputError
from convscope.layers import BatchNorm2d, Conv2d, Dropout, Flatten, Linear, MaxPool2d, ReLU
from convscope.shapes import CHW
from convscope.training import measure_precision
from convscope.training.process import Process
from convscope.training.recipe.optim import SGD
from convscope.training.recipe.recipe import Recipe
from convscope.training.start import resume, start

INPUT = CHW(1, 8, 8)
CLASSES = ("a", "b", "c")
START = sys.modules["convscope.training.start"]
HANG_S = 300  # a rank that has not ended by then is killed by SIGALRM


def _victim():
    spec = importlib.util.spec_from_file_location("victim", Path(__file__).parent / "victim.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


victim = _victim()


class Tiny:
    """A data set: 96 images to train on, 23 (no multiple of anything) to judge by."""

    name, classes, channels, shape = "tiny", CLASSES, 1, INPUT
    mean, std = (0.3,), (0.2,)

    def __init__(self, mark="f"):
        self._mark = mark

    def split(self, name):
        count, seed = {"train": (96, 1), "val": (23, 2)}[name]
        found = victim.samples(count, seed=seed)
        return Split(found.images_NCHW, found.labels_N)

    def fingerprint(self):
        return self._mark * 64


def architecture(kind):
    norm = {"norm": BatchNorm2d()} if kind in ("norm", "all") else {}
    drop = {"drop": Dropout(0.2)} if kind == "all" else {}
    head = AuxiliaryHead(head=Chain(flatten=Flatten(), fc=Linear(3)), weight=0.3)
    heads = {"aux": head} if kind in ("heads", "all") else {}
    return Architecture(
        name="tiny",
        input=INPUT,
        num_classes=3,
        block=Chain(
            conv=Conv2d(4, 3, padding=1),
            **norm,
            relu=ReLU(),
            pool=MaxPool2d(2),
            **heads,
            flatten=Flatten(),
            **drop,
            fc=Linear(3),
        ),
    )


def recipe(changes):
    fields = {
        "epochs": 3,
        "batch_size": 12,
        "lr": 0.05,
        "optimiser": SGD(weight_decay=1e-4),
        "log_every": 1,
        "checkpoint_every": 5,
        "seed": 3,
    }
    return Recipe(**fields).override(changes)


class Stop:
    """Asks to stop once it has been asked so often; never on the other ranks."""

    def __init__(self, wanted, rank):
        self.left = wanted["after"] if wanted and wanted["rank"] == rank else None

    def __call__(self):
        if self.left is None:
            return False
        self.left -= 1
        return self.left < 0


def break_something(fault, rank, group):
    """What goes wrong on the rank that the request names, before its n-th batch."""
    real, count = START.make_job, [0]

    def make_job(*arguments, **named):
        job = real(*arguments, **named)
        batch = job.batches.batch

        def faulty(epoch, step):
            count[0] += 1
            if count[0] == fault["step"]:
                FAULTS[fault["what"]](job)
            return batch(epoch, step)

        job.batches.batch = faulty
        return job

    if rank == fault["rank"]:
        START.make_job = make_job


def _nan(job):
    with torch.no_grad():
        job.network.conv.weight.view(-1)[0] = float("nan")


def _drift(job):
    with torch.no_grad():
        job.network.fc.bias[0] += 1e-3


def _input_error(job):
    raise InputError("a mistake of the user", where="here")


def _bug(job):
    raise RuntimeError("a mistake of ours")


def _memory(job):
    raise RuntimeError("DefaultCPUAllocator: can't allocate memory")


FAULTS = {
    "nan": _nan,
    "drift": _drift,
    "input": _input_error,
    "bug": _bug,
    "memory": _memory,
    "kill": lambda job: os.kill(os.getpid(), signal.SIGKILL),
    "exit": lambda job: os._exit(7),
    "hang": lambda job: time.sleep(3600),
}


class Steps:
    """Stands in for the measured steps: one precision is twice as fast as the other."""

    def __init__(self, fast):
        self.fast = fast

    def __call__(self, job, recipe, part, precision):
        return 0.001 if precision == self.fast else 0.002


def train(request, rank):
    ranks = Ranks.from_environment()
    folder = Path(request["folder"])
    fault = request.get("fault")
    with process_group(ranks, device=device_of_rank("cpu", ranks)) as group:
        if fault:
            break_something(fault, rank, group)
        if "fast" in request:
            measure_precision.multiplies_bfloat16 = lambda _: True
            measure_precision._step_s = Steps(request["fast"][rank])
        data = Tiny(request.get("marks", "f" * ranks.world_size)[rank])
        stop = Stop(request.get("stop"), rank)
        # only rank 0 may need the folder: the others are given one that does not exist
        mine = folder if rank == 0 else folder / "of another machine"
        watch = request.get("watch", False)
        process = Process(group=group, stop_requested=stop, watch=watch)
        if (folder / "recipe.json").exists():
            events = resume(mine, data=data, process=process)
        else:
            made = architecture(request.get("network", "plain"))
            given = recipe(request.get("settings", []))
            events = start(made, data, given, mine, process=process)
        for event in events:
            sys.stdout.write(event.line().decode())
            sys.stdout.flush()
    return 0


def as_rank(request, rank, port, output):
    """The child: its own output, its own environment, and never a return into the server."""
    code = 1
    signal.alarm(HANG_S)
    # as in a real run, where it asks to stop, and does not kill
    signal.signal(signal.SIGTERM, lambda *_: None)
    if "leave_s" in request:  # so long the rank that keeps the store waits for the others
        leave = ranks_room.monitor.Monitor._leave
        ranks_room.monitor.Monitor._leave = lambda it, _: leave(it, request["leave_s"])
    try:
        for number, path in ((1, output / f"{rank}.out"), (2, output / f"{rank}.err")):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        os.environ.update(
            RANK=str(rank),
            WORLD_SIZE=str(request["world"]),
            LOCAL_RANK=str(rank),
            MASTER_ADDR="127.0.0.1",
            MASTER_PORT=str(port),
        )
        os.environ["CONVSCOPE_RANKS_TIMEOUT_S"] = str(request.get("timeout_s", 3600))
        code = train(request, rank)
    except ConvscopeError as error:
        sys.stderr.write(f"convscope: {error}\n")
        code = 2 if isinstance(error, InputError) else 1
    except SystemExit as error:
        code = error.code
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for thread in threading.enumerate():
            if not thread.daemon and thread is not threading.main_thread():
                thread.join()  # as Python does at its end
        os._exit(code)


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def answer(request):
    with tempfile.TemporaryDirectory() as folder:
        output, port, children = Path(folder), free_port(), []
        for rank in range(request["world"]):
            child = os.fork()
            if child == 0:
                as_rank(request, rank, port, output)
            children.append(child)
        for rank, after_s in request.get("kill", {}).items():
            time.sleep(after_s)
            os.kill(children[int(rank)], signal.SIGKILL)
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        return {
            "codes": codes,
            "out": [(output / f"{rank}.out").read_text() for rank in range(request["world"])],
            "err": [(output / f"{rank}.err").read_text() for rank in range(request["world"])],
        }


def serve():
    torch.set_num_threads(1)
    ranks_room.monitor.EVERY_S = 0.2
    ranks_room.monitor.GRACE_S = 1.0
    ranks_room.monitor.LAST_GRACE_S = 120.0
    ranks_room.monitor.LISTEN_S = 2.0
    ranks_room.monitor.QUIET_S = 0.2
    with tempfile.TemporaryDirectory() as folder:  # torch loads a second's worth at the first step
        made = architecture("all")
        list(start(made, Tiny(), recipe(["epochs=1"]), Path(folder) / "run"))
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
