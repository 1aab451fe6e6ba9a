"""Fashion-MNIST: `pytorch/examples`' MNIST network and our recipes, seconds and test accuracy.

    python benchmarks/fashion_mnist.py [--seeds 0 1 2] [--peer-epochs 14] [--threads 2]

The peer is the network, the loop and the settings of `pytorch/examples` MNIST (batch 64,
Adadelta, 14 epochs, all 60,000 training images); ours are recipes chosen on our validation
split (55,000 trained on, 5,000 held back). Each is a process of its own; training seconds hold
everything but importing, reading the data and the look at the test split. Ours are run before
and after the peer, so that a machine that changes its speed shows. With fewer than 14 epochs
the peer's time is scaled to 14, and its accuracy is that of the epochs it had.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys

from training import ENVIRONMENTS, PEERS, environment, write_arrays

RECIPES = ("fashion_mnist_quick", "fashion_mnist")


def lines(command: list[str], threads: int) -> list[dict[str, float]]:
    """What a process prints, one JSON object a line."""
    variables = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    done = subprocess.run(command, capture_output=True, text=True, env=variables, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


Run = dict[str, float]
PEER_EPOCHS = 14  # what the example's own settings are


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--peer-epochs", type=int, default=PEER_EPOCHS)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--recipes", nargs="+", default=list(RECIPES))
    args = parser.parse_args()
    python = environment("pytorch", "torch", "numpy", "pillow")
    arrays = ENVIRONMENTS / "arrays"
    arrays.mkdir(exist_ok=True)
    write_arrays(arrays)

    def ours(recipe: str, seed: int) -> Run:
        script = [sys.executable, str(PEERS / "our_recipe.py"), recipe, str(seed)]
        (found,) = lines(script, args.threads)
        print(f"{recipe}, seed {seed}: {found}", file=sys.stderr)
        return found

    first, *others = args.seeds
    found = {recipe: [ours(recipe, first)] for recipe in args.recipes}
    script = [python, str(PEERS / "pytorch_examples.py"), str(arrays)]
    settings = ["pytorch_example", "64", "adadelta", str(args.peer_epochs)]
    peer = lines([*script, *settings], args.threads)[-1]
    print(f"pytorch/examples: {peer}", file=sys.stderr)
    for recipe in args.recipes:
        found[recipe] += [ours(recipe, seed) for seed in others]
    show(peer, args.peer_epochs, found)


def show(peer: Run, epochs: int, found: dict[str, list[Run]]) -> None:
    """The table."""
    whole = peer["seconds"] / epochs * PEER_EPOCHS
    print("| who | test accuracy, mean (seeds) | training s, median (seeds) | of the peer's time |")
    print("|---|---|---|---|")
    scaled = "" if epochs == PEER_EPOCHS else f", from {epochs} epochs"
    print(f"| pytorch/examples | {peer['accuracy']:.2%} | {whole:.0f}{scaled} | 1 |")
    for recipe, runs in found.items():
        accuracy = [run["accuracy"] for run in runs]
        seconds = [run["seconds"] for run in runs]
        each = ", ".join(f"{value:.2%}" for value in accuracy)
        times = ", ".join(f"{value:.0f}" for value in seconds)
        middle = statistics.median(seconds)
        print(
            f"| {recipe} | {statistics.mean(accuracy):.2%} ({each}) "
            f"| {middle:.0f} ({times}) | 1/{whole / middle:.1f} |"
        )


if __name__ == "__main__":
    main()
