import pytest
import torch

import convscope
from convscope import zoo
from convscope.arch import Architecture, Chain
from convscope.data import Split
from convscope.errors import ArchitectureError, FormatError, InputError
from convscope.layers import (
    BatchNorm2d,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    Linear,
    Normalize,
    ReLU,
    Resize,
)
from convscope.network import Card, ModelFile, build, read_model
from convscope.network.safetensors_file import weights_sha256
from convscope.shapes import CHW
from convscope.training.fine_tune import FineTune, stages
from convscope.training.pretrained import START, Pretrained
from convscope.training.recipe.optim import SGD, AdamW
from convscope.training.recipe.recipe import Recipe
from convscope.training.start import resume, start

INPUT = CHW(1, 8, 8)
PREPROCESSING = Chain(resize=Resize((8, 8)), normalise=Normalize((0.7,), (0.4,)))


class Data:
    """Images of three kinds; two or three classes, without a test split."""

    name, shape, channels = "things", INPUT, 1
    mean, std = (0.3,), (0.2,)

    def __init__(self, tiny, classes=("cat", "dog", "rocket")):
        self._tiny, self.classes = tiny, classes

    def split(self, name):
        count, seed = {"train": (48, 1), "val": (12, 2)}[name]
        found = self._tiny.samples(count, seed=seed)
        return Split(found.images_NCHW, found.labels_N % len(self.classes))

    def fingerprint(self):
        return "a" * 64


def network_of(classes):
    return Architecture(
        name="small",
        input=INPUT,
        num_classes=classes,
        block=Chain(
            stem=Chain(conv=Conv2d(4, 3, padding=1), norm=BatchNorm2d(), relu=ReLU()),
            stage1=Chain(conv=Conv2d(4, 3, padding=1), norm=BatchNorm2d(), relu=ReLU()),
            average=GlobalAvgPool2d(),
            flatten=Flatten(),
            fc=Linear(classes),
        ),
    )


def base_of(labels=("x", "y", "z", "w", "v"), seed=5):
    made = network_of(len(labels))
    network = build(made, seed=seed)
    for name, value in network.named_buffers():
        if name.endswith("running_mean"):
            value.fill_(0.25)
    card = Card(architecture=made, labels=labels, preprocessing=PREPROCESSING)
    return Pretrained("small@somewhere", ModelFile(card, dict(network.state_dict())))


def recipe(**changes):
    fields = {
        "epochs": 4,
        "batch_size": 8,
        "lr": 0.05,
        "optimiser": AdamW(),
        "fine_tune": FineTune(frozen_epochs=2, lr_decay=0.5),
        "log_every": 1,
        "checkpoint_every": 5,
    }
    return Recipe(**{**fields, **changes})


def begin(tiny, folder, *, made=None, base=None, data=None):
    base, data = base or base_of(), data or Data(tiny)
    return start(base.architecture_for(data), data, made or recipe(), folder, pretrained=base)


def test_stages_of_the_zoo():
    lite = build(zoo.load("efficientnet_lite0", num_classes=2))
    names = [stage[0].split(".")[0] for stage in stages(lite)]
    assert names == ["stem", *(f"stage{n}" for n in range(1, 8)), "head"]
    scales = FineTune(lr_decay=0.5).lr_scales(lite)
    assert scales["fc.weight"] == scales["fc.bias"] == 1.0
    assert scales["head.conv.weight"] == scales["head.norm.bias"] == 0.5
    assert scales["stem.conv.weight"] == 0.5**9
    assert set(scales) == {name for name, _ in lite.named_parameters()}
    resnet = build(zoo.load("resnet20"))
    assert stages(resnet)[0][0] == "conv1.weight"
    assert "norm1.weight" in stages(resnet)[0]
    assert len(stages(resnet)) == 4


