"""`bench`: rows, engines that are missing, its JSON, and inputs that do not fit."""

import numpy as np
import pytest
import torch

import convscope
from convscope import lang
from convscope.bench import Bench, Options, bench
from convscope.bench.candidates import CANDIDATES, reason_against, selected
from convscope.bench.job import with_input
from convscope.bench.measure import compared, data_images
from convscope.bench.records import read_bench
from convscope.engine.calibrated import Images
from convscope.engine.rates import Rates
from convscope.errors import ArchitectureError, FormatError, InputError
from convscope.network import build


@pytest.fixture(scope="module")
def result():
    network = build(convscope.load("lenet5")).eval()
    options = Options(
        batch_sizes=(2, 1),
        seconds=0.05,
        engines=("pytorch-folded",),
        levels=("exact", "int8"),
        layers=True,
    )
    steps = []
    measured = bench(network, options, progress=lambda done, total: steps.append((done, total)))
    assert steps[-1][0] == steps[-1][1]
    return measured


def test_every_engine_has_a_row_for_each_batch_size(result):
    names = [(row.engine, row.level, row.batch_size) for row in result.rows]
    keys = ("pytorch", "pytorch-folded")
    assert names == [(key, "exact", batch) for batch in (1, 2) for key in keys]
    reference = result.rows[0]
    assert (reference.times_as_fast, reference.difference, reference.agreement) == (1, 0, 1)
    for row in result.rows:
        assert row.ms_low <= row.ms <= row.ms_high
        assert row.images_per_s == pytest.approx(1000 * row.batch_size / row.ms)
        rate = 2 * 416_520 * row.batch_size / (row.ms / 1000)
        assert row.rate_share == pytest.approx(rate / result.rates["float32"])
        assert row.difference < 1e-5
        assert row.memory_bytes is None or row.memory_bytes > 61_706 * 4


def test_layers_of_the_engine_that_was_named(result):
    profile = result.profile
    assert (profile.engine, profile.batch_size) == ("pytorch-folded", 2)
    total = sum(layer.ms for layer in profile.layers) + profile.other_ms
    assert total == pytest.approx(profile.total_ms)
    macs = {layer.path: layer.macs for layer in profile.layers if layer.macs}
    assert macs == {"conv1": 235_200, "conv2": 480_000, "conv3": 96_000, "fc1": 20_160, "fc2": 1680}


def test_json_comes_back(result, tmp_path):
    file = tmp_path / "times.json"
    file.write_text(result.to_json())
    assert read_bench(file) == result
    assert Bench.model_validate(result.to_dict(), strict=False) == result
    lines = result.to_markdown().splitlines()
    assert len(lines) == 2 + len(result.rows) + 1 + 2 + len(result.profile.layers) + 2


@pytest.mark.parametrize("text", ["", "[1]", '{"rows": []}', "\x00\x01"])
def test_other_files_are_rejected(text, tmp_path):
    file = tmp_path / "times.json"
    file.write_text(text)
    with pytest.raises(FormatError, match="not the result of a benchmark"):
        read_bench(file)


def test_times_of_another_network_are_rejected(result):
    with pytest.raises(InputError, match="has no layer tanh1"):
        result.timings_of(convscope.load("alexnet_owt"))
    bare = result.model_copy(update={"profile": None})
    with pytest.raises(InputError, match="no milliseconds per layer"):
        bare.timings_of(convscope.load("lenet5"))


@pytest.mark.parametrize(
    ("place", "update", "sentence"),
    [
        (0, {"ms": 1e300}, "ms, in all"),
        (0, {"path": "tanh1"}, "none for the layer conv1"),
        (1, {"inside": "conv9"}, "counted in conv9"),
        (2, None, "none for the layer pool1"),
    ],
)
def test_times_that_do_not_fit_together_are_rejected(place, update, sentence, result):
    layers = list(result.profile.layers)
    layers[place : place + 1] = [layers[place].model_copy(update=update)] if update else []
    with pytest.raises((InputError, FormatError), match=sentence):
        edited(result, layers=tuple(layers)).timings_of(convscope.load("lenet5"))


def test_times_of_the_whole_that_do_not_fit_are_rejected(result):
    lenet = convscope.load("lenet5")
    layers = result.profile.layers
    with pytest.raises(FormatError, match="the layer conv1 twice"):
        edited(result, layers=(*layers, layers[0])).timings_of(lenet)
    for total_ms in (0.0, result.profile.total_ms / 2):
        with pytest.raises(FormatError, match="in all"):
            edited(result, total_ms=total_ms).timings_of(lenet)
    with pytest.raises(InputError, match="an input of 1x64x64, not of 1x32x32"):
        result.model_copy(update={"input": (1, 64, 64)}).timings_of(lenet)
    assert edited(result).timings_of(lenet).total_ms == result.profile.total_ms


def edited(result, **values):
    profile = result.profile.model_copy(update=values)
    return result.model_copy(update={"profile": profile})


def test_int8_that_was_chosen_needs_images():
    network = build(convscope.load("lenet5")).eval()
    with pytest.raises(InputError, match="int8 without images"):
        bench(network, Options(levels=("int8",)))


