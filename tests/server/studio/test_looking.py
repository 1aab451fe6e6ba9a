"""Looking inside in the studio: tasks equal `Model.look`, stored images, passes of the server."""

import importlib
import json
import shlex
import struct

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

import convscope
from convscope.errors import InputError
from convscope.lang import spoken, translate
from convscope.server.studio.looking import forward, images, visual
from convscope.server.studio.looking.command import BUDGET_S, command_line
from convscope.server.studio.looking.names import named_model
from convscope.server.studio.looking.records import VisualRequest
from convscope.server.studio.looking.texts import translated
from convscope.server.studio.worker.tasks import TASKS
from convscope.server.studio.worker.worker import Worker
from convscope.visuals import VISUALS, cost
from convscope.visuals.settings import described

SETTINGS = {
    "confusion_gallery": {"num_pairs": 3},
    "deconvnet": {"place": [1, 2]},
    "embedding": {"num_images": 12, "num_thumbnails": 4},
    "intervene": {"action": "scale", "factor": 0.5, "max_channels": 3},
    "maximise": {"steps": 3, "num_images": 1},
    "occlusion": {"size": 8, "stride": 8},
    "receptive_field": {"num_images": 2},
    "robustness": {"kinds": ["noise", "blur"], "num_images": 6},
    "smooth_grad": {"samples": 2, "noise": 0.2},
    "top_patches": {"units": [0, 3]},
}
"""Settings that differ from the defaults, and keep the tests short."""

NEEDS_RELU = ("guided_backprop", "guided_grad_cam")  # LeNet-5 has none


def silent(_done, _total=None, _text=""):
    return None


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    random = np.random.default_rng(5)
    pixels_HW = np.zeros((28, 28), np.uint8)
    pixels_HW[6:22, 9:19] = random.integers(60, 256, (16, 10))
    path = tmp_path_factory.mktemp("image") / "digit.png"
    Image.fromarray(pixels_HW).save(path)
    return path


def arguments(request, *, model, image=None, data=None, language="en"):
    opened = {"model": str(model), "data": None if data is None else str(data)}
    opened["image"] = None if image is None else str(image)
    return {
        "request": json.dumps({"model": "m", **request}),
        **opened,
        "shown": opened,
        "language": language,
    }


@pytest.mark.parametrize("name", VISUALS)
def test_a_visual_is_that_of_the_model(name, tiny_run, digits, image):
    about = described(name)
    with_image = about.image != "none"
    with_data = about.data == "required" or name == "robustness"
    request = {"visual": name, "settings": SETTINGS.get(name, {})}
    split = "val" if with_data else None
    args = arguments(
        request | {"split": split},
        model=tiny_run,
        image=image if with_image else None,
        data=digits if with_data else None,
    )
    model = convscope.open(tiny_run)
    if name in NEEDS_RELU:
        with pytest.raises(InputError, match="ReLU"):
            visual.look(args, silent)
        return
    expected = model.look(
        name,
        image if with_image else None,
        data=digits if with_data else None,
        split=split,
        settings=request["settings"],
    )
    seen = json.loads(visual.look(args, silent))
    assert seen["payload"] == json.loads(expected.to_json())
    assert seen["command"].startswith(f"convscope look {name} {tiny_run}")


def test_layer_unit_and_class_are_passed_on(tiny_run, image):
    request = {"visual": "maximise", "layer": "tanh1", "unit": 2, "settings": {"steps": 2}}
    seen = json.loads(visual.look(arguments(request, model=tiny_run), silent))
    assert "tanh1" in json.dumps(seen["payload"])
    wrong = arguments({"visual": "grad_cam", "target": "class 99"}, model=tiny_run, image=image)
    with pytest.raises(InputError, match="class 99"):
        visual.look(wrong, silent)


def test_texts_of_a_payload_are_in_the_language_of_the_page(tiny_run, image):
    request = {"visual": "saliency"}
    english, chinese = (
        json.loads(
            visual.look(arguments(request, model=tiny_run, image=image, language=each), silent)
        )
        for each in ("en", "zh")
    )
    assert english["payload"]["caption"] != chinese["payload"]["caption"]
    assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese["payload"]["caption"])
    assert english["payload"]["values"] == chinese["payload"]["values"]
    assert english["command"] == chinese["command"]
    assert translate("steps") == "steps"  # the language of the process is as before