def test_stages_inside_one_part():
    inner = network_of(3).block.blocks
    body = {name: inner[name] for name in ("stem", "stage1")}
    rest = {name: inner[name] for name in ("average", "flatten", "fc")}
    made = Architecture(
        name="nested", input=INPUT, num_classes=3, block=Chain(body=Chain(**body), **rest)
    )
    assert [len(stage) for stage in stages(build(made))] == [4, 4]


def test_only_the_classifier_learns_while_the_body_is_frozen(tiny, tmp_path):
    base = base_of()
    list(begin(tiny, tmp_path / "run", made=recipe(epochs=2), base=base))
    kept = read_model(tmp_path / "run/model.safetensors").weights
    for name, weight in kept.items():
        if name.startswith("fc."):
            assert weight.shape[0] == 3
            begun = read_model(tmp_path / "run" / START).weights[name]
            assert not torch.equal(weight, begun)
        else:
            assert torch.equal(weight, base.file.weights[name]), name


def test_then_everything_learns_and_norms_keep_their_averages(tiny, tmp_path):
    base = base_of()
    list(begin(tiny, tmp_path / "kept", base=base))
    kept = read_model(tmp_path / "kept/model.safetensors").weights
    assert not torch.equal(kept["stem.conv.weight"], base.file.weights["stem.conv.weight"])
    assert torch.equal(kept["stem.norm.running_mean"], torch.full((4,), 0.25))
    assert kept["stem.norm.num_batches_tracked"] == 0
    fine = FineTune(frozen_epochs=2, norms="measured")
    list(begin(tiny, tmp_path / "measured", made=recipe(fine_tune=fine), base=base))
    measured = read_model(tmp_path / "measured/model.safetensors").weights
    assert measured["stem.norm.num_batches_tracked"] == 12  # of the two epochs after the thaw


def test_each_stage_has_its_own_learning_rate(tiny, tmp_path):
    """One step of plain SGD moves each weight by lr * decay^depth * gradient."""
    flat = {"epochs": 1, "batch_size": 48, "optimiser": SGD(momentum=0, nesterov=False)}
    moved = {}
    for decay in (1.0, 0.5):
        base, fine = base_of(), FineTune(frozen_epochs=0, lr_decay=decay)
        folder = tmp_path / f"{decay}"
        list(begin(tiny, folder, made=recipe(**flat, fine_tune=fine), base=base))
        after, before = (read_model(folder / n).weights for n in ("model.safetensors", START))
        moved[decay] = {name: after[name] - before[name] for name in after}
    for name, share in [("fc.weight", 1), ("stage1.conv.weight", 0.5), ("stem.conv.bias", 0.25)]:
        torch.testing.assert_close(moved[0.5][name], share * moved[1.0][name])


@pytest.mark.parametrize("stop", [2, 11, 12, 13, 20])
def test_resumed_across_the_thaw_without_the_base(tiny, tmp_path, stop):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    list(begin(tiny, whole))
    events = begin(tiny, parts)
    for event in events:
        if getattr(event, "step", 0) >= stop:
            break
    events.close()
    list(resume(parts, data=Data(tiny)))
    for name in ("events.jsonl", "model.safetensors", "results.json"):
        assert (parts / name).read_bytes() == (whole / name).read_bytes()


def test_begun_anew_from_the_weights_it_started_from(tiny, tmp_path):
    list(begin(tiny, tmp_path / "run"))
    before = (tmp_path / "run/model.safetensors").read_bytes()
    list(resume(tmp_path / "run", data=Data(tiny), generation=0))
    assert (tmp_path / "run/model.safetensors").read_bytes() == before


def test_the_model_says_where_it_comes_from(tiny, tmp_path):
    base = base_of()
    list(begin(tiny, tmp_path / "run", base=base))
    card = convscope.open(tmp_path / "run").card
    assert card.preprocessing == PREPROCESSING
    assert card.labels == ("cat", "dog", "rocket")
    about = card.provenance["base"]
    assert about["name"] == "small@somewhere"
    assert about["weights_sha256"] == weights_sha256(base.file.weights)
    assert about["classifier"] == ["fc"]
    again = Pretrained("second", read_model(tmp_path / "run/model.safetensors"))
    list(begin(tiny, tmp_path / "next", base=again))
    about = convscope.open(tmp_path / "next").card.provenance["base"]
    assert about["classifier"] == "kept"
    assert [step["name"] for step in about["ancestors"]] == ["small@somewhere"]


