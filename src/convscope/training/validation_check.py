"""Decode the validation images once before the first step: a bad one is found now, not later."""

from dataclasses import replace

from convscope.data.dataset import Progress, silent
from convscope.data.loading.photo_split import PhotoSplit
from convscope.data.loading.unusable import left_out, listing, reason, shared_errors
from convscope.distributed import Group, OtherRankFailed
from convscope.errors import ConvscopeError, DataError
from convscope.evaluate.protocol import evaluating
from convscope.io.image_limits import MAX_INPUT_PIXELS
from convscope.training.job import Job

MOST_CHECKED = 10_000  # images; the check of 50,000 photos would take minutes


def check_validation(job: Job, progress: Progress = silent) -> tuple[Job, tuple[str, ...]]:
    """Decode and preprocess the validation images, shared among the ranks.

    Of more than 10,000 images that many are tried, evenly spread. If bad images are to be left
    out, all are tried, and the job that is returned validates on the others.

    Returns: the job, and what the user should know, in sentences.

    Raises:
        ConvscopeError: images cannot be used, or none of them; names the files.
    """
    split = job.validation
    if not isinstance(split, PhotoSplit):
        return job, ()
    stop = split.bad_images == "error"
    step = -(-len(split) // MOST_CHECKED) if stop else 1
    indices = range(0, len(split), step)
    with evaluating(job.preprocessing):
        errors = shared_errors(
            split,
            job.preprocessing,
            indices,
            group=job.group,
            device=job.device,
            progress=progress,
        )
    if errors and (stop or len(errors) == len(split)):
        raise _refusal(list(errors.values()), len(indices), job.group)
    notes = []
    if count := sum(job.group.all_gather(len(split.reduced))):
        notes.append(
            f"{count:,} of {len(indices):,} validation images have more than "
            f"{MAX_INPUT_PIXELS / 1e6:.1f} million pixels: decoded at a part of their size"
        )
    if len(indices) < len(split):
        notes.append(
            f"{len(indices):,} of {len(split):,} validation images were decoded before the first "
            "step (too many for all); `convscope data check` decodes all"
        )
    if errors:
        notes.append(
            f"{len(errors):,} of {len(split):,} validation images cannot be used and are left "
            f"out: {listing(list(map(reason, errors.values())))}"
        )
        others, kept_N = left_out(split, errors)
        job = replace(job, validation=others, validation_indices=tuple(kept_N.tolist()))
    return job, tuple(notes)


def _refusal(errors: list[ConvscopeError], num_checked: int, group: Group) -> Exception:
    if group.rank:
        return OtherRankFailed()
    first = errors[0]
    fix = (
        "replace or remove the files (`convscope data check` lists all), or leave them out "
        "with --bad-images skip"
    )
    if len(errors) == 1:
        return type(first)(first.given, expected=first.expected, fix=fix, where=first.where)
    names = listing([reason(error) for error in errors])
    return DataError(
        f"{len(errors):,} of {num_checked:,} validation images cannot be used: {names}",
        fix=fix,
        where="validation",
    )
