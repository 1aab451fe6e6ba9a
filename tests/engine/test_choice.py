"""The choice of an engine: what is measured, remembered, forced and left to PyTorch."""

import json
import multiprocessing
import os

import numpy as np
import pytest
import torch

import convscope
from convscope.engine import choice, remembered
from convscope.engine.choice import fastest
from convscope.engine.measure import REFERENCE, Measured
from convscope.engine.nominal import seconds_per_image
from convscope.engine.passes import EngineOptions, Passes
from convscope.engine.state import digest, state_of
from convscope.errors import InputError
from convscope.network import build
from convscope.opening import untrained


@pytest.fixture
def net():
    return build(convscope.load("lenet5"), seed=0).eval()


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.setattr(remembered, "engines_folder", lambda: tmp_path / "engines")
    return tmp_path / "engines"


INPUTS = torch.linspace(-1, 1, 2 * 32 * 32).reshape(2, 1, 32, 32)


def forget():
    choice._memories.clear()


def measured(start_s, seconds):
    return Measured(start_s=start_s, seconds=seconds, difference=0, agreeing=2, images=2)


def rewrite(folder, **figures):
    """Put figures of engines into the one file."""
    (file,) = folder.iterdir()
    content = json.loads(file.read_text())
    for label, (start_s, seconds) in figures.items():
        content["measured"][label.replace("_", " ")] = measured(start_s, seconds).model_dump()
    file.write_text(json.dumps(content))
    forget()


def test_a_choice_is_remembered_and_not_measured_again(net, folder, monkeypatch):
    first = fastest(net, INPUTS)
    assert first.measured is not None
    assert not first.is_remembered
    forget()
    monkeypatch.setattr(choice, "measure", None)
    second = fastest(net, INPUTS)
    assert second.is_remembered
    assert (second.engine.name, second.numbers) == (first.engine.name, first.numbers)
    assert second.measured == first.measured
    with torch.no_grad():
        torch.testing.assert_close(second.engine(INPUTS.clone())[0], net(INPUTS), rtol=1e-4, atol=0)


@pytest.mark.parametrize(
    ("num_images", "name"), [(10, "PyTorch"), (1_000_000, "ONNX Runtime"), (None, "OpenVINO")]
)
def test_the_start_counts_where_the_number_of_images_is_known(
    net, folder, monkeypatch, num_images, name
):
    fastest(net, INPUTS)
    labels = {"ONNX Runtime, float32": (1.0, 1e-3), "OpenVINO, float32": (600.0, 0.5e-3)}
    slow = dict.fromkeys([REFERENCE, "PyTorch, folded, float32"], (0.0, 2e-3))
    rewrite(folder, **labels, **slow)
    monkeypatch.setattr(choice, "SHORT_S", 0)
    assert fastest(net, INPUTS, num_images=num_images).engine.name == name


def test_few_images_run_in_pytorch_and_nothing_is_measured_or_written(net, folder):
    chosen = fastest(net, INPUTS, num_images=2)
    assert (chosen.engine.name, chosen.measured, chosen.sentences) == ("PyTorch", None, ())
    assert torch.equal(chosen.engine(INPUTS)[0], net(INPUTS))
    assert not folder.exists()
    assert 2 * seconds_per_image(net) < 0.1


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: "",
        lambda text: "[" * 10_000,
        lambda text: text.replace("convscope engines 1", "convscope engines 9"),
        lambda text: text.replace('"threads": ', '"threads": 1'),
        lambda text: text.replace('"seconds"', '"second"'),
        lambda text: text.replace("PyTorch, float32", "another"),
        lambda text: "x" * 100_000,
    ],
)
def test_damaged_and_foreign_files_are_said_and_written_again(net, folder, damage):
    fastest(net, INPUTS)
    (file,) = folder.iterdir()
    file.write_text(damage(file.read_text()))
    forget()
    notes = []
    assert not fastest(net, INPUTS, note=notes.append).is_remembered
    assert len(notes) == 1
    assert str(file) in notes[0]
    assert "measured again" in notes[0]
    forget()
    assert fastest(net, INPUTS).is_remembered


def test_a_remembered_engine_that_is_gone_is_replaced_by_pytorch(net, folder):
    fastest(net, INPUTS)
    rewrite(folder, **{"Gone, float32": (0.0, 1e-9)})
    notes = []
    assert fastest(net, INPUTS, note=notes.append).engine.name == "PyTorch"


def test_a_folder_that_cannot_be_written_is_said(net, folder):
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("a file in the place of the folder")
    notes = []
    assert fastest(net, INPUTS, note=notes.append).measured is not None
    assert any("not remembered" in note for note in notes)