def test_heads_of_tables_are_translated_and_classes_are_not():
    payload = {
        "kind": "table",
        "columns": ["strength", "probability"],
        "rows": [["red fox", 0.5]],
        "scale": {"label": "pixel", "colours": "viridis"},
    }
    with spoken("zh"):
        chinese = translated(payload)
    assert chinese == payload | {"columns": ["强度", "概率"]}
    assert translated(payload) == payload


def test_descriptions_are_in_the_language_of_the_page():
    english, chinese = (visual.described({"language": each}, silent) for each in ("en", "zh"))
    assert [one["name"] for one in english] == [one["name"] for one in chinese]
    for one, other in zip(english, chinese, strict=True):
        assert one["summary"] != other["summary"], one["name"]
        assert one["group"] != other["group"]


def test_progress_is_reported_and_cancels(tiny_run, image):
    rows = []

    class Stop(BaseException):
        pass

    def report(done, total=None, text=""):
        rows.append((done, total, text))
        if done == 2:
            raise Stop

    request = {"visual": "smooth_grad", "settings": {"samples": 64}}
    with pytest.raises(Stop):
        visual.look(arguments(request, model=tiny_run, image=image), report)
    assert rows[-1][0] == 2
    assert rows[-1][1] > 2


def test_an_estimate_follows_the_settings(tiny_run, image):
    def passes(**settings):
        args = arguments(
            {"visual": "smooth_grad", "settings": settings}, model=tiny_run, image=image
        )
        return visual.estimate(args, silent)["cost"]["backward"]

    assert (passes(samples=8), passes(samples=16)) == (8, 16)
    args = arguments({"visual": "smooth_grad"}, model=tiny_run)
    assert visual.estimate(args, silent)["cost"] is None  # without an image


