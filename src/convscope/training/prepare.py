"""Build what a run needs in memory: network, preprocessing and batches."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from convscope.arch import Architecture, Chain, trace
from convscope.arch.block import AnyBlock
from convscope.data import DataSet, Split
from convscope.data.dataset import AnySplit
from convscope.data.loading.in_memory import Loader
from convscope.data.loading.photo_split import PhotoSplit
from convscope.data.loading.photos import PhotoLoader
from convscope.data.loading.workers import default_workers
from convscope.io.photos.crops import PHOTO_SHARE, RandomResizedCrop
from convscope.layers import CenterCrop, Layer, Resize
from convscope.layers.torch.strided_pointwise import channels_last
from convscope.machine.devices import find_device
from convscope.network import ModelFile, build, build_block, initialise
from convscope.shapes import CHW
from convscope.training.checks import check_job
from convscope.training.job import Batches, Job
from convscope.training.process import Process
from convscope.training.recipe.preprocess import AnyPreprocess, Standardise, fit, put_fitted
from convscope.training.recipe.recipe import Recipe

WIDEST_BORDER = 0.25  # images up to this much smaller get a border; smaller ones are enlarged
PHOTO = (256, 256)  # any size: a chain for photos begins with a Resize


def make_job(
    architecture: Architecture,
    data: DataSet,
    recipe: Recipe,
    *,
    initial: ModelFile | None = None,
    fitted: Mapping[str, Tensor] | None = None,
    process: Process = Process(),
) -> Job:
    """Build and initialise everything that training needs in memory.

    Args:
        initial: weights to start from instead of random ones, with their preprocessing.
        fitted: tensors of the preprocessing; by default it is fitted to the data.
        process: device, the ranks that share every batch, and the workers that decode.

    Raises:
        InputError, TrainingError: see `check_job`.
    """
    device, group = process.device, process.group
    check_job(
        architecture,
        data,
        recipe,
        pretrained=initial is not None,
        device=device,
        world_size=group.world_size,
    )
    training, validation = data.split("train"), data.split("val")
    network = build(architecture, seed=recipe.seed)
    initialise(network, recipe.init, seed=recipe.seed)
    chain = preprocessing_of(architecture, data, preprocess=recipe.preprocess)
    if initial is not None:
        network.load_state_dict(initial.weights)
        chain, fitted = initial.card.preprocessing, initial.fitted
    if recipe.sync_batch_norm and group.world_size > 1:
        nn.SyncBatchNorm.convert_sync_batchnorm(network)  # type: ignore[no-untyped-call]
    place = find_device(device)
    network = channels_last(network.to(device=place))
    whole, for_batches = _preprocessing_modules(chain, architecture, data)
    if fitted is None:
        fit(whole, chain.blocks, training)
        fitted = group.broadcast_tensors(whole.state_dict())
    put_fitted(whole, fitted)
    put_fitted(for_batches, fitted)
    return Job(
        network=network,
        preprocessing=whole.to(place),
        training_preprocessing=for_batches.to(place),
        batches=_batches(training, recipe, architecture, process),
        validation=validation,
        classes=tuple(data.classes),
        training_samples=len(training),
        device=place,
        group=group,
        class_weights_K=_on(place, recipe.loss.weights(training.labels_N, len(data.classes))),
        bad_images=training.bad_images if isinstance(training, PhotoSplit) else "error",
        left_out=_left_out(training) + _left_out(validation),
        progress=process.progress,
    )


def _left_out(split: AnySplit) -> tuple[str, ...]:
    return tuple(bad.sentence() for bad in split.left_out) if isinstance(split, Split) else ()


def _on(device: torch.device, tensor: Tensor | None) -> Tensor | None:
    return None if tensor is None else tensor.to(device)


def _preprocessing_modules(
    chain: Chain, architecture: Architecture, data: DataSet
) -> tuple[nn.Module, nn.Module]:
    """Return the preprocessing as modules: the model's own, and that of training batches.

    Training crops of photos already have the network's input size: no Resize, no CenterCrop.
    """
    if data.shape is not None:
        module = _without_identities(chain, data.shape)
        return module, module
    kept = {
        name: part for name, part in chain.blocks.items() if not _sets_size(part, data.channels)
    }
    whole = build_block(chain, CHW(data.channels, *PHOTO))
    return whole, build_block(Chain(**kept), architecture.input)


def _sets_size(part: AnyBlock, channels: int) -> bool:
    """Return whether a preprocessing layer has one output size for all input sizes."""
    if not isinstance(part, Layer):
        return False
    shapes = (CHW(channels, 16, 16), CHW(channels, 32, 32))
    return part.role == "preprocessing" and len({part.output_shape(s) for s in shapes}) == 1


def _batches(
    split: AnySplit, recipe: Recipe, architecture: Architecture, process: Process
) -> Batches:
    group = process.group
    if isinstance(split, Split):
        return Loader(
            split,
            batch_size=recipe.batch_size,
            seed=recipe.seed,
            sampler=recipe.sampler,
            crop=recipe.frame,
            augment=recipe.augment,
            mix=recipe.mix,
            rank=group.rank,
            world_size=group.world_size,
            device=process.device,
        )
    workers = process.workers
    return PhotoLoader(
        split,
        size=(architecture.input.height, architecture.input.width),
        channels=architecture.input.channels,
        crop=recipe.frame or RandomResizedCrop(),
        batch_size=recipe.batch_size,
        seed=recipe.seed,
        sampler=recipe.sampler,
        augment=recipe.augment,
        mix=recipe.mix,
        rank=group.rank,
        world_size=group.world_size,
        device=process.device,
        workers=default_workers(group.ranks.local_size) if workers is None else workers,
    )


def _without_identities(preprocessing: Chain, shape: CHW) -> nn.Module:
    """Build a preprocessing for images of one size, without layers that change nothing.

    Such a Resize would only turn bytes into floats earlier, and a border would then be added to
    four times as many bytes. The numbers are the same.
    """
    steps = trace(preprocessing, shape).steps
    identities = {
        step.path
        for step in steps
        if isinstance(step.operation, Layer) and step.operation.is_identity(step.input_shapes[0])
    }
    kept = {name: part for name, part in preprocessing.blocks.items() if name not in identities}
    return build_block(Chain(**kept), shape)


def preprocessing_of(
    architecture: Architecture, data: DataSet, *, preprocess: AnyPreprocess = Standardise()
) -> Chain:
    """Return the layers from raw pixels of any size to the network's input.

    Images a little smaller than the input get a black border (MNIST's 28 to LeNet-5's 32, as in
    the paper); others are resized. Of photos, whose proportions differ, the middle is taken:
    the shorter side becomes 8/7 of the input (256 for 224), then the borders are cut off.
    """
    size = (architecture.input.height, architecture.input.width)
    numbers = preprocess.layers(data.mean, data.std)
    if data.shape is None:
        shorter = Resize(round(max(size) / PHOTO_SHARE))
        return Chain(resize=shorter, crop=CenterCrop(size), **numbers)
    own = (data.shape.height, data.shape.width)
    if _gets_border(data.shape, architecture.input):
        return Chain(resize=Resize(own), border=CenterCrop(size), **numbers)
    return Chain(resize=Resize(size), **numbers)


def _gets_border(images: CHW, input: CHW) -> bool:
    """Return whether images are a little smaller than the input: they are not enlarged."""
    return all(
        (1 - WIDEST_BORDER) * wide <= own < wide
        for own, wide in zip(images[1:], input[1:], strict=True)
    )


def resizing_note(architecture: Architecture, data: DataSet) -> str:
    """Return a sentence on the size that images are resized to; empty where they are not."""
    _, height, width = architecture.input
    if data.shape is None:
        return f"photos are resized to {height} x {width}, the input size of {architecture.name}"
    own = f"{data.shape.height} x {data.shape.width}"
    if own == f"{height} x {width}" or _gets_border(data.shape, architecture.input):
        return ""
    name = architecture.name
    return f"images of {own} are resized to {height} x {width}, the input size of {name}"
