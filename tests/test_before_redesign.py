"""Files written by the commit before the redesign open, predict the same bits and resume.

The fixtures were written on one processor, whose description they carry. There every bit must
agree; other processors add in another order, so there the numbers must agree closely.
"""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
import torch

import convscope
from convscope.training.recipe.recipe import Recipe
from convscope.training.run.events import read_events
from convscope.training.start import resume

FOLDER = Path(__file__).parent / "fixtures" / "before_redesign"
EXPECTED = json.loads((FOLDER / "expected.json").read_text())


def processor():
    """Model name, family and model of the first processor, as Linux reports them."""
    path = Path("/proc/cpuinfo")
    fields = {}
    for line in path.read_text().splitlines() if path.exists() else []:
        name, _, value = line.partition(":")
        fields.setdefault(name.strip(), value.strip())
    return " ".join(fields.get(name, "") for name in ("model name", "cpu family", "model"))


SAME_PROCESSOR = processor() == EXPECTED["processor"]
TOLERANCE = {"rtol": 0, "atol": 0} if SAME_PROCESSOR else {"rtol": 1e-4, "atol": 1e-4}


@pytest.fixture
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def weights_sha256(state):
    digest = hashlib.sha256()
    for name in sorted(state):
        digest.update(name.encode())
        digest.update(state[name].contiguous().numpy().tobytes())
    return digest.hexdigest()


@pytest.fixture
def model():
    return convscope.open(FOLDER / "model.safetensors")


def test_a_model_file_keeps_every_bit_of_its_weights(model):
    assert weights_sha256(model.network.state_dict()) == EXPECTED["weights_sha256"]
    assert model.labels == tuple("0123456789")


def test_a_model_predicts_as_before(model, one_thread):
    images_NCHW = convscope.data.open("mnist").split("test").images_NCHW[:8]
    with torch.no_grad():
        logits_NK = model.network(model.preprocessing(images_NCHW))
    expected_NK = torch.tensor(EXPECTED["logits"])
    # photos and digits are resized by other loops since: sums in another order
    torch.testing.assert_close(logits_NK, expected_NK, rtol=1e-5, atol=1e-5)


def kept(new, old):
    """Return the part of a JSON tree that another one has too: settings came later."""
    if isinstance(old, dict) and isinstance(new, dict):
        return {name: kept(value, old[name]) for name, value in new.items() if name in old}
    return new


def test_a_recipe_reads_as_before():
    text = (FOLDER / "recipe.json").read_text()
    recipe = Recipe.from_json(text)
    assert kept(json.loads(recipe.to_json()), json.loads(text)) == json.loads(text)
    assert (recipe.sampler, recipe.loss.class_weights) == ("shuffle", None)


def test_a_stopped_run_resumes_to_the_same_end(tmp_path, one_thread):
    run = tmp_path / "run"
    shutil.copytree(FOLDER / "run", run)
    before = (run / "events.jsonl").read_bytes()
    for _ in resume(run):
        pass
    assert (run / "events.jsonl").read_bytes().startswith(before)
    events = [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]
    assert [(e["type"], e.get("step")) for e in events] == [
        (e["type"], e.get("step")) for e in EXPECTED["events"]
    ]
    if SAME_PROCESSOR:
        assert events == EXPECTED["events"]
        state = convscope.open(run).network.state_dict()
        assert weights_sha256(state) == EXPECTED["weights_sha256"]
    else:
        last, expected = events[-1], EXPECTED["events"][-1]
        assert abs(last["validation_accuracy"] - expected["validation_accuracy"]) < 0.03
    assert len(read_events(run / "events.jsonl").events) == len(events)
