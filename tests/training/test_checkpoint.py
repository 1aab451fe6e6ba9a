import errno
import json
import os
import random
import shutil

import pytest
import torch

from convscope.errors import FormatError, InputError, StorageError
from convscope.io import storage
from convscope.training.run.checkpoint import Checkpoints, Numbers


def tensors(value):
    return {"weights/w": torch.full((3, 4), value), "optimiser/w:step": torch.tensor(value)}


@pytest.fixture
def saved(tmp_path):
    """Three generations were written; the oldest one is gone by now."""
    store = Checkpoints(tmp_path / "checkpoints")
    for step in (10, 20, 30):
        store.save(Numbers(step=step, loss_sum=0.1 + step), tensors(float(step)))
    return tmp_path / "checkpoints"


def test_newest_of_two_generations(saved):
    store = Checkpoints(saved)
    assert store.generations() == [2, 3]
    assert sorted(p.name for p in saved.iterdir()) == [
        "000002.json",
        "000002.safetensors",
        "000003.json",
        "000003.safetensors",
    ]
    found = store.load()
    assert (found.generation, found.numbers) == (3, Numbers(step=30, loss_sum=30.1))
    torch.testing.assert_close(found.tensors, tensors(30.0), rtol=0, atol=0)
    assert store.load(2).numbers.step == 20


def test_none_is_the_start(tmp_path):
    assert Checkpoints(tmp_path).load().generation == 0
    assert Checkpoints(tmp_path).load(0).numbers == Numbers()


def test_no_such_generation(saved):
    with pytest.raises(InputError, match="no checkpoint 9"):
        Checkpoints(saved).load(9)


def says_the_same(content, whole):
    try:
        return json.loads(content) == json.loads(whole)
    except ValueError:
        return False


@pytest.mark.parametrize("name", ["000003.json", "000003.safetensors"])
def test_every_damage_is_named_and_the_older_one_offered(saved, name):
    path = saved / name
    whole = path.read_bytes()
    rng = random.Random(1)
    cuts = [0, 1, 7, 8, 9, *(rng.randrange(len(whole)) for _ in range(30)), len(whole) - 1]
    flips = [*range(24), *(rng.randrange(len(whole)) for _ in range(100))]
    damaged = [whole[:cut] for cut in cuts]
    for at in flips:
        flipped = bytearray(whole)
        flipped[at] ^= 1 << rng.randrange(8)
        damaged.append(bytes(flipped))
    damaged += [whole + b"x", b"\0" * len(whole)]
    for content in damaged:
        path.write_bytes(content)
        harmless = name.endswith(".json") and content.isascii() and says_the_same(content, whole)
        if harmless:  # a flip in the white space of the JSON
            assert Checkpoints(saved).load().numbers == Numbers(step=30, loss_sum=30.1)
            continue
        with pytest.raises(FormatError, match="checkpoint 3 is damaged") as caught:
            Checkpoints(saved).load()
        assert name in caught.value.where
        assert caught.value.fix == ("checkpoint 2 (step 20) is intact: resume with --generation 2")
    path.write_bytes(whole)
    assert Checkpoints(saved).load().generation == 3


def test_damage_says_what_was_expected_and_what_was_found(saved):
    path = saved / "000003.safetensors"
    whole = bytearray(path.read_bytes())
    whole[-1] ^= 1
    path.write_bytes(whole)
    with pytest.raises(FormatError) as caught:
        Checkpoints(saved).load()
    assert caught.value.expected.startswith("SHA-256 ")
    assert "SHA-256" in caught.value.given
    assert caught.value.expected.split()[1] not in caught.value.given


def test_missing_tensors_are_damage(saved):
    (saved / "000003.safetensors").unlink()
    with pytest.raises(FormatError, match="checkpoint 3 is damaged"):
        Checkpoints(saved).load()


def test_both_damaged(saved):
    for path in saved.glob("*.safetensors"):
        path.write_bytes(b"")
    with pytest.raises(FormatError, match="no other checkpoint is intact"):
        Checkpoints(saved).load()


def test_going_on_from_the_older_one_keeps_it_until_a_newer_one_is_verified(saved):
    (saved / "000003.safetensors").write_bytes(b"broken")
    store = Checkpoints(saved)
    store.load(2)
    assert store.save(Numbers(step=25), tensors(25.0)) == 4
    assert store.generations() == [2, 4]
    assert not (saved / "000003.safetensors").exists()


def test_leftovers_of_killed_writers(saved):
    (saved / "000004.safetensors.tmp-99-0123abcd").write_bytes(b"half")
    (saved / "000004.safetensors").write_bytes(b"never got its json")
    (saved / "000001.safetensors").write_bytes(b"its json was removed, then came the kill")
    store = Checkpoints(saved)
    store.sweep()
    assert len(list(saved.iterdir())) == 6
    assert store.load().generation == 3
    assert store.save(Numbers(step=40), tensors(40.0)) == 4
    assert sorted(path.name for path in saved.iterdir()) == [
        "000003.json",
        "000003.safetensors",
        "000004.json",
        "000004.safetensors",
    ]
    assert store.load().numbers.step == 40


@pytest.mark.parametrize(
    "code",
    [
        errno.ENOSPC,
        errno.EIO,
        pytest.param(errno.EROFS, marks=pytest.mark.slow),
        pytest.param(errno.EDQUOT, marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
@pytest.mark.parametrize("at", [0, 1, 2])
def test_disk_refuses_and_the_last_good_one_is_intact(saved, monkeypatch, code, call, at):
    before = {path.name: path.read_bytes() for path in saved.iterdir()}
    store = Checkpoints(saved)
    store.load()
    monkeypatch.setattr(storage, "RETRY_S", 0.0)
    real, seen = getattr(os, call), []

    def refuse(*args, **options):
        seen.append(1)
        if len(seen) > at:
            raise OSError(code, os.strerror(code))
        return real(*args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(os, call, refuse)
        if call == "replace" and at == 2:
            store.save(Numbers(step=40), tensors(40.0))
            return
        with pytest.raises(StorageError) as caught:
            store.save(Numbers(step=40), tensors(40.0))
    assert "the checkpoint takes 65," in caught.value.given
    assert "(000003.safetensors) is unchanged" in caught.value.fix
    if code in (errno.ENOSPC, errno.EDQUOT):
        assert "free" in caught.value.given
    assert Checkpoints(saved).load().generation in (3, 4)
    after = {path.name: path.read_bytes() for path in saved.iterdir()}
    assert before.items() <= after.items()
    assert store.save(Numbers(step=41), tensors(41.0)) >= 4  # room again: it goes on


def test_room_is_looked_for_before_anything_is_written(saved, monkeypatch):
    usage = shutil.disk_usage(saved)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(StorageError, match=r"65,\d{3} bytes needed, 1,000 free"):
        Checkpoints(saved).save(Numbers(step=40), tensors(40.0))
    assert len(list(saved.iterdir())) == 4
