"""What a step of many ranks is made of, in one process."""

from types import SimpleNamespace

import pytest
import torch
from PIL import Image

import convscope
from convscope.arch import Architecture, Chain
from convscope.data.augment.mix import Mixed
from convscope.data.loading.in_memory import Batch
from convscope.distributed import SINGLE_PROCESS, Group, Ranks
from convscope.errors import InputError, StorageError, TrainingError
from convscope.io import storage
from convscope.layers import BatchNorm2d, Conv2d, Flatten, GlobalAvgPool2d, Linear, Resize
from convscope.network import build
from convscope.network.safetensors_file import weights_sha256
from convscope.shapes import CHW
from convscope.training.checks import check_batch, check_job
from convscope.training.data_parallel import (
    NOTHING_PENDING,
    DataParallel,
    Forward,
    check_equal,
)
from convscope.training.job import parts_of
from convscope.training.out_of_memory import out_of_memory_error
from convscope.training.prepare import make_job
from convscope.training.recipe.recipe import Recipe
from convscope.training.run.checkpoint import Checkpoints, Numbers
from convscope.training.run.control import Command, Control, send
from convscope.training.run.environment import launched
from convscope.training.run.events import read_events
from convscope.training.start import is_restart, start


def network_with_norm():
    block = Chain(
        conv=Conv2d(2, 8, bias=False), norm=BatchNorm2d(), flatten=Flatten(), fc=Linear(3)
    )
    return Architecture(name="narrow", input=CHW(1, 8, 8), num_classes=3, block=block)


# parts of a batch


def test_parts_are_the_batch_in_order():
    images, labels = torch.arange(12.0).view(12, 1, 1, 1), torch.arange(12)
    mixed = Mixed(labels.flip(0), torch.linspace(0, 1, 12))
    parts = parts_of(Batch(images, labels, mixed), 3)
    assert [part.labels_N.tolist() for part in parts] == [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9, 10, 11],
    ]
    assert torch.equal(torch.cat([part.images_NCHW for part in parts]), images)
    assert torch.equal(torch.cat([part.mixed.labels_N for part in parts]), mixed.labels_N)
    assert torch.equal(torch.cat([part.mixed.share_N for part in parts]), mixed.share_N)
    (whole,) = parts_of(Batch(images, labels), 1)
    assert whole.mixed is None
    assert whole.images_NCHW is images


def test_of_two_mixed_images_the_larger_share_counts():
    labels, partners = torch.tensor([0, 0, 0]), torch.tensor([1, 1, 1])
    batch = Batch(torch.zeros(3, 1, 1, 1), labels, Mixed(partners, torch.tensor([0.9, 0.5, 0.1])))
    (part,) = parts_of(batch, 1)
    assert part.correct(torch.tensor([[1.0, 0.0]] * 3)) == 2
    assert part.correct(torch.tensor([[0.0, 1.0]] * 3)) == 1


# what cannot be


@pytest.mark.parametrize(
    ("batch", "accumulate", "world", "sync", "says"),
    [
        (8, 3, 1, False, "a batch of 8 in 3 parts on 1 processes"),
        (9, 1, 2, False, "a batch of 9 in 1 parts on 2 processes"),
        (65, 1, 1, False, "a batch of 65 from 64"),
        (8, 4, 2, False, "a batch of 1 gives"),
        (8, 8, 1, False, "a batch of 1 gives"),
        (2, 1, 2, False, "a batch of 1 gives"),
        (2, 2, 1, True, "a batch of 1 gives"),
        (8, 2, 2, False, ""),
        (2, 1, 2, True, ""),
        (8, 4, 2, True, ""),
    ],
)
def test_what_each_process_would_see(batch, accumulate, world, sync, says):
    recipe = Recipe(epochs=1, lr=0.1, batch_size=batch, accumulate=accumulate, sync_batch_norm=sync)
    options = {"training_samples": 64, "world_size": world}
    if not says:
        check_batch(network_with_norm(), recipe, **options)
        return
    with pytest.raises(TrainingError, match=says) as caught:
        check_batch(network_with_norm(), recipe, **options)
    if "from" not in says:
        mended = recipe.override([caught.value.fix.removeprefix("--set ")])
        check_batch(network_with_norm(), mended, **options)


