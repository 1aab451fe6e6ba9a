"""Run folders that are damaged or hostile: resuming refuses and changes nothing, or loses nothing.

Every file of a run is missing, empty, cut, overwritten, unreadable, a folder, a FIFO, a link to an
endless device, a link out of the folder, or has a second name. Resuming then either raises one of
our errors, and every file is as before; or it ends with the bits of a run that was left alone.
"""

import contextlib
import errno
import json
import os
import shutil
import signal

import pytest

import convscope
from convscope.data import Split
from convscope.errors import ConvscopeError, DataError, FormatError, StorageError
from convscope.network import read_model
from convscope.report.run_report import run_facts
from convscope.shapes import CHW
from convscope.training.run import folder as run_folder
from convscope.training.run.checkpoint import Checkpoints
from convscope.training.run.events import check_events, read_events
from convscope.training.run.files import RECIPE
from convscope.training.start import resume, start

HANG_S = 300
FILES = (
    "architecture.json",
    "recipe.json",
    "data.json",
    "environment.json",
    "events.jsonl",
    "timings.jsonl",
    "control.jsonl",
    "run.lock",
    "checkpoints",
    "checkpoints/000004.json",
    "checkpoints/000004.safetensors",
    "checkpoints/000003.json",
    "checkpoints/000003.safetensors",
    "model.safetensors",
    "results.json",
)
DAMAGES = (
    "missing",
    "empty",
    "cut",
    "garbage",
    "object",
    "folder",
    "fifo",
    "endless",
    "link",
    "second name",
)


class Fake:
    """A data set with the images of `victim.py`."""

    name, classes, channels, shape = "fake", ("a", "b", "c"), 1, CHW(1, 8, 8)
    mean, std = (0.3,), (0.2,)

    def __init__(self, tiny, *, mark="f", count=96, classes=("a", "b", "c")):
        self._tiny, self._mark, self._count, self.classes = tiny, mark, count, classes

    def split(self, name):
        count, seed = {"train": (self._count, 1), "val": (24, 2)}[name]
        images = self._tiny.samples(count, seed=seed)
        return Split(images.images_NCHW, images.labels_N)

    def fingerprint(self):
        return self._mark * 64


@pytest.fixture(autouse=True)
def _no_hang():
    signal.alarm(HANG_S)
    yield
    signal.alarm(0)


