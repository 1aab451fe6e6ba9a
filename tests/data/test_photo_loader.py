"""The photo loader: a pure function of integers; workers that crash or time out."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import convscope.data
from convscope.data import CentreFrame, HorizontalFlip, RandomResizedCrop, ShorterSide, write_shards
from convscope.data.augment.mix import CutMix, Mixup
from convscope.data.loading import workers
from convscope.data.loading.order import order
from convscope.data.loading.photo_split import PhotoSplit
from convscope.data.loading.photos import PhotoLoader
from convscope.data.loading.workers import MAX_WORKERS, default_workers
from convscope.errors import DataError, FormatError, InputError
from convscope.io.photos import Reference

COUNT = 24


@dataclass(frozen=True)
class Listed:
    paths: tuple[str, ...]

    def __len__(self):
        return len(self.paths)

    def reference(self, index):
        return Reference(self.paths[index], Path(self.paths[index]).name)


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """24 JPEGs of many sizes; each is of one colour, its own number."""
    root = tmp_path_factory.mktemp("photos")
    for number in range(COUNT):
        size = (40 + 3 * number, 60 + number, 3)
        image = np.full(size, number * 10, np.uint8)
        Image.fromarray(image).save(root / f"{number:02}.jpg", quality=95)
    return root


@pytest.fixture
def split(photos):
    paths = tuple(str(path) for path in sorted(photos.glob("*.jpg")))
    return PhotoSplit(Listed(paths), torch.arange(COUNT) % 3, 3)


@pytest.fixture
def open_loader(split):
    """Loaders that are closed in the end."""
    opened = []

    def make(split=split, **changes):
        options = {
            "size": (32, 32),
            "channels": 3,
            "crop": RandomResizedCrop(),
            "batch_size": 6,
            "seed": 1,
            "workers": 0,
        }
        opened.append(PhotoLoader(split, **{**options, **changes}))
        return opened[-1]

    yield make
    for loader in opened:
        loader.close()


def same(one, other):
    return torch.equal(one.images_NCHW, other.images_NCHW) and torch.equal(
        one.labels_N, other.labels_N
    )


def read_two_epochs(loader):
    for step in range(8):
        loader.batch(step // 4, step % 4)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] == "Z")


def gone(pids, within_s=300):
    until = time.monotonic() + within_s
    while any(alive(pid) for pid in pids):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


# --- what is in a batch


def test_batches_follow_the_order(open_loader, split):
    loader = open_loader()
    assert loader.steps_per_epoch == 4
    for epoch in (0, 3):
        chosen = order(COUNT, seed=1, epoch=epoch)
        for step in range(4):
            batch = loader.batch(epoch, step)
            indices = chosen[6 * step : 6 * step + 6]
            assert torch.equal(batch.labels_N, split.labels_N[indices])
            assert batch.images_NCHW.shape == (6, 3, 32, 32)
            assert batch.images_NCHW.dtype == torch.uint8
            colours = batch.images_NCHW.float().mean((1, 2, 3))
            assert torch.allclose(colours, indices * 10.0, atol=2)


def test_the_number_of_workers_changes_nothing(open_loader):
    one, two = open_loader(crop=RandomResizedCrop()), open_loader(workers=2)
    steps = [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 0), (5, 2), (0, 1), (1, 3), (2, 0)]
    for epoch, step in steps:
        assert same(one.batch(epoch, step), two.batch(epoch, step)), (epoch, step)
    assert len(two.workers) == 2
    assert one.workers == ()


@pytest.mark.parametrize("mix", [None, Mixup(alpha=1.0), CutMix()])
def test_augmentation_and_mix_are_pure(open_loader, mix):
    options = {"augment": (HorizontalFlip(),), "mix": mix, "crop": ShorterSide(low=32, high=50)}
    one, other = open_loader(**options), open_loader(**options)
    first = one.batch(2, 1)
    torch.manual_seed(5)
    other.batch(0, 0)
    again = other.batch(2, 1)
    assert same(first, again)
    assert not torch.equal(
        first.images_NCHW, open_loader(**options, seed=2).batch(2, 1).images_NCHW
    )
    if mix is None:
        assert first.mixed is None
        return
    assert torch.equal(first.mixed.labels_N, again.mixed.labels_N)
    assert torch.equal(first.mixed.share_N, again.mixed.share_N)


@pytest.mark.parametrize("workers", [0, 1])
def test_ranks_share_every_batch(open_loader, workers):
    whole = open_loader(crop=CentreFrame(shorter=32)).batch(1, 2)
    shares = [
        open_loader(crop=CentreFrame(shorter=32), rank=r, world_size=2, workers=workers).batch(1, 2)
        for r in range(2)
    ]
    assert torch.equal(torch.cat([s.images_NCHW for s in shares]), whole.images_NCHW)
    assert torch.equal(torch.cat([s.labels_N for s in shares]), whole.labels_N)


def test_a_batch_does_not_change_while_the_next_is_decoded(open_loader):
    loader = open_loader(workers=1)
    kept = [loader.batch(0, step) for step in range(4)]
    copies = [batch.images_NCHW.clone() for batch in kept]
    for step in range(4):
        loader.batch(1, step)
    assert all(torch.equal(b.images_NCHW, c) for b, c in zip(kept, copies, strict=True))


def test_grey_from_colour_and_colour_from_grey(open_loader, photos, tmp_path):
    assert open_loader(channels=1, workers=1).batch(0, 0).images_NCHW.shape == (6, 1, 32, 32)
    paths = []
    for number in range(6):
        paths.append(str(tmp_path / f"{number}.jpg"))
        Image.fromarray(np.full((50, 40), 40 * number, np.uint8)).save(paths[-1])
    grey = PhotoSplit(Listed(tuple(paths)), torch.zeros(6, dtype=torch.int64), 1)
    images = open_loader(grey).batch(0, 0).images_NCHW
    assert images.shape[1] == 3
    assert (images[:, 0] == images[:, 2]).all()


def test_shards_give_the_same_as_their_folder(open_loader, photos, tmp_path):
    for number, path in enumerate(sorted(photos.glob("*.jpg"))):
        place = tmp_path / "in" / "ab"[number % 2]
        place.mkdir(parents=True, exist_ok=True)
        (place / path.name).write_bytes(path.read_bytes())
    dataset = convscope.data.open(tmp_path / "in")
    write_shards(dataset, tmp_path / "out", max_images=5)
    shards = convscope.data.open(tmp_path / "out").split("train")
    images = open_loader(shards, workers=2, batch_size=len(shards)).batch(0, 0)
    colours = (images.images_NCHW.float().mean((1, 2, 3)) / 10).round().long()
    chosen = order(len(shards), seed=1, epoch=0)
    for colour, label, index in zip(
        colours.tolist(), images.labels_N.tolist(), chosen.tolist(), strict=True
    ):
        assert colour % 2 == label
        assert shards.read(index).data == sorted(photos.glob("*.jpg"))[colour].read_bytes()


@pytest.mark.parametrize(
    "changes",
    [
        {"batch_size": 0},
        {"batch_size": 25},
        {"batch_size": 5, "world_size": 2},
        {"rank": 1},
        {"seed": -1},
        {"workers": -1},
        {"workers": 1000},
        {"crop": CentreFrame(shorter=31)},
    ],
)
def test_invalid_arguments_are_errors(open_loader, changes):
    with pytest.raises(InputError):
        open_loader(**changes)


@pytest.mark.parametrize(("epoch", "step"), [(-1, 0), (0, 4), (0, -1)])
def test_invalid_steps(open_loader, epoch, step):
    with pytest.raises(InputError, match="steps 0 to 3"):
        open_loader().batch(epoch, step)


def test_default_number_of_workers(monkeypatch):
    monkeypatch.setattr(workers, "available_cpus", lambda: 32)
    monkeypatch.delenv("LOCAL_WORLD_SIZE", raising=False)
    assert [default_workers(n) for n in (1, 2, 8, 64)] == [MAX_WORKERS, MAX_WORKERS, 4, 1]
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "8")
    assert default_workers(64) == 4
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "nonsense")
    assert default_workers(64) == 1


def test_workers_that_cannot_start(open_loader, monkeypatch):
    monkeypatch.setattr(workers, "START", "raise SystemExit(3)")
    with pytest.raises(DataError, match=r"worker 0 .* did not start and ended with exit code 3"):
        open_loader(workers=1).batch(0, 0)


# --- faults


def damaged(photos, tmp_path, data):
    """The same photos; the one that comes third in epoch 0 is damaged."""
    paths = [str(path) for path in sorted(photos.glob("*.jpg"))]
    third = int(order(COUNT, seed=1, epoch=0)[2])
    (tmp_path / "bad.jpg").write_bytes(data)
    paths[third] = str(tmp_path / "bad.jpg")
    return PhotoSplit(Listed(tuple(paths)), torch.zeros(COUNT, dtype=torch.int64), 3)


@pytest.mark.parametrize(("data", "workers"), [(b"", 0), (b"no image", 0), (None, 0), (None, 2)])
def test_a_damaged_file_is_named_and_the_loader_continues(
    open_loader, photos, tmp_path, data, workers
):
    cut = (photos / "05.jpg").read_bytes()[:300]
    loader = open_loader(damaged(photos, tmp_path, cut if data is None else data), workers=workers)
    later = loader.batch(0, 1)
    with pytest.raises(FormatError, match=r"bad\.jpg: "):
        loader.batch(0, 0)
    assert same(loader.batch(0, 1), later)


@pytest.mark.parametrize("workers", [0, 1])
def test_a_missing_file_is_named(open_loader, photos, tmp_path, workers):
    split = damaged(photos, tmp_path, b"")
    (tmp_path / "bad.jpg").unlink()
    with pytest.raises(DataError, match=r"bad\.jpg: cannot be read: no such file"):
        open_loader(split, workers=workers).batch(0, 0)


def test_a_pipe_does_not_hang_a_worker(open_loader, photos, tmp_path):
    split = damaged(photos, tmp_path, b"")
    (tmp_path / "bad.jpg").unlink()
    os.mkfifo(tmp_path / "bad.jpg")
    with pytest.raises(DataError, match=r"bad\.jpg: cannot be read"):
        open_loader(split, workers=1).batch(0, 0)


@pytest.mark.parametrize(
    "killed", [signal.SIGKILL, pytest.param(signal.SIGSEGV, marks=pytest.mark.slow)]
)
def test_a_worker_that_dies_is_named_with_its_file(open_loader, killed):
    loader = open_loader(workers=2)
    before = loader.batch(0, 0)
    pids = loader.workers
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    os.kill(pids[1], killed)
    os.kill(pids[1], signal.SIGCONT)
    with pytest.raises(DataError, match=rf"\d\d\.jpg: worker 1 \(process {pids[1]}\)") as caught:
        read_two_epochs(loader)
    assert killed.name in str(caught.value)
    assert gone(pids)
    assert same(loader.batch(0, 0), before)  # with new workers


def test_a_worker_that_hangs_is_named_with_its_file(open_loader, monkeypatch):
    """Time passes only when the other worker has nothing to do, so it is never the slow one."""
    clock, stopped = [0.0], []

    def now():
        if stopped and not loader._pool._workers[1].waiting:
            clock[0] += 10
        return clock[0]

    with monkeypatch.context() as patch:
        patch.setattr(workers.time, "monotonic", now)
        loader = open_loader(workers=2, timeout_s=1.0)
        loader.batch(0, 0)
        pids = loader.workers
        os.kill(pids[0], signal.SIGSTOP)
        stopped.append(pids[0])
        with pytest.raises(DataError, match=rf"\d\d\.jpg: worker 0 \(process {pids[0]}\) has not"):
            read_two_epochs(loader)
    assert gone(pids)


def test_a_slow_training_step_is_not_a_timeout(open_loader, monkeypatch):
    """Time between two batches does not count, even if the worker then responds late."""
    clock = [0.0]
    monkeypatch.setattr(workers.time, "monotonic", lambda: clock[0])
    loader = open_loader(workers=1, timeout_s=30.0)
    loader.batch(0, 0)
    os.kill(loader.workers[0], signal.SIGSTOP)
    clock[0] += 1000
    resume = threading.Timer(1.5, os.kill, (loader.workers[0], signal.SIGCONT))
    resume.start()
    loader.batch(1, 0)
    resume.join()


def test_close_and_deletion_stop_the_workers(open_loader, split):
    loader = open_loader(workers=1)
    loader.batch(0, 0)
    pids = loader.workers
    loader.close()
    loader.close()
    assert gone(pids)
    loader.batch(0, 1)
    pids = loader.workers
    del loader
    other = PhotoLoader(
        split, size=(8, 8), channels=1, crop=CentreFrame(), batch_size=2, seed=0, workers=1
    )
    other.batch(0, 0)
    pids = other.workers
    del other
    assert gone(pids)


SCRIPT = """
import sys, time
import torch
from pathlib import Path
import convscope.data as data
from convscope.data.loading.photos import PhotoLoader
split = data.open(sys.argv[1]).split("train")
crop = data.RandomResizedCrop()
loader = PhotoLoader(
    split, size=(32, 32), channels=3, crop=crop, batch_size=8, seed=0, workers=2
)
loader.batch(0, 0)
print(*loader.workers, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize(
    "how",
    [
        signal.SIGKILL,
        pytest.param(signal.SIGTERM, marks=pytest.mark.slow),
        pytest.param(signal.SIGINT, marks=pytest.mark.slow),
    ],
)
def test_workers_end_with_the_training_process(photos, tmp_path, how):
    """A script without a main guard, and /dev/shm that nothing is written to."""
    for number, path in enumerate(sorted(photos.glob("*.jpg"))):
        place = tmp_path / "ab"[number % 2]
        place.mkdir(exist_ok=True)
        (place / path.name).write_bytes(path.read_bytes())
    before = set(os.listdir("/dev/shm")) if os.path.isdir("/dev/shm") else set()
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # a shell starts background jobs with Ctrl-C ignored, and children inherit that
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        pids = [int(pid) for pid in process.stdout.readline().split()]
        assert len(pids) == 2
        assert all(alive(pid) for pid in pids)
        new = set(os.listdir("/dev/shm")) - before if os.path.isdir("/dev/shm") else set()
        assert not [name for name in new if str(process.pid) in name or "convscope" in name]
        process.send_signal(how)
        process.wait(300)
        assert gone(pids)


def test_a_worker_needs_no_torch():
    check = (
        "import convscope.io.photos.worker, sys; "
        "print([n for n in ('torch', 'cv2', 'scipy', 'convscope.data') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, timeout=600
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_images_of_a_split_equal_those_of_predict(split, photos):
    """`inputs` equals the reference reader, image by image, on any number of ranks."""

    def halved(images_NCHW):
        return torch.nn.functional.interpolate(images_NCHW.float(), (9, 9))

    expected = []
    for path in sorted(photos.glob("*.jpg")):
        pixels = np.asarray(Image.open(io.BytesIO(path.read_bytes())).convert("RGB"))
        expected.append(halved(torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None]))
    whole = torch.cat(expected)
    for world_size in (1, 2, 5):
        found, seen = torch.empty_like(whole), []
        for rank in range(world_size):
            batches = list(split.inputs(halved, batch_size=7, rank=rank, world_size=world_size))
            mine = list(range(rank, COUNT, world_size))
            assert [len(labels) for _, labels in batches[:-1]] == [7] * (len(batches) - 1)
            found[mine] = torch.cat([inputs for inputs, _ in batches])
            seen += mine
            assert torch.equal(torch.cat([b[1] for b in batches]), split.labels_N[mine])
        assert sorted(seen) == list(range(COUNT))
        assert torch.equal(found, whole)


def test_more_ranks_than_images(split):
    assert list(split.inputs(lambda x: x, batch_size=4, rank=30, world_size=40)) == []


def test_inputs_of_different_sizes_are_an_error(split):
    with pytest.raises(DataError, match=r"01\.jpg: the preprocessing returns"):
        list(split.inputs(lambda x: x, batch_size=4))
