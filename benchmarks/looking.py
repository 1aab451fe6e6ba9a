"""Cost of visuals, relative to the forward and backward passes that they need.

    python benchmarks/looking.py [--network resnet18] [--rounds 5] [--images 10000] [--threads 1]

gradient methods   relative to one forward and one backward pass on the same image, by hand
occlusion          relative to the bare forward passes of its images, in batches of the same size
top_patches        time and memory for many images, relative to a bare pass over them

The two alternate, round by round, in one process; the ratio is the median over rounds of CPU
time, which varies less than wall time on a shared machine.
"""

import argparse
import resource
import statistics
import time
from collections.abc import Callable

import torch

from convscope import data as datasets
from convscope import zoo
from convscope.layers.torch.preprocess import CenterCrop, Normalize
from convscope.network import Network, build
from convscope.visuals import load_visual
from convscope.visuals.methods.prediction import occlusion
from convscope.visuals.methods.units import top_patches
from convscope.visuals.top_activations import top_activations

ONE_PASS = ("saliency", "guided_backprop", "deconvnet", "grad_cam", "grad_cam_pp", "layer_cam")
BUDGET = 1.1
BATCH = 32


def forward_and_back(network: Network, image_NCHW: torch.Tensor) -> None:
    leaf = image_NCHW.clone().requires_grad_()
    score = network(leaf).max()
    torch.autograd.grad(score, leaf)


def cpu(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


def ratio(
    ours: Callable[[], object], bare: Callable[[], object], rounds: int
) -> tuple[float, float]:
    """The median ratio, and the bare seconds."""
    ours(), bare()
    pairs = [(cpu(ours), cpu(bare)) for _ in range(rounds)]
    return statistics.median(a / b for a, b in pairs), statistics.median(b for _, b in pairs)


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def gradients(network: Network, image_NCHW: torch.Tensor, rounds: int) -> None:
    for name in ONE_PASS:
        compute = load_visual(name).compute
        median, bare = ratio(
            lambda compute=compute: compute(network, image_NCHW),
            lambda: forward_and_back(network, image_NCHW),
            rounds,
        )
        print(f"{name:<16} {median:5.2f} x one forward and one backward ({bare * 1e3:.0f} ms CPU)")


def occluded(network: Network, image_NCHW: torch.Tensor, rounds: int) -> None:
    side = image_NCHW.shape[2]
    size, stride = side // 4, side // 8

    def ours() -> occlusion.Occluded:
        return occlusion.occluded(
            network, image_NCHW, layer=None, target=None, size=size, stride=stride, fill=0.0
        )

    num = ours().scores_RQ.numel()

    def bare() -> None:
        with torch.no_grad():
            for begin in range(0, num, BATCH):
                network(image_NCHW.expand(min(BATCH, num - begin), -1, -1, -1))

    median, seconds = ratio(ours, bare, rounds)
    verdict = "within" if median <= BUDGET else "OVER"
    print(f"{'occlusion':<16} {median:5.2f} x its {num} bare forward passes ({seconds:.2f} s CPU), "
          f"{verdict} the budget of {BUDGET}")  # fmt: skip


def patches(num_images: int, rounds: int) -> None:
    """LeNet-5 over MNIST: peak memory for 1,000 images and for all of them."""
    network = build(zoo.load("lenet5"), seed=0).eval()
    data = datasets.open("mnist")
    whole = data.split("train")
    prepare = torch.nn.Sequential(CenterCrop((32, 32)), Normalize(data.mean, data.std))

    def part(num: int) -> datasets.Split:
        return datasets.Split(whole.images_NCHW[:num], whole.labels_N[:num])

    def bare() -> None:
        with torch.no_grad():
            for inputs_NCHW, _ in split.inputs(prepare, batch_size=50):
                network(inputs_NCHW)

    memory = []
    for num in (1000, num_images):
        split = part(num)
        top_patches.compute(network, split=split, preprocessing=prepare, layer="tanh2")
        memory.append(peak_mb())
    median, seconds = ratio(
        lambda: top_activations(network, split, prepare, layer="tanh2"), bare, max(1, rounds // 2)
    )
    print(f"{'top_patches':<16} {median:5.2f} x a bare pass over {num_images:,} images "
          f"({seconds:.1f} s CPU); peak memory {memory[0]:.0f} MB after 1,000, "
          f"{memory[1]:.0f} MB after {num_images:,}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", default="resnet18")
    for name, value in (("rounds", 5), ("images", 10_000), ("threads", 1)):
        parser.add_argument(f"--{name}", type=int, default=value)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    patches(args.images, args.rounds)  # first: peak memory never falls again
    network = build(zoo.load(args.network), seed=0).eval()
    for parameter in network.parameters():
        parameter.requires_grad_(False)  # as the visuals do
    generator = torch.Generator().manual_seed(0)
    image_NCHW = torch.randn(1, *network.architecture.input, generator=generator)
    print(f"{args.network}, torch {torch.__version__}, {torch.get_num_threads()} thread(s)")
    gradients(network, image_NCHW, args.rounds)
    occluded(network, image_NCHW, max(1, args.rounds // 2))


if __name__ == "__main__":
    main()