@pytest.fixture(scope="module")
def whole(tiny, tmp_path_factory):
    """The events and the model of a run that was left alone."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    list(start(tiny.architecture(), Fake(tiny), tiny.recipe(), folder))
    return folder


@pytest.fixture(scope="module")
def stopped(tiny, tmp_path_factory):
    """A run that was stopped in its second epoch."""
    folder = tmp_path_factory.mktemp("stopped") / "run"
    events = start(tiny.architecture(), Fake(tiny), tiny.recipe(), folder)
    for event in events:
        if getattr(event, "step", 0) == 15:
            break
    events.close()
    (folder / "control.jsonl").write_bytes(b"")
    return folder


@pytest.fixture
def run(stopped, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(stopped, folder)
    return folder


def damage(path, kind, outside):
    content = path.read_bytes() if path.is_file() else b""
    if kind == "second name":
        if path.is_file():
            os.link(path, outside / "other")
        return
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    match kind:
        case "empty":
            path.write_bytes(b"")
        case "cut":
            path.write_bytes(content[: len(content) // 2])
        case "garbage":
            path.write_bytes(b"\xff\xfe\0" * 99)
        case "object":
            path.write_bytes(b"{}\n")
        case "folder":
            path.mkdir()
            (path / "inner").write_bytes(b"of the user")
        case "fifo":
            os.mkfifo(path)
        case "endless":
            path.symlink_to("/dev/zero")
        case "link":
            (outside / "victim").mkdir()
            (outside / "victim" / "000001.safetensors.tmp-1-0123abcd").write_bytes(b"precious")
            (outside / "file").write_bytes(content)
            path.symlink_to(outside / ("victim" if path.name == "checkpoints" else "file"))


def content(folder):
    """Everything below a folder, without following links; `run.lock` names the last process."""
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and path.name != "run.lock"
    }


def refused_or_whole(run, whole, tiny, outside):
    """Resume to the end, or be refused: then nothing has changed."""
    before, others = content(run), content(outside)
    try:
        list(resume(run, data=Fake(tiny)))
    except ConvscopeError:
        assert content(run) == before
        return
    finally:
        assert content(outside) == others
    assert (run / "events.jsonl").read_bytes() == (whole / "events.jsonl").read_bytes()
    assert (run / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()


@pytest.mark.parametrize("kind", DAMAGES)
@pytest.mark.parametrize("name", FILES)
def test_resume_refuses_or_loses_nothing(run, whole, tiny, tmp_path, name, kind):
    outside = tmp_path / "outside"
    outside.mkdir()
    damage(run / name, kind, outside)
    for reader in (convscope.open, run_facts, lambda path: read_events(path / "events.jsonl")):
        with contextlib.suppress(ConvscopeError):
            reader(run)
    refused_or_whole(run, whole, tiny, outside)


@pytest.mark.parametrize("name", FILES)
def test_an_unreadable_file_is_not_a_missing_one(run, whole, tiny, tmp_path, monkeypatch, name):
    outside = tmp_path / "outside"
    outside.mkdir()
    place = os.fspath(run / name)

    def failing(call):
        def fail(path, *args, **kwargs):
            if os.fspath(path) == place:
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), place)
            return call(path, *args, **kwargs)

        return fail

    before = content(run)
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", failing(os.open))
        patch.setattr(os, "scandir", failing(os.scandir))
        error = None
        try:
            list(resume(run, data=Fake(tiny)))
        except ConvscopeError as caught:
            error = caught
    if error is not None:
        assert "permission denied" in str(error)
        assert content(run) == before
        refused_or_whole(run, whole, tiny, outside)
    assert (run / "events.jsonl").read_bytes() == (whole / "events.jsonl").read_bytes()


@pytest.mark.parametrize("kind", ["missing", "emptied"])
def test_lost_checkpoints_do_not_start_a_run_over(run, whole, tiny, kind):
    shutil.rmtree(run / "checkpoints")
    if kind == "emptied":
        (run / "checkpoints").mkdir()
    before = content(run)
    with pytest.raises(FormatError, match=r"there is no checkpoint, but events\.jsonl") as caught:
        list(resume(run, data=Fake(tiny)))
    assert "--generation 0" in caught.value.fix
    assert content(run) == before
    first = next(events := resume(run, data=Fake(tiny), generation=0))
    assert first.message.startswith("starting over at step 0, as requested: replacing ")
    list(events)
    assert (run / "events.jsonl").read_bytes() == (whole / "events.jsonl").read_bytes()


def test_a_run_killed_before_its_first_checkpoint_says_that_it_starts_again(tiny, whole, tmp_path):
    folder = tmp_path / "run"
    recipe = tiny.recipe(checkpoint_every=10_000)
    events = start(tiny.architecture(), Fake(tiny), recipe, folder)
    while getattr(next(events), "step", 0) < 6:
        pass
    killed = tmp_path / "killed"
    shutil.copytree(folder, killed)
    events.close()
    first = next(again := resume(killed, data=Fake(tiny)))
    assert first.message.startswith("the run had not come to its first checkpoint")
    list(again)
    assert (killed / "events.jsonl").read_bytes() == (whole / "events.jsonl").read_bytes()


def test_a_run_without_history_is_not_started_over_in_silence(run, whole, tiny):
    shutil.rmtree(run / "checkpoints")
    (run / "events.jsonl").unlink()
    with pytest.raises(FormatError, match=r"there is no checkpoint, but timings\.jsonl"):
        list(resume(run, data=Fake(tiny)))
    (run / "timings.jsonl").unlink()
    first = next(events := resume(run, data=Fake(tiny)))
    assert first.message.startswith("the run had not come to its first checkpoint")
    list(events)
    assert (run / "events.jsonl").read_bytes() == (whole / "events.jsonl").read_bytes()


@pytest.mark.parametrize("generation", [0, 3])
def test_an_older_checkpoint_that_was_chosen_stays_chosen(run, whole, tiny, generation):
    """Killed right after the first event, the run resumes from the choice, not from the newest."""
    events = resume(run, data=Fake(tiny), generation=generation)
    while next(events).type == "Note":
        pass
    killed = run.parent / "killed"
    shutil.copytree(run, killed)
    events.close()
    list(resume(killed, data=Fake(tiny)))
    assert (killed / "events.jsonl").read_bytes() == (whole / "events.jsonl").read_bytes()


def test_more_epochs_are_not_kept_if_resuming_fails(run, tiny):
    before = (run / RECIPE).read_bytes()
    (run / "checkpoints/000004.safetensors").write_bytes(b"damaged")
    with pytest.raises(FormatError, match="checkpoint 4 is damaged"):
        list(resume(run, data=Fake(tiny), epochs=9))
    assert (run / RECIPE).read_bytes() == before


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"tensors": {"size_bytes": 1, "sha256": ""}}, "not readable"),
        ([], "not readable"),
        ({"numbers": [], "tensors": {"size_bytes": 1, "sha256": ""}}, "SHA-256"),
    ],
)
def test_a_manifest_of_another_form(run, tiny, body, problem):
    manifest = json.dumps({"body": body, "sha256": "0"})
    (run / "checkpoints/000004.json").write_text(manifest)
    with pytest.raises(FormatError, match=f"checkpoint 4 is damaged: {problem}"):
        list(resume(run, data=Fake(tiny)))


def test_a_sparse_manifest_is_not_read(run, tiny):
    os.truncate(run / "checkpoints/000004.json", 1 << 40)
    with pytest.raises(FormatError, match="checkpoint 4 is damaged: 1,099,511,627,776 bytes"):
        list(resume(run, data=Fake(tiny)))


def test_events_that_are_not_those_of_the_checkpoint(run):
    path = run / "events.jsonl"
    size = path.stat().st_size
    check_events(path, size)
    with pytest.raises(FormatError, match=r"ends inside a line|does not fit"):
        check_events(path, size - 1)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[1], lines[0], *lines[2:]]))
    with pytest.raises(FormatError, match="the first event is Step"):
        check_events(path, size)


def test_an_old_checkpoint_that_cannot_be_removed_is_said(run, whole, tiny, monkeypatch):
    real = os.unlink

    def refuse(path, *args, **kwargs):
        if os.fspath(path).endswith("000003.json"):
            raise PermissionError(errno.EPERM, "Operation not permitted")
        return real(path, *args, **kwargs)

    monkeypatch.setattr(os, "unlink", refuse)
    events = list(resume(run, data=Fake(tiny)))
    notes = [event.message for event in events if event.type == "Note"]
    expected = "the old checkpoint file 000003.json cannot be removed: operation not permitted"
    assert notes == [expected]
    assert (run / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()


def test_a_folder_with_checkpoints_of_another_run_is_not_free(run):
    (run / "other").mkdir()
    shutil.move(run / "checkpoints", run / "other")
    with pytest.raises(ConvscopeError, match="holds checkpoints"):
        run_folder.check_free(run / "other")
    assert Checkpoints(run / "other/checkpoints").generations() == [3, 4]


# the data of a run that is resumed


def test_changed_data_only_if_accepted_and_recorded(run, tiny):
    changed = Fake(tiny, mark="e", count=88)
    with pytest.raises(DataError, match="--accept-changed-data"):
        resume(run, data=changed)
    events = list(resume(run, data=changed, accept_changed_data=True))
    kinds = [event.type for event in events]
    assert kinds[:3] == ["Note", "Resumed", "DataChanged"]
    assert events[0].message.startswith("continuing on changed data: fingerprint eeee")
    change = events[2]
    assert (change.steps_per_epoch, change.training_samples) == (11, 88)
    assert change in read_events(run / "events.jsonl").events
    former = [{"fingerprint": "f" * 64, "until_step": change.step}]
    assert json.loads((run / "data.json").read_bytes())["former"] == former
    about = read_model(run / "model.safetensors").card.provenance["data"]
    assert about == {"name": "fake", "fingerprint": "e" * 64, "former": former}
    assert list(resume(run, data=changed))[-1].type == "Finished"  # now they are its own
    with pytest.raises(DataError, match="changed"):
        resume(run, data=Fake(tiny))


def test_a_change_of_data_survives_a_kill(run, tiny):
    """The event is in a checkpoint before the run says that these are its data."""
    changed = Fake(tiny, mark="e")
    events = resume(run, data=changed, accept_changed_data=True)
    while next(events).type != "DataChanged":
        pass
    killed = run.parent / "killed"
    shutil.copytree(run, killed)
    events.close()
    list(resume(killed, data=changed))
    kinds = [event.type for event in read_events(killed / "events.jsonl").events]
    assert kinds.count("DataChanged") == 1


def test_other_classes_are_never_accepted(run, tiny):
    other = Fake(tiny, mark="e", classes=("a", "b", "z"))
    with pytest.raises(ConvscopeError, match="other classes than the run"):
        resume(run, data=other, accept_changed_data=True)


def test_a_full_disk_while_resuming_changes_nothing(run, tiny, monkeypatch):
    usage = shutil.disk_usage(run)
    before = content(run)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
        with pytest.raises(StorageError, match="bytes needed, 1,000 free"):
            list(resume(run, data=Fake(tiny)))
    assert content(run) == before
