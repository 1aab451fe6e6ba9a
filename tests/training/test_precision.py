"""`precision="auto"`: the choice, its record, and the bits of a run that makes it."""

import json
import math

import pytest
import torch

from convscope.errors import FormatError
from convscope.training import measure_precision
from convscope.training.job import Forward, Part
from convscope.training.loop import train
from convscope.training.lr_range import lr_range_test
from convscope.training.measure_precision import choose, faster
from convscope.training.run.events import Note, Started, read_events
from convscope.training.run.folder import Run
from convscope.training.run.precision import PrecisionChoice, read_choice


class Clock:
    """Steps of known durations; `later` after the first of each."""

    def __init__(self, *first, later=None):
        self.first = dict(zip(("float32", "bfloat16"), first, strict=True))
        self.later = dict(zip(("float32", "bfloat16"), later or first, strict=True))
        self.calls, self.total_s = [], 0.0

    def __call__(self, precision):
        seconds = (self.later if precision in self.calls else self.first)[precision]
        self.calls.append(precision)
        self.total_s += seconds
        return seconds


@pytest.mark.parametrize(
    ("float32", "bfloat16", "steps", "precision", "reason"),
    [
        (0.1, 0.05, 1000, "bfloat16", "faster"),
        (0.1, 0.096, 1000, "float32", "slower"),  # less than 5 % is no reason
        (0.1, 0.2, 1000, "float32", "slower"),
        (60.0, 20.0, 1000, "bfloat16", "faster"),  # two steps are 0.2 % of the run
        (60.0, 20.0, 50, "float32", "unmeasured"),
        (0.001, math.inf, 1000, "float32", "failed"),
    ],
)
def test_the_choice(float32, bfloat16, steps, precision, reason):
    clock = Clock(float32, bfloat16)
    choice = faster(clock, steps=steps)
    assert (choice.precision, choice.reason) == (precision, reason)
    assert precision in choice.sentence()


@pytest.mark.parametrize("step_s", [1e-4, 0.01, 0.3, 1.0, 30.0])
@pytest.mark.parametrize("steps", [1, 100, 10_000])
def test_it_takes_two_seconds_or_a_fiftieth_of_the_run(step_s, steps):
    clock = Clock(step_s, step_s)
    choice = faster(clock, steps=steps)
    limit_s = max(2.0, 0.02 * steps * step_s)
    assert clock.total_s <= limit_s or choice.reason == "unmeasured"
    assert len(clock.calls) <= 16
    assert clock.calls.count("float32") == 1 or choice.reason != "unmeasured"


def test_steps_that_other_processes_slow_down_do_not_count():
    times = iter([0.02, 0.02, *[0.010, 0.030], *[0.011, 0.005], *[0.020, 0.031]])
    choice = faster(lambda _: next(times, 0.05), steps=10**6)
    assert choice.precision == "bfloat16"
    assert (choice.float32_s, choice.bfloat16_s) == (0.010, 0.005)


def test_the_first_steps_do_not_count():
    clock = Clock(0.3, 0.6, later=(0.02, 0.01))
    assert faster(clock, steps=10**6).precision == "bfloat16"
    clock = Clock(0.3, 0.1, later=(0.01, 0.02))
    assert faster(clock, steps=10**6).precision == "float32"


def snapshot(network):
    return {name: value.clone() for name, value in network.state_dict().items()}


def test_measuring_changes_nothing(tiny, monkeypatch):
    monkeypatch.setattr(measure_precision, "multiplies_bfloat16", lambda _: True)
    made = tiny.recipe()
    job = tiny.job(made)  # with batch normalisation and dropout
    before, states = snapshot(job.network), torch.get_rng_state()
    choice = choose(job, made, steps=100)
    assert choice.float32_s > 0
    assert choice.bfloat16_s > 0
    after = job.network.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    assert torch.equal(torch.get_rng_state(), states)
    assert all(p.grad is None for p in job.network.parameters())


def test_the_passes_are_in_the_precision_that_is_measured(tiny):
    made = tiny.recipe()
    job = tiny.job(made)
    kinds = []
    job.network.conv.register_forward_hook(lambda _m, _i, out: kinds.append(out.dtype))
    part = Part(torch.randn(8, *tiny.INPUT), torch.zeros(8, dtype=torch.int64), None)
    for precision in ("float32", "bfloat16"):
        measure_precision._step_s(job, made, part, precision)
    assert kinds == [torch.float32, torch.bfloat16]


def test_a_processor_without_bfloat16_is_not_measured(tiny, monkeypatch):
    monkeypatch.setattr(measure_precision, "multiplies_bfloat16", lambda _: False)
    monkeypatch.setattr(measure_precision, "_step_s", None)
    choice = choose(tiny.job(tiny.recipe()), tiny.recipe(), steps=100)
    assert choice == PrecisionChoice(precision="float32", reason="unsupported")
    assert "does not multiply bfloat16" in choice.sentence()


CHOSEN = {
    "bfloat16": PrecisionChoice(
        precision="bfloat16", reason="faster", float32_s=0.135, bfloat16_s=0.0692
    ),
    "float32": PrecisionChoice(
        precision="float32", reason="slower", float32_s=0.002, bfloat16_s=1.5
    ),
}


@pytest.fixture(params=CHOSEN)
def chosen(request, monkeypatch):
    """The choice of a machine, without its times."""
    monkeypatch.setattr(measure_precision, "choose", lambda *_, **__: CHOSEN[request.param])
    monkeypatch.setattr(measure_precision, "multiplies_bfloat16", lambda _: True)
    return request.param


