"""What ZCA whitening costs: fitting it, by parts, and one batch of training.

    OMP_NUM_THREADS=1 python benchmarks/whitening.py [--images 10000]

Random images of 3 x 32 x 32 (the cost does not depend on what they show). CPU time of one
thread; the time of the sums is proportional to the images, that of the roots is not.
"""

import argparse
import resource
import time
from collections.abc import Callable

import torch

from convscope.arch import Chain
from convscope.data import Split
from convscope.layers.whiten import whitening_matrix
from convscope.network import build_block
from convscope.shapes import CHW
from convscope.training.recipe.preprocess import GcnZca, Standardise, moments

SHAPE = CHW(3, 32, 32)


def seconds(work: Callable[[], object], *, times: int = 1) -> float:
    begun = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - begun) / times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=10_000)
    images = parser.parse_args().images
    torch.set_num_threads(1)
    pixels = torch.randint(0, 256, (images, *SHAPE), dtype=torch.uint8)
    split = Split(pixels, torch.zeros(images, dtype=torch.int64))
    chain = Chain(**GcnZca().layers((0.5,) * 3, (0.25,) * 3))
    prepare = build_block(chain, SHAPE)
    contrast = next(prepare.children())
    peak_before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found: list[torch.Tensor] = []
    sums_s = seconds(lambda: found.extend(moments(contrast, split)))
    roots_s = seconds(lambda: whitening_matrix(found[1], 0.1))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak_before
    print(f"mean and covariance of {images:,} images: {sums_s:.1f} s of CPU")
    print(f"  of CIFAR-10's 45,000 by proportion: {sums_s * 45_000 / images:.0f} s")
    print(f"inverse root of 3072 x 3072: {roots_s:.1f} s; memory above the images: {peak >> 10} MB")
    plain = build_block(Chain(**Standardise().layers((0.5,) * 3, (0.25,) * 3)), SHAPE)
    batch = pixels[:128]
    with torch.inference_mode():
        prepare(batch)
        whiten_s = seconds(lambda: prepare(batch), times=5)
        plain_s = seconds(lambda: plain(batch), times=5)
    print(f"a batch of 128: {whiten_s * 1e3:.1f} ms, standardised {plain_s * 1e3:.2f} ms")


if __name__ == "__main__":
    main()
