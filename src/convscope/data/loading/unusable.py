"""Images that cannot be used: found by decoding a whole split, and left out on request."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from convscope.data.dataset import Progress, silent
from convscope.data.loading.photo_split import Files, PhotoSplit
from convscope.distributed import Group
from convscope.errors import ConvscopeError
from convscope.io.photos import Reference
from convscope.io.photos.worker import packed_error, unpacked_error

NAMED = 4  # files in a message


@dataclass(frozen=True)
class FileSubset:
    """A subset of image files, by index."""

    files: Files
    indices_N: Tensor

    def __len__(self) -> int:
        return len(self.indices_N)

    def reference(self, index: int) -> Reference:
        """Return the location of an image."""
        return self.files.reference(int(self.indices_N[index]))


def unusable_images(
    split: PhotoSplit,
    preprocessing: Callable[[Tensor], Tensor],
    indices: Sequence[int],
    *,
    device: str | torch.device = "cpu",
    progress: Progress = silent,
) -> dict[int, ConvscopeError]:
    """Return the images that cannot be decoded in full and preprocessed, by index, with the error.

    Args:
        indices: the images to try.
        progress: called with the number of images done and their total.
    """
    errors: dict[int, ConvscopeError] = {}
    progress(0, len(indices))
    for done, (index, result) in enumerate(split.decoded(indices), start=1):
        if isinstance(result, ConvscopeError):
            errors[index] = result
        else:
            try:
                preprocessing(result[None].to(device))
            except ConvscopeError as error:
                errors[index] = error.at(split.files.reference(index).where)
        progress(done, len(indices))
    return errors


def shared_errors(
    split: PhotoSplit,
    preprocessing: Callable[[Tensor], Tensor],
    indices: Sequence[int],
    *,
    group: Group,
    device: str | torch.device = "cpu",
    progress: Progress = silent,
) -> dict[int, ConvscopeError]:
    """Return `unusable_images` of all ranks, each of which tries a part; the same on all."""
    own = unusable_images(
        split,
        preprocessing,
        indices[group.rank :: group.world_size],
        device=device,
        progress=progress,
    )
    packed = [(index, packed_error(error).decode()) for index, error in own.items()]
    gathered = sorted(pair for pairs in group.all_gather(packed) for pair in pairs)
    return {index: unpacked_error(text.encode()) for index, text in gathered}


def left_out(split: PhotoSplit, errors: Mapping[int, ConvscopeError]) -> tuple[PhotoSplit, Tensor]:
    """Return the split without some images, and the former indices of the others."""
    kept_N = torch.tensor([index for index in range(len(split)) if index not in errors])
    files = FileSubset(split.files, kept_N)
    return replace(split, files=files, labels_N=split.labels_N[kept_N]), kept_N


def reason(error: ConvscopeError) -> str:
    """Return the file of an error and what is wrong with it, on one line."""
    return f"{error.where}: {error.given}"


def listing(reasons: Sequence[str]) -> str:
    """Return the first few reasons, and the number of the others."""
    more = [f"{len(reasons) - NAMED} more"] if len(reasons) > NAMED else []
    return "; ".join([*reasons[:NAMED], *more])
