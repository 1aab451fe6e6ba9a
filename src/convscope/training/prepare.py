"""What a run needs in memory: the network, the batches, and the way from pixels to its input."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from convscope.arch import Architecture, Chain, trace
from convscope.data import DataSet, Loader, Split
from convscope.data.augment import check_augments
from convscope.data.dataset import AnySplit
from convscope.data.loading.photos import PhotoLoader
from convscope.data.loading.workers import default_workers
from convscope.distributed import SINGLE_PROCESS, Group
from convscope.errors import InputError
from convscope.io.photos.crops import RandomResizedCrop
from convscope.layers import CenterCrop, Resize
from convscope.network import ModelFile, build, build_block, initialise
from convscope.network.device import find_device
from convscope.shapes import CHW
from convscope.training import guard
from convscope.training.job import Batches, Job
from convscope.training.recipe.preprocess import AnyPreprocess, Standardise, fit, put_fitted
from convscope.training.recipe.recipe import Recipe
from convscope.training.sync_norm import synchronise

WIDEST_BORDER = 0.25  # images up to this much smaller get a border; smaller ones are enlarged
PHOTO = (256, 256)  # any size: a chain that takes photos begins with a Resize
PHOTO_SHARE = 0.875  # of a photo's shorter side, how much the network sees: 224 of 256


def make_job(
    architecture: Architecture,
    data: DataSet,
    recipe: Recipe,
    *,
    begin: ModelFile | None = None,
    fitted: Mapping[str, Tensor] | None = None,
    device: str = "cpu",
    group: Group = SINGLE_PROCESS,
) -> Job:
    """Build and initialise everything that training needs in memory.

    Args:
        begin: the weights to start from, in place of drawn ones, with their preprocessing.
        fitted: the tensors of the preprocessing; without them it is fitted to the data.
        group: the ranks that share every batch.
    """
    _check(architecture, data, recipe, starts=begin is not None)
    training, validation = data.split("train"), data.split("val")
    guard.check_batch(
        architecture, recipe, training_samples=len(training), world_size=group.world_size
    )
    network = build(architecture, seed=recipe.seed)
    initialise(network, recipe.init, seed=recipe.seed)
    chain = preprocessing_of(architecture, data, preprocess=recipe.preprocess)
    if begin is not None:
        network.load_state_dict(begin.weights)
        chain, fitted = begin.card.preprocessing, begin.fitted
    place = find_device(device)
    if recipe.sync_batch_norm:
        synchronise(network, group, device=place)
    network = network.to(device=place, memory_format=torch.channels_last)  # type: ignore[call-overload]
    whole, for_batches = _prepared(chain, architecture, data)
    if fitted is None:
        fit(whole, chain.blocks, training)
        fitted = group.broadcast_tensors(whole.state_dict())
    put_fitted(whole, fitted)
    put_fitted(for_batches, fitted)
    return Job(
        network=network,
        preprocessing=whole.to(place),
        training_preprocessing=for_batches.to(place),
        batches=_batches(training, recipe, architecture, device=device, group=group),
        validation=validation,
        classes=tuple(data.classes),
        training_samples=len(training),
        device=place,
        group=group,
    )


def _check(architecture: Architecture, data: DataSet, recipe: Recipe, *, starts: bool) -> None:
    """Refuse what does not fit together.

    Args:
        starts: from a trained model.
    """
    if recipe.fine_tune is not None and not starts:
        raise InputError(
            "the recipe fine-tunes, and there are no trained weights to start from",
            expected="a model in place of the architecture",
            fix=f"convscope train {architecture.name}@... or a model file; or --set fine_tune=null",
        )
    if starts and recipe.preprocess != Standardise():
        raise InputError(
            f"the recipe asks for {recipe.preprocess.type}, and the model that the run "
            "starts from keeps its own preprocessing",
            fix="--set preprocess.type=Standardise, or train from the start",
        )
    if len(data.classes) != architecture.num_classes:
        raise InputError(
            f"{data.name} has {len(data.classes)} classes, "
            f"{architecture.name} answers with {architecture.num_classes}",
            fix=f"load the architecture with num_classes={len(data.classes)}",
        )
    check_augments(recipe.augment, data.channels)


def _prepared(
    chain: Chain, architecture: Architecture, data: DataSet
) -> tuple[nn.Module, nn.Module]:
    """The preprocessing as modules: the model's own, and that of training batches.

    Training crops of photos already have the network's input size: no Resize, no CenterCrop.
    """
    if data.shape is not None:
        module = _of_this_size(chain, data.shape)
        return module, module
    sizes = (Resize, CenterCrop)
    kept = {n: part for n, part in chain.blocks.items() if not isinstance(part, sizes)}
    whole = build_block(chain, CHW(data.channels, *PHOTO))
    return whole, build_block(Chain(**kept), architecture.input)


def _batches(
    split: AnySplit, recipe: Recipe, architecture: Architecture, *, device: str, group: Group
) -> Batches:
    if isinstance(split, Split):
        return Loader(
            split,
            batch_size=recipe.batch_size,
            seed=recipe.seed,
            crop=recipe.frame,
            augment=recipe.augment,
            mix=recipe.mix,
            rank=group.rank,
            world_size=group.world_size,
            device=device,
        )
    return PhotoLoader(
        split,
        size=(architecture.input.height, architecture.input.width),
        channels=architecture.input.channels,
        crop=recipe.frame or RandomResizedCrop(),
        batch_size=recipe.batch_size,
        seed=recipe.seed,
        augment=recipe.augment,
        mix=recipe.mix,
        rank=group.rank,
        world_size=group.world_size,
        device=device,
        workers=default_workers(group.ranks.local_size),
    )


def _of_this_size(preprocessing: Chain, shape: CHW) -> nn.Module:
    """The module of a preprocessing for images that all have one size.

    A Resize that changes nothing is left out: it would only turn bytes into floats earlier,
    and the border would then be put around four times as many bytes. The numbers are the same.
    """
    steps = trace(preprocessing, shape).steps
    idle = {
        step.path
        for step in steps
        if isinstance(step.operation, Resize) and step.input_shapes[0] == step.output_shape
    }
    kept = {name: part for name, part in preprocessing.blocks.items() if name not in idle}
    return build_block(Chain(**kept), shape)


def preprocessing_of(
    architecture: Architecture, data: DataSet, *, preprocess: AnyPreprocess = Standardise()
) -> Chain:
    """From raw pixels of any size to the network's input, in layers that travel in the model.

    Images a little smaller than the input get a black border (MNIST's 28 to LeNet-5's 32, as in
    the paper); others are resized. Of photos, whose proportions differ, the middle is taken:
    the shorter side becomes 8/7 of the input (256 for 224), then the borders are cut off.
    """
    want, have = architecture.input, data.shape
    if want.channels != data.channels:
        raise InputError(
            f"{data.name} has {data.channels} channels, {architecture.name} takes {want.channels}",
            fix="load the architecture with another input, or use other data",
        )
    size = (want.height, want.width)
    numbers = preprocess.layers(data.mean, data.std)
    if have is None:
        shorter = Resize(round(max(size) / PHOTO_SHARE))
        return Chain(resize=shorter, crop=CenterCrop(size), **numbers)
    border = (have.height, have.width)
    near = all((1 - WIDEST_BORDER) * w <= h < w for h, w in zip(border, size, strict=True))
    if near:
        return Chain(resize=Resize(border), border=CenterCrop(size), **numbers)
    return Chain(resize=Resize(size), **numbers)
