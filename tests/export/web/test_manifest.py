"""`model.json` against the ONNX file and PyTorch: tensors, edges, parameters, prepared image."""

import json

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import numpy_helper

from convscope.arch import Chain, Composition
from convscope.arch.block import COMPOSITIONS
from convscope.export.onnx import onnx_model
from convscope.export.web import target
from convscope.export.web.manifest import JOINS, Manifest, steps
from convscope.layers import LAYERS
from convscope.network import build_block

from .pages import digits, joined

MODELS = {"digits": digits, "joined": joined}


@pytest.fixture(params=MODELS)
def exported(request, fake_page, tmp_path, monkeypatch):
    """A model, its manifest, and its ONNX file, which is verified elsewhere."""
    monkeypatch.setattr(target, "require_agreement", lambda *_: None)
    model = MODELS[request.param]()
    model.export("web", tmp_path / "out", training=False)
    place = tmp_path / "out" / "model"
    text = (place / "model.json").read_text(encoding="utf-8")
    return model, Manifest.model_validate_json(text), place / "model.onnx"


def test_every_step_is_an_output_of_its_shape_and_the_prepared_image_is_pytorch_s(exported):
    model, manifest, file = exported
    session = onnxruntime.InferenceSession(file)
    channels = manifest.input[0]
    image = np.random.randint(0, 256, (1, 23, 31, channels), dtype=np.uint8)
    names = [output.name for output in session.get_outputs()]
    values = dict(zip(names, session.run(names, {manifest.onnx.image: image}), strict=True))
    raw = torch.from_numpy(image).permute(0, 3, 1, 2)
    prepared = model.preprocessing(raw).numpy()
    assert np.abs(values[manifest.onnx.prepared] - prepared).max() < 1e-5
    assert prepared.shape == (1, *manifest.input)
    with torch.inference_mode():
        expected = model.network(torch.from_numpy(prepared)).softmax(1).numpy()
    assert np.abs(values[manifest.onnx.probabilities] - expected).max() < 1e-5
    for step in manifest.steps:
        assert values[step.path].shape[1:] == step.shape, step.path
    assert {step.path for step in manifest.steps} < set(names)


def test_inputs_are_the_edges_of_the_graph(exported):
    _, manifest, file = exported
    graph = onnx.load(file).graph
    node_of = {output: node for node in graph.node for output in node.output}
    named = {step.path: step.path for step in manifest.steps} | {manifest.onnx.prepared: ""}
    stored = {tensor.name for tensor in graph.initializer}

    def sources(tensor):
        """Named tensors from which one is computed."""
        for name in node_of[tensor].input:
            if name in named:
                yield named[name]
            elif name and name not in stored:
                yield from sources(name)

    for step in manifest.steps:
        assert list(dict.fromkeys(sources(step.path))) == list(dict.fromkeys(step.inputs))


def test_parameters_are_initialisers_with_the_values_of_the_state_dict(exported):
    model, manifest, file = exported
    stored = {t.name: numpy_helper.to_array(t) for t in onnx.load(file).graph.initializer}
    weights = {k: v.numpy() for k, v in model.network.state_dict().items()}
    tensors = [name for step in manifest.steps for name in step.parameters.values()]
    used = {name for name in weights if not name.endswith("num_batches_tracked")}
    assert sorted(tensors) == sorted(used)
    for step in manifest.steps:
        for name, tensor in step.parameters.items():
            assert tensor == f"{step.path}.{name}"
            np.testing.assert_array_equal(stored[tensor], weights[tensor])


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.__name__)
def test_every_layer_has_a_step_whose_parameters_the_file_holds_as_pytorch_does(layer):
    for example in layer.examples:
        block = Chain(part=example.layer)
        module = build_block(block, example.input).eval()
        weights = {k: v.numpy() for k, v in module.state_dict().items()}
        model = onnx_model(block, example.input, weights)
        stored = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
        for name, values in weights.items():
            if not name.endswith("num_batches_tracked"):
                np.testing.assert_array_equal(stored[name], values, err_msg=name)


def test_every_composition_has_a_label():
    joining = {each.__name__ for each in COMPOSITIONS if each.flow == "branches"}
    assert set(JOINS) == joining
    assert all(issubclass(each, Composition) for each in COMPOSITIONS)


def test_receptive_fields_of_lenet5_are_those_of_the_paper():
    model = digits()
    fields = {step.path: step.field.rows for step in steps(model.architecture, ())}
    rows = [(path, fields[path].size, fields[path].stride) for path in ("conv1", "pool1", "conv2")]
    assert rows == [("conv1", 5, 1), ("pool1", 6, 2), ("conv2", 14, 2)]


def test_settings_are_those_of_the_architecture_s_json(exported):
    model, manifest, _ = exported

    def at(path):
        block = json.loads(model.architecture.to_json())["block"]
        for name in path.split("."):
            block = block.get("blocks", block)[name]
        return block

    for step in manifest.steps:
        if step.role != "join":
            assert {"type": step.type} | step.settings == at(step.path)


def test_a_manifest_is_strict():
    with pytest.raises(ValueError, match="labels"):
        Manifest.model_validate_json('{"format": 1, "name": "a"}')
