"""A recipe of ours on Fashion-MNIST, as `convscope train` runs it.

python our_recipe.py RECIPE SEED
"""

import json
import sys
import tempfile
import time
from pathlib import Path

import convscope
from convscope.recipes import load_recipe

ARCHITECTURE = "conv5_bn"


def main() -> None:
    name, seed = sys.argv[1], sys.argv[2]
    recipe = load_recipe(name).override([f"seed={seed}"])
    data = convscope.data.open("fashion_mnist")
    data.split("train")  # read before the clock starts
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        begin = time.perf_counter()
        for event in convscope.train(ARCHITECTURE, data, recipe=recipe, out=run):
            if event.type == "Finished":
                break
        seconds = time.perf_counter() - begin
        result = convscope.open(run).evaluate(data, split="test")
    found = {"seconds": round(seconds, 1), "accuracy": result.accuracy}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