def test_other_weights_threads_and_levels_have_keys_of_their_own(net):
    def key(level="exact", num_images=2):
        name = digest(net)
        return str(remembered.key_of(net, name, level, num_images=num_images, paths=()))

    before, threads = key(), torch.get_num_threads()
    keys = {before, key("fast"), key(num_images=1)}
    torch.set_num_threads(threads + 1)
    keys.add(key())
    torch.set_num_threads(threads)
    with torch.no_grad():
        next(net.parameters()).mul_(2)
    keys.add(key())
    assert len(keys) == 5
    assert digest(build(convscope.load("lenet5"), seed=0)) in before


def swap(net):
    weight = net.get_submodule("conv1").weight.data
    weight[[0, 1]] = weight[[1, 0]].clone()


def replace(net):
    net.get_submodule("conv1").stride = (2, 2)


def replace_module(net):
    net.set_submodule("tanh1", torch.nn.ReLU())


@pytest.mark.parametrize("change", [swap, replace, replace_module])
def test_changes_that_pytorch_does_not_count_change_the_state(net, change):
    names = dict(net.named_modules())
    before = state_of(net)
    assert state_of(net) == before
    assert {"conv1", "tanh1"} <= set(names)
    change(net)
    assert state_of(net) != before


@pytest.mark.parametrize("name", ["PyTorch", "ONNX Runtime", "OpenVINO"])
def test_an_engine_can_be_forced(net, name, monkeypatch):
    monkeypatch.setenv("CONVSCOPE_ENGINE", name.replace(" ", "").lower())
    assert fastest(net, INPUTS, num_images=1).engine.name == name


def test_a_forced_engine_that_is_unknown_or_absent_is_an_error(net, monkeypatch):
    monkeypatch.setenv("CONVSCOPE_ENGINE", "openvin")
    with pytest.raises(InputError, match="openvin") as caught:
        fastest(net, INPUTS)
    assert "openvino" in caught.value.fix
    monkeypatch.setenv("CONVSCOPE_ENGINE", "openvino")
    monkeypatch.setitem(__import__("sys").modules, "openvino", None)
    with pytest.raises(InputError, match="OpenVINO does not run"):
        fastest(net, INPUTS)


def in_training(net):
    net.get_submodule("conv1").train()


def with_hook(net):
    net.get_submodule("conv1").register_forward_pre_hook(lambda *_: None)


@pytest.mark.parametrize(
    ("change", "inputs_NCHW", "reason"),
    [
        (in_training, INPUTS, "training mode"),
        (with_hook, INPUTS, "hooks"),
        (lambda net: net.double(), INPUTS.double(), "not float32"),
        (lambda _: None, torch.zeros(1, 1, 40, 40), "another size"),
    ],
)
def test_pytorch_is_used_with_a_reason(net, change, inputs_NCHW, reason):
    change(net)
    chosen = fastest(net, inputs_NCHW, level="fast")
    assert (chosen.engine.name, chosen.measured) == ("PyTorch", None)
    assert reason in chosen.sentences[0]


def test_one_engine_computes_all_batches_of_a_call_and_is_said_once(net, monkeypatch):
    monkeypatch.setenv("CONVSCOPE_ENGINE", "openvino")
    sentences = []
    passes = Passes(net, "fast", say=sentences.append)
    with torch.inference_mode():
        logits = [passes(INPUTS.clone()) for _ in range(3)]
    assert torch.equal(logits[0], logits[2])
    first, *others = sentences
    assert first.startswith("engine: OpenVINO, fast (")
    if "fast (float32)" in first:  # as fast, so that nothing is compared
        assert others == []
    else:
        assert ["against float32" in other for other in others] == [True]
    assert passes.engine.startswith("OpenVINO, ")


@pytest.mark.parametrize("level", ["exact", "fast"])
def test_predictions_of_an_engine_are_those_of_pytorch(level, monkeypatch):
    model = untrained(convscope.load("lenet5"))
    images = [np.full((32, 32), value, np.uint8) for value in (0, 90, 200)]
    expected = [p.top[0] for p in model.predict(images, topk=1)]
    monkeypatch.setenv("CONVSCOPE_ENGINE", "onnxruntime")
    sentences = []
    options = EngineOptions(level, say=sentences.append)
    for prediction, score in zip(model.predict(images, engine=options), expected, strict=True):
        assert prediction.top[0].label == score.label
        assert prediction.top[0].probability == pytest.approx(score.probability, rel=1e-4)
    assert "ONNX Runtime" in sentences[0]


def write_often(folder, number):
    key = {"number": 0}
    remembered.engines_folder = lambda: folder
    for _ in range(20):
        remembered.write(key, {REFERENCE: measured(0, number + 1)}, raise_)
        assert remembered.read(key, raise_) is not None


def raise_(note):
    raise AssertionError(note)


def test_processes_beside_each_other_write_whole_files(folder):
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=write_often, args=(folder, n)) for n in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert len(os.listdir(folder)) == 1