def test_a_run_has_the_bits_of_the_stated_precision(tiny, tmp_path, chosen):
    stated = tiny.recipe(precision=chosen, epochs=2)
    auto = tiny.recipe(precision="auto", epochs=2)
    weights = {}
    for name, made in (("stated", stated), ("auto", auto)):
        with Run.create(tmp_path / name, tiny.architecture(), made, tiny.DATA) as run:
            job = tiny.job(made)
            events = list(train(job, run))
            weights[name] = snapshot(job.network)
    assert all(torch.equal(weights["auto"][k], v) for k, v in weights["stated"].items())
    files = [(tmp_path / name / "events.jsonl").read_bytes() for name in ("stated", "auto")]
    assert files[0] == files[1]
    (note,) = [event.message for event in events if isinstance(event, Note)]
    assert note == CHOSEN[chosen].sentence()
    assert (
        note
        == {
            "bfloat16": "precision auto: bfloat16 (69.2 ms a step, float32 135 ms)",
            "float32": "precision auto: float32 (2 ms a step, bfloat16 1,500 ms)",
        }[chosen]
    )
    started = read_events(tmp_path / "auto/events.jsonl").events[0]
    assert isinstance(started, Started)
    assert started.precision == chosen
    assert started.text().endswith(f"; {chosen}")
    assert json.loads((tmp_path / "auto/recipe.json").read_text())["precision"] == "auto"
    assert read_choice(tmp_path / "auto") == CHOSEN[chosen]


def stopped_after(tiny, folder, made, steps):
    with tiny.open_run(folder, made) as run:
        left = iter([False] * steps + [True])
        list(train(tiny.job(made), run, stop_requested=lambda: next(left)))


def test_a_resumed_run_keeps_its_choice_on_a_machine_that_would_choose_otherwise(
    tiny, tmp_path, chosen, monkeypatch
):
    made = tiny.recipe(precision="auto")
    with tiny.open_run(tmp_path / "whole", made) as run:
        list(train(tiny.job(made), run))
    stopped_after(tiny, tmp_path / "parts", made, 7)
    monkeypatch.setattr(measure_precision, "choose", None)  # an error if it is called
    monkeypatch.setattr(measure_precision, "multiplies_bfloat16", lambda _: False)
    with tiny.open_run(tmp_path / "parts") as run:
        events = list(train(tiny.job(made), run))
    notes = [e.message for e in events if isinstance(e, Note)]
    assert len(notes) == (chosen == "bfloat16")
    assert all("slower here than in float32" in note for note in notes)
    newest = [max((tmp_path / n / "checkpoints").glob("*.safetensors")) for n in ("whole", "parts")]
    assert newest[0].read_bytes() == newest[1].read_bytes()
    files = [(tmp_path / name / "events.jsonl").read_bytes() for name in ("whole", "parts")]
    assert files[0] == files[1]


@pytest.mark.parametrize("chosen", ["bfloat16"], indirect=True)
@pytest.mark.parametrize("damage", ["missing", "no JSON", "unknown", "link"])
def test_a_damaged_record_is_not_replaced_by_another_choice(tiny, tmp_path, chosen, damage):
    made = tiny.recipe(precision="auto", epochs=1)
    stopped_after(tiny, tmp_path / "run", made, 7)
    path = tmp_path / "run/precision.json"
    text = path.read_text()
    path.unlink()
    if damage == "no JSON":
        path.write_text("{")
    elif damage == "unknown":
        path.write_text(text.replace(f'"{chosen}"', '"int8"'))
    elif damage == "link":
        (tmp_path / "elsewhere").write_text(text)
        path.symlink_to(tmp_path / "elsewhere")
    with (
        tiny.open_run(tmp_path / "run") as run,
        pytest.raises(FormatError, match=r"precision\.json"),
    ):
        list(train(tiny.job(made), run))


def test_the_learning_rate_range_test_says_its_precision(tiny, chosen):
    made = tiny.recipe(precision="auto")
    result = lr_range_test(tiny.job(made), made, low=1e-3, high=1e-2, steps=10)
    assert result.precision == chosen
    assert result.note == CHOSEN[chosen].sentence()
    stated = tiny.recipe(precision=chosen)
    same = lr_range_test(tiny.job(stated), stated, low=1e-3, high=1e-2, steps=10)
    assert same.losses == result.losses
    assert not same.note


def test_whitening_is_computed_in_float32(tiny):
    made = tiny.recipe()
    job = tiny.job(made)
    images = torch.randint(0, 256, (4, *tiny.INPUT), dtype=torch.uint8)
    object.__setattr__(job, "precision", "bfloat16")
    object.__setattr__(job, "training_preprocessing", Matrix())
    seen = []
    forward = Forward(job.network)
    forward.register_forward_pre_hook(lambda _m, inputs: seen.append(inputs[0].clone()))
    job.loss(forward, made, Part(images, torch.zeros(4, dtype=torch.int64), None))
    torch.testing.assert_close(seen[0], images.float() @ torch.full((8, 8), 1 / 3))


class Matrix(torch.nn.Module):
    """Each row of an image times a matrix that bfloat16 cannot hold."""

    def forward(self, images_NCHW):
        return images_NCHW.float() @ torch.full((8, 8), 1 / 3)
