"""A studio in this process: a client with a session, on a workspace with a trained run.

    def test_the_list(studio):
        assert studio.get("/api/jobs").json() == {"jobs": []}
        studio.post("/api/x", json={...})
        studio.workspace.root / "runs" / "tiny"      # LeNet-5, 1 epoch on 40 small images

`studio` has a workspace of its own for each test; its jobs do run (child processes), its worker
starts when it is used (2 s): prefer to call tasks directly.
"""

import contextlib
import shutil
import warnings

import numpy as np
import pytest
from PIL import Image

import convscope
from convscope.server.studio import access
from convscope.server.studio.app import guarded
from convscope.server.studio.context import Studio
from convscope.server.studio.jobs.queue import Jobs
from convscope.server.studio.stream.hub import Hub
from convscope.server.studio.stream.watcher import Watcher
from convscope.server.studio.web_cache import WebFolders
from convscope.server.studio.worker.worker import Worker
from convscope.server.studio.workspace import Workspace

with warnings.catch_warnings():  # Starlette prefers httpx2, the project has httpx
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

PORT = 8765
ADDRESS = f"http://127.0.0.1:{PORT}"


@pytest.fixture(scope="session")
def digits(tmp_path_factory):
    """Forty images of 28 x 28 in ten classes, as a folder with splits."""
    root = tmp_path_factory.mktemp("digits") / "digits"
    random = np.random.default_rng(1)
    for label in range(10):
        for split, number in (("train", 3), ("val", 1)):
            place = root / split / f"class {label}"
            place.mkdir(parents=True)
            for index in range(number):
                pixels = random.integers(0, 60, (28, 28), dtype=np.uint8) + 18 * label
                Image.fromarray(pixels).save(place / f"{index}.png")
    return root


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory, digits):
    """A finished run of LeNet-5."""
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    events = convscope.train(
        "lenet5", str(digits), epochs=1, batch_size=10, settings={"log_every": 1}, out=folder
    )
    for _ in events:
        pass
    return folder


class Client(TestClient):
    """A client with a session, and the parts of its studio.

    Attributes:
        workspace, jobs, hub, worker: of the studio.
        watcher: `poll()` looks at runs and jobs once; no thread does it in tests.
    """

    def __init__(self, guard, studio, cookies):
        super().__init__(guard, base_url=ADDRESS, cookies=cookies)
        self.guard, self.studio = guard, studio
        self.workspace, self.jobs = studio.workspace, studio.jobs
        self.hub, self.worker = studio.hub, studio.worker
        self.watcher = Watcher(studio)


def new_studio(root, **options):
    """Return a studio on a workspace, and its guard."""
    workspace = Workspace(root, options.get("data", ()))
    workspace.prepare()
    hub = Hub()
    studio = Studio(
        workspace, Jobs(workspace), Worker(hub), hub, Worker(hub), WebFolders(workspace)
    )
    door = access.Access(access.read_secret(workspace.own), PORT)
    return studio, guarded(studio, door, watches=False), door


@contextlib.contextmanager
def opened_studio(root, tiny_run):
    """Yield the client of a new studio in a folder."""
    shutil.copytree(tiny_run, root / "runs" / "tiny")
    parts, guard, door = new_studio(root)
    _, _, cookie = door.enter(f"code={access.new_code(door._secret)}").partition(b"=")
    session = cookie.partition(b";")[0].decode()
    with Client(guard, parts, {door.cookie: session}) as client:
        yield client
    for job in parts.jobs.running():
        parts.jobs.cancel(job.id)


@pytest.fixture
def studio(tmp_path, tiny_run):
    with opened_studio(tmp_path / "workspace", tiny_run) as client:
        yield client


@pytest.fixture(scope="module")
def shared_studio(tmp_path_factory, tiny_run):
    """A studio for tests that change nothing: building the application takes 0.2 s."""
    with opened_studio(tmp_path_factory.mktemp("shared") / "workspace", tiny_run) as client:
        yield client


@pytest.fixture
def stranger(studio):
    """Return a client without a session."""
    return TestClient(studio.guard, base_url=ADDRESS)