def test_the_larger_of_two_rates_counts():
    first = Rates(float32=2.0, bfloat16=None, int8=5.0)
    second = Rates(float32=1.0, bfloat16=3.0, int8=None)
    assert first.or_faster(second) == Rates(float32=2.0, bfloat16=3.0, int8=5.0)
    none = Rates(float32=1.0, bfloat16=None, int8=None)
    assert none.or_faster(none) == none


def test_engines_that_cannot_be_measured_say_why(monkeypatch):
    monkeypatch.setattr("convscope.bench.candidates.is_installed", lambda extra: extra == "onnx")
    reasons = {
        (each.key, each.level): reason_against(each, device="cpu", is_calibrated=False)
        for each in CANDIDATES
    }
    assert reasons["pytorch", "exact"] == reasons["pytorch-folded", "fast"] == ""
    assert "infer]" in reasons["onnxruntime", "exact"]
    assert "openvino]" in reasons["openvino", "int8"]
    monkeypatch.setattr("convscope.bench.candidates.is_installed", lambda extra: True)
    int8 = next(each for each in CANDIDATES if each.level == "int8")
    assert "--calibration" in reason_against(int8, device="cpu", is_calibrated=False)
    assert reason_against(int8, device="cpu", is_calibrated=True) == ""
    assert "CPU only" in reason_against(int8, device="cuda:0", is_calibrated=True)


def test_selection_keeps_the_reference():
    chosen = selected(("openvino",), ("fast",))
    assert [(each.key, each.level) for each in chosen] == [
        ("pytorch", "exact"),
        ("openvino", "fast"),
    ]
    with pytest.raises(InputError, match="openvno"):
        selected(("openvno",), ())
    with pytest.raises(InputError, match="exakt"):
        selected((), ("exakt",))


@pytest.mark.parametrize(
    "options", [{"batch_sizes": ()}, {"batch_sizes": (0,)}, {"seconds": 0.0}, {"seconds": 1e9}]
)
def test_options_that_make_no_sense(options):
    with pytest.raises(InputError):
        Options(**options)


def test_difference_and_agreement():
    expected = np.array([[1.0, -4.0], [2.0, 3.0]], np.float32)
    outputs = np.array([[1.0, -4.0], [3.5, 3.0]], np.float32)
    assert compared(expected, outputs) == (1.5 / 4, 0.5)
    assert compared(expected, np.full_like(expected, np.nan))[0] == 1.0


def test_another_input_keeps_the_weights():
    network = build(convscope.load("all_cnn_c")).eval()
    larger = with_input(network, "48x48")
    assert tuple(larger.architecture.input) == (3, 48, 48)
    assert all(
        mine is theirs or mine.data_ptr() == theirs.data_ptr()
        for mine, theirs in zip(larger.parameters(), network.parameters(), strict=True)
    )
    lenet = build(convscope.load("lenet5"))
    with pytest.raises((InputError, ArchitectureError)):
        with_input(lenet, "48x48")
    assert with_input(lenet, None) is lenet


def numbers(num):
    """Return images, of which number n is filled with n."""
    return Images(lambda place: torch.full((1, 1, 2, 2), float(place)), num)


@pytest.mark.parametrize(("num", "most", "others"), [(1000, 32, 128), (10, 2, 8), (1, 1, 1)])
def test_images_to_compare_are_not_those_of_the_calibration(num, most, others):
    images, calibration = data_images(numbers(num))
    assert (len(images), len(calibration)) == (most, others)
    assert num == 1 or not set(images[:, 0, 0, 0].tolist()) & set(calibration[:, 0, 0, 0].tolist())
    assert float(images.max()) < num


@pytest.mark.slow
def test_int8_with_images_of_a_data_set():
    network = build(convscope.load("lenet5")).eval()
    images_NCHW = torch.randn(24, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    options = Options(batch_sizes=(1,), seconds=0.5, levels=("int8",))
    measured = bench(network, options, images_NCHW=images_NCHW, calibration_NCHW=images_NCHW)
    assert measured.compared == "24 images of the data"
    assert [row.level for row in measured.rows] == ["exact", "int8", "int8"]
    assert all(row.difference < 0.5 for row in measured.rows)


@pytest.mark.slow
def test_all_engines_of_resnet18():
    network = build(convscope.load("resnet18")).eval()
    measured = bench(network, Options(batch_sizes=(1,), seconds=2.0, layers=True))
    assert len(measured.rows) + len(measured.absent) == len(CANDIDATES)
    for row in measured.rows:
        assert row.difference < (1e-4 if row.level == "exact" else 0.1)
    total = sum(layer.ms for layer in measured.profile.layers) + measured.profile.other_ms
    assert total == pytest.approx(measured.profile.total_ms)


def test_printed_it_is_a_table_in_the_language_in_use(result):
    english = str(result).splitlines()
    assert english[0].split()[:3] == ["engine", "level", "batch"]
    assert english[-1].startswith("total")
    assert len({line.index("ms") for line in english if line.startswith("engine")}) == 1
    lang.use("zh")
    try:
        chinese = str(result)
    finally:
        lang.use("en")
    for word in ("引擎", "级别", "批大小", "合计", "其他", "PyTorch", "conv1"):
        assert word in chinese
    for word in ("engine", "quartiles", " to ", "total", "other"):
        assert word not in chinese