def test_out_of_memory_offers_what_divides():
    def advice(batch, accumulate, world):
        recipe = Recipe(epochs=1, lr=0.1, batch_size=batch, accumulate=accumulate)
        return out_of_memory_error(MemoryError(), recipe, world)

    assert "--set accumulate=2: the same step" in advice(64, 1, 1).fix
    assert "a batch of 64, 8 at a time" in str(advice(64, 4, 2))
    assert "--set accumulate=8" in advice(64, 4, 2).fix
    assert "accumulate" not in advice(9, 1, 1).fix
    assert advice(1, 1, 1).fix == "a smaller network or a smaller input"
    assert out_of_memory_error(RuntimeError("else"), Recipe(epochs=1, lr=0.1), 1) is None


# the team of one, and the pieces of a larger one


def team(tmp_path, group=SINGLE_PROCESS, stop=lambda: False):
    control = Control(tmp_path / "control.jsonl")
    network = build(network_with_norm())
    return DataParallel(
        network, group, device=torch.device("cpu"), control=control, stop_requested=stop
    )


def test_alone_nothing_is_wrapped(tmp_path):
    alone = team(tmp_path)
    alone.wrap()
    assert isinstance(alone.forward, Forward)
    assert alone.seed(3, 7) == (3 << 32) + 7
    assert alone.sum_up([torch.tensor(1.5)], [torch.tensor(2)]) == (1.5, 2)
    parts = [torch.tensor(1.0), torch.tensor(2.0)]
    assert alone.sum_up(parts, [torch.tensor(1), torch.tensor(3)]) == (1.5, 4)
    assert alone.poll() == NOTHING_PENDING
    send(tmp_path, Command(command="pause"))
    assert alone.poll().commands == [Command(command="pause")]
    alone.check_equal_weights()


def test_every_rank_draws_its_own_dropout(tmp_path):
    seeds = {
        team(tmp_path, Group(Ranks(rank=rank, world_size=4))).seed(3, step)
        for rank in range(4)
        for step in range(50)
    }
    assert len(seeds) == 200
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_the_hash_of_weights_sees_one_bit():
    network = build(network_with_norm(), seed=1)
    before = weights_sha256(network.state_dict())
    assert weights_sha256(build(network_with_norm(), seed=1).state_dict()) == before
    assert weights_sha256(build(network_with_norm(), seed=2).state_dict()) != before
    with torch.no_grad():
        network.fc.bias.view(torch.int32)[0] ^= 1
    assert weights_sha256(network.state_dict()) != before


def test_what_differs_is_named():
    class Two(Group):
        def all_gather(self, value):
            return [value, {**value, "recipe": "another"}]

    with pytest.raises(TrainingError, match="recipe of rank 1 differs from rank 0: another"):
        check_equal({"data": "same", "recipe": "one"}, Two(Ranks(world_size=2)))


def test_synchronised_statistics_are_refused_on_cpu_ranks(tiny):
    recipe = tiny.recipe(sync_batch_norm=True)
    data = SimpleNamespace(name="a", classes="abc", channels=1, split=lambda name: range(96))
    options = {"pretrained": False, "device": "cpu"}
    with pytest.raises(InputError, match="sync_batch_norm on 2 processes of device cpu") as caught:
        check_job(network_with_norm(), data, recipe, world_size=2, **options)
    assert "the statistics of its own part" in caught.value.fix
    check_job(network_with_norm(), data, recipe, world_size=1, **options)


def test_torch_synchronises_the_networks_of_ours():
    network = build(network_with_norm(), seed=1)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    torch.nn.SyncBatchNorm.convert_sync_batchnorm(network)
    assert isinstance(network.norm, torch.nn.SyncBatchNorm)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


# restarts


def test_only_the_same_launcher_goes_on(tiny, tmp_path):
    folder = tmp_path / "run"
    again = Group(Ranks(restarts=1, max_restarts=1, torchrun=True))
    assert not is_restart(folder, again)
    with tiny.open_run(folder):
        pass
    assert launched(folder).ranks == 1
    assert not is_restart(folder, SINGLE_PROCESS)
    assert is_restart(folder, again)
    assert not is_restart(folder, Group(Ranks(torchrun=True, run_id="job")))


# a write that fails once