def test_the_command_line_computes_the_same(tiny_run, image, tmp_path):
    from convscope.cli import app

    request = {
        "visual": "occlusion",
        "layer": "tanh1",
        "target": "3",
        "settings": {"size": 8, "stride": 8},
    }
    seen = json.loads(visual.look(arguments(request, model=tiny_run, image=image), silent))
    words = shlex.split(seen["command"])[1:]
    result = CliRunner().invoke(app, [*words, "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == seen["payload"]


def test_commands_name_what_differs_from_the_defaults():
    request = VisualRequest(
        visual="top_patches", model="m", settings={"units": [9, 11], "num_units": 4}, budget=None
    )
    line = command_line(request, model="runs/a b", image=None, data="mnist", is_digit=True)
    assert line == (
        "convscope look top_patches 'runs/a b' --data mnist --set units=9,11 --set num_units=4"
        " --budget none"
    )
    assert BUDGET_S == cost.BUDGET_S


def test_images_are_stored_once_and_bounded(studio, monkeypatch):
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    route = "/api/look/images?width=7&height=5&channels=3"
    headers = {"content-type": "application/octet-stream"}
    first = studio.post(route, content=pixels.tobytes(), headers=headers).json()
    assert studio.post(route, content=pixels.tobytes(), headers=headers).json() == first
    path = studio.workspace.root / first["path"]
    assert np.array_equal(np.asarray(Image.open(path)), pixels)
    short = studio.post(route, content=b"1234", headers=headers)
    assert short.status_code == 422
    assert "105 bytes" in short.json()["error"]["expected"]
    assert studio.post(route, content=b"1" * 106, headers=headers).status_code == 413
    assert studio.post(route, content=b"").status_code == 415
    huge = "/api/look/images?width=100000&height=100000&channels=1"
    assert studio.post(huge, content=b"", headers=headers).status_code == 413
    two = "/api/look/images?width=1&height=1&channels=2"
    assert studio.post(two, content=b"12", headers=headers).status_code == 422
    monkeypatch.setattr(images, "MOST_FILES", 3)
    for grey in range(5):
        images.store(studio.workspace, bytes([grey]), width=1, height=1, channels=1)
    assert len(list(images.folder(studio.workspace).iterdir())) == 3


@pytest.mark.parametrize(
    "name", ["../outside", "/etc/passwd", "none", "resnet50@nobody", "runs/none", "a\0b"]
)
def test_models_outside_the_workspace_are_refused(name, studio):
    answer = studio.post("/api/look/visual", json={"visual": "filters", "model": name})
    assert answer.status_code == 422, answer.text
    assert answer.json()["error"]["given"]


def test_names_are_those_of_the_command_line(studio):
    assert named_model(studio.workspace, "lenet5") == ("lenet5", "lenet5")
    folder = studio.workspace.root / "runs" / "tiny"
    assert named_model(studio.workspace, "runs/tiny") == ("runs/tiny", str(folder))


@pytest.fixture
def in_process(monkeypatch):
    """Compute tasks of the worker in this process: a child would take seconds to start."""

    async def run(_worker, name, args, _request=None):
        module, _, function = TASKS[name].partition(":")
        result = getattr(importlib.import_module(module), function)(args, silent)
        return result if isinstance(result, bytes) else json.dumps(result).encode()

    monkeypatch.setattr(Worker, "run", run)


def test_routes_compute_what_the_tasks_do(studio, in_process):
    one = next(
        row for row in studio.get("/api/look/visuals").json()["visuals"] if row["name"] == "filters"
    )
    assert one["settings"]["properties"]["max_kernels"]["minimum"] == 1
    request = {"visual": "filters", "model": "runs/tiny", "settings": {"max_kernels": 4}}
    seen = studio.post("/api/look/visual", json=request).json()
    model = convscope.open(studio.workspace.root / "runs" / "tiny")
    expected = model.look("filters", settings={"max_kernels": 4})
    assert seen["payload"] == json.loads(expected.to_json())
    assert seen["command"] == "convscope look filters runs/tiny --set max_kernels=4"
    wrong = studio.post("/api/look/visual", json=request | {"settings": {"max_kernel": 4}})
    assert wrong.status_code == 422
    assert "max_kernels" in wrong.text
    described = studio.get("/api/look/manifest?model=runs/tiny").json()
    sample = described["samples"][3]["file"].removeprefix("samples/")
    image = studio.get(f"/api/look/sample?model=runs/tiny&name={sample}")
    assert image.content.startswith(b"\x89PNG")
    assert studio.get("/api/look/sample?model=lenet5&name=x").status_code == 422
    part = studio.get("/api/look/parameter?model=runs/tiny&name=conv1.bias")
    assert unpacked(part.content)[1][0].shape == (6,)


def test_an_image_is_sent_once_and_looked_at(studio, in_process):
    pixels = np.zeros((28, 28), np.uint8)
    pixels[8:20, 12:16] = 250
    headers = {"content-type": "application/octet-stream"}
    route = "/api/look/images?width=28&height=28&channels=1"
    stored = studio.post(route, content=pixels.tobytes(), headers=headers).json()
    request = {"model": "runs/tiny", "image": stored["id"]}
    answer = studio.post("/api/look/forward", json=request | {"layers": ["conv1"]})
    assert unpacked(answer.content)[1][1].shape == (6, 28, 28)
    seen = studio.post("/api/look/visual", json=request | {"visual": "saliency"}).json()
    assert seen["command"] == (
        f"convscope look saliency runs/tiny .convscope/images/{stored['id']}.png"
    )
    cost = studio.post("/api/look/estimate", json=request | {"visual": "saliency"}).json()
    assert cost["cost"]["forward"] == 1
    missing = studio.post("/api/look/forward", json=request | {"image": "../../secret"})
    assert missing.status_code == 404


def unpacked(block):
    (length,) = struct.unpack("<I", block[:4])
    header = json.loads(block[4 : 4 + length])
    values = np.frombuffer(block[4 + length :], np.float32)
    arrays, at = [], 0
    for shape in header["shapes"]:
        size = int(np.prod(shape))
        arrays.append(values[at : at + size].reshape(shape))
        at += size
    assert at == len(values)
    return header, arrays


def forward_args(model, image, **request):
    body = {"model": "m", "image": "0" * 16, **request}
    return {"request": json.dumps(body), "model": str(model), "image": str(image)}


def test_passes_of_the_server_are_those_of_the_network(tiny_run, image):
    layers = ["", "conv1", "tanh2", "fc2"]
    _, arrays = unpacked(forward.forward(forward_args(tiny_run, image, layers=layers), silent))
    model = convscope.open(tiny_run)
    prepared = model.preprocessing(model.prepare(image))
    with torch.inference_mode():
        logits = model.network(prepared)
    assert np.allclose(arrays[0], torch.softmax(logits, 1)[0])
    assert np.allclose(arrays[1], prepared[0])
    assert arrays[2].shape == (6, 28, 28)
    assert np.allclose(arrays[4], logits[0])


def test_changes_act_on_one_pass_only(tiny_run, image):
    def shares(**changes):
        args = forward_args(tiny_run, image, layers=["conv1"], changes=changes)
        return unpacked(forward.forward(args, silent))[1]

    before = shares()
    values = {"conv1.weight": {"0": 0.5, "7": -1.0}, "fc2.bias": {"3": 4.0}}
    edited = shares(values=values, off={"conv1": [1]})
    model = convscope.open(tiny_run)
    with torch.no_grad():
        for name, numbers in values.items():
            for place, value in numbers.items():
                model.network.state_dict()[name].view(-1)[int(place)] = value
        hook = model.network.conv1.register_forward_hook(
            lambda _layer, _input, output: (
                output * torch.tensor([1, 0, 1, 1, 1, 1]).view(1, 6, 1, 1)
            )
        )
        logits = model.network(model.preprocessing(model.prepare(image)))
        hook.remove()
    assert np.allclose(edited[0], torch.softmax(logits, 1)[0], atol=1e-6)
    assert not edited[1][1].any()
    assert not np.allclose(edited[0], before[0])
    for array, again in zip(before, shares(), strict=True):
        assert np.array_equal(array, again)


@pytest.mark.parametrize(
    "changes",
    [
        {"values": {"conv9.weight": {"0": 1.0}}},
        {"values": {"conv1.weight": {"150": 1.0}}},
        {"values": {"conv1.weight": {"-1": 1.0}}},
        {"values": {"conv1.weight": {"x": 1.0}}},
        {"off": {"conv9": [0]}},
        {"off": {"conv1": [6]}},
    ],
)
def test_changes_that_do_not_fit_change_nothing(changes, tiny_run, image):
    plain = forward_args(tiny_run, image)
    before = forward.forward(plain, silent)
    mixed = {"values": {"conv1.weight": {"3": 9.0}}, **changes} if "off" in changes else changes
    with pytest.raises(InputError):
        forward.forward(forward_args(tiny_run, image, changes=mixed), silent)
    expected, again = unpacked(before)[1], unpacked(forward.forward(plain, silent))[1]
    assert np.array_equal(expected[0], again[0])


def test_parameters_are_sent_in_parts(tiny_run):
    state = convscope.open(tiny_run).network.state_dict()
    args = {"model": str(tiny_run), "name": "fc1.weight", "first": 3, "count": 2}
    header, (rows,) = unpacked(forward.parameter(args, silent))
    assert header["shape"] == list(state["fc1.weight"].shape)
    assert np.array_equal(rows, state["fc1.weight"][3:5])
    whole = forward.parameter(args | {"first": None}, silent)
    assert np.array_equal(unpacked(whole)[1][0], state["fc1.weight"])
    with pytest.raises(InputError):
        forward.parameter(args | {"name": "fc9.weight"}, silent)


def test_a_model_is_described_without_a_file(tiny_run):
    rows = json.loads(forward.manifest({"model": str(tiny_run)}, silent))
    assert rows["onnx"]["bytes"] == 0
    conv1 = next(step for step in rows["steps"] if step["path"] == "conv1")
    assert conv1["parameters"] == {"weight": "conv1.weight", "bias": "conv1.bias"}
    name = rows["samples"][0]["file"].removeprefix("samples/")
    content = forward.sample({"model": str(tiny_run), "name": name}, silent)
    assert content.startswith(b"\x89PNG")