def test_equal_classes_keep_the_classifier(tiny, tmp_path):
    base = base_of(labels=("cat", "dog", "rocket"))
    begin(tiny, tmp_path / "run", base=base).close()
    start_weights = read_model(tmp_path / "run" / START).weights
    assert torch.equal(start_weights["fc.weight"], base.file.weights["fc.weight"])


def test_other_order_of_the_same_classes_makes_it_anew(tiny, tmp_path):
    base = base_of(labels=("dog", "cat", "rocket"))
    begin(tiny, tmp_path / "run", base=base).close()
    start_weights = read_model(tmp_path / "run" / START).weights
    assert not torch.equal(start_weights["fc.weight"], base.file.weights["fc.weight"])


def test_the_seed_decides_the_new_classifier(tiny, tmp_path):
    found = {}
    for seed in (0, 0, 1):
        folder = tmp_path / f"{len(found)}{seed}"
        begin(tiny, folder, made=recipe(seed=seed)).close()
        found[folder] = read_model(folder / START).weights["fc.weight"]
    same, again, other = found.values()
    assert torch.equal(same, again)
    assert not torch.equal(same, other)


def test_a_plain_recipe_trains_everything_from_the_base(tiny, tmp_path):
    base = base_of()
    list(begin(tiny, tmp_path / "run", made=recipe(fine_tune=None, epochs=1), base=base))
    kept = read_model(tmp_path / "run/model.safetensors").weights
    assert not torch.equal(kept["stem.norm.running_mean"], torch.full((4,), 0.25))
    list(resume(tmp_path / "run", data=Data(tiny), generation=0))


def test_without_a_base_there_is_nothing_to_fine_tune(tiny, tmp_path):
    with pytest.raises(InputError, match="no trained weights to start from"):
        start(network_of(3), Data(tiny), recipe(), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_code_of_digits_is_no_base(tiny):
    made = zoo.load("lenet5_1998")
    card = Card(
        architecture=made,
        labels=tuple("0123456789"),
        preprocessing=Chain(resize=Resize((32, 32)), normalise=Normalize((0.1,), (0.3,))),
    )
    base = Pretrained("old", ModelFile(card, dict(build(made).state_dict())))
    with pytest.raises(ArchitectureError, match="ends in EuclideanRBF"):
        base.architecture_for(Data(tiny))


def test_damaged_and_missing_start_weights(tiny, tmp_path):
    begin(tiny, tmp_path / "run").close()
    path = tmp_path / "run" / START
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(FormatError, match="the weights are damaged"):
        resume(tmp_path / "run", data=Data(tiny))
    path.unlink()
    with pytest.raises(FormatError, match="are missing"):
        resume(tmp_path / "run", data=Data(tiny))


def test_auxiliary_heads_are_made_anew_too(tiny):
    made = zoo.load("googlenet", num_classes=5)
    names = [name for name, _ in build(made).named_parameters()]
    scales = FineTune(lr_decay=0.5).lr_scales(build(made))
    tops = [name for name in names if scales[name] == 1.0]
    assert sorted({name.split(".")[0] for name in tops}) == ["aux1", "aux2", "fc"]


def test_settings_reach_it():
    changed = recipe().override(["fine_tune.lr_decay=0.9", "fine_tune.frozen_epochs=0"])
    assert changed.fine_tune == FineTune(frozen_epochs=0, lr_decay=0.9)
    assert changed.override(["fine_tune=null"]).fine_tune is None
    with pytest.raises(InputError, match=r"fine_tune\.lr_decay"):
        recipe().override(["fine_tune.lr_decay=1.5"])