def refusing(times, real):
    left = [times]

    def fail(*arguments):
        if left[0] > 0:
            left[0] -= 1
            raise OSError(5, "Input/output error")
        return real(*arguments)

    return fail


@pytest.mark.parametrize(("times", "survives"), [(1, True), (2, False)])
def test_a_write_is_tried_once_more(tmp_path, monkeypatch, times, survives):
    import os

    monkeypatch.setattr(storage, "RETRY_S", 0.01)
    checkpoints = Checkpoints(tmp_path)
    tensors = {"weights/a": torch.ones(3)}
    checkpoints.save(Numbers(step=1), tensors)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refusing(times, os.fsync))
        if survives:
            checkpoints.save(Numbers(step=2), tensors)
        else:
            with pytest.raises(StorageError, match="input/output error") as caught:
                checkpoints.save(Numbers(step=2), tensors)
            assert "000001.safetensors" in caught.value.fix
    assert Checkpoints(tmp_path).load().numbers.step == (2 if survives else 1)
    assert not list(tmp_path.glob("*.tmp-*"))


def test_an_event_is_written_whole_after_a_hiccup(tiny, tmp_path, monkeypatch):
    import os

    monkeypatch.setattr(storage, "RETRY_S", 0.01)
    real, torn = os.write, []

    def half(handle, data):
        if bytes(data).startswith(b'{"type":"Step","step":9') and not torn:
            torn.append("half")
            return real(handle, bytes(data)[: len(data) // 2])
        if torn == ["half"]:
            torn.append("refused")
            raise OSError(5, "Input/output error")
        return real(handle, data)

    whole, _ = tiny.train_to_end(tmp_path / "whole")
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", half)
        tiny.train_to_end(tmp_path / "run")
    assert torn == ["half", "refused"]
    assert read_events(tmp_path / "run/events.jsonl").events == tuple(whole)


# photos


@pytest.fixture
def photos(tmp_path):
    generator = torch.Generator().manual_seed(0)
    for split, count in (("train", 6), ("val", 3)):
        for number, name in enumerate(("dark", "light")):
            folder = tmp_path / "photos" / split / name
            folder.mkdir(parents=True)
            for i in range(count):
                size = (20 + 3 * i, 30 - 2 * i, 3)
                noise = torch.randint(0, 90, size, generator=generator) + 160 * number
                pixels = noise.to(torch.uint8).numpy()
                Image.fromarray(pixels).save(folder / f"{i}.png")
    return convscope.data.open(tmp_path / "photos")


SMALL = Architecture(
    name="small",
    input=CHW(3, 12, 16),
    num_classes=2,
    block=Chain(conv=Conv2d(4, 3), pool=GlobalAvgPool2d(), flatten=Flatten(), fc=Linear(2)),
)


def test_photos_come_through_a_frame_and_are_judged_in_full(photos, monkeypatch):
    monkeypatch.setattr("convscope.training.prepare.default_workers", lambda _: 0)
    job = make_job(SMALL, photos, Recipe(epochs=1, lr=0.1, batch_size=4, sync_batch_norm=True))
    batch = job.batches.batch(0, 0)
    assert batch.images_NCHW.shape == (4, 3, 12, 16)
    assert job.inputs(batch.images_NCHW).shape == (4, 3, 12, 16)
    assert [type(m) for m in job.preprocessing.children()] != [
        type(m) for m in job.training_preprocessing.children()
    ]
    mean = torch.tensor(photos.mean)[:, None, None]
    std = torch.tensor(photos.std)[:, None, None]
    expected = (batch.images_NCHW / 255 - mean) / std
    torch.testing.assert_close(job.inputs(batch.images_NCHW), expected, rtol=1e-4, atol=1e-5)
    assert job.evaluate(job.network).num_samples == 6


def test_photos_train_and_their_workers_end(photos, tmp_path):
    recipe = Recipe(epochs=4, lr=0.02, batch_size=4, log_every=1)
    events = list(start(SMALL, photos, recipe, tmp_path / "run"))
    assert events[-1].validation_accuracy == 1.0
    model = convscope.open(tmp_path / "run")
    assert any(isinstance(part, Resize) for part in model.card.preprocessing.blocks.values())
    assert model.evaluate(photos, split="val").accuracy == 1.0
