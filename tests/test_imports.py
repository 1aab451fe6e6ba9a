"""What each entrance imports: no torch where none is needed, and few of our own modules."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import convscope
from convscope.network import ModelFile, save_model
from convscope.opening import untrained

HEAVY = ("torch", "fastapi", "numpy", "PIL", "scipy", "safetensors")


def python(code):
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    "code",
    [
        "import convscope",
        "import convscope; convscope.__version__; dir(convscope)",
        "import convscope.arch, convscope.layers, convscope.shapes, convscope.io.storage",
        "import convscope.data, convscope.evaluate, convscope.recipes, convscope.training",
        "import convscope.zoo; [convscope.zoo.load(n) for n in convscope.zoo.list_architectures()]",
        "import convscope; a = convscope.load('lenet5'); a.table().to_json(); a.to_json()",
        "from convscope import Architecture as A, load; A.from_json(load('lenet5').to_json())",
    ],
)
def test_nothing_heavy_is_imported(code):
    loaded = python(f"{code}; import sys; print([n for n in {HEAVY} if n in sys.modules])")
    assert loaded == "[]"


COMMAND = """
import sys
from convscope.cli import main
sys.argv = ["convscope", *{arguments}]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
own = [
    name
    for name in sys.modules
    if name.split(".")[0] == "convscope"
    and not name.startswith(("convscope.zoo.papers.", "convscope.layers."))
]
print()
print(len(own), "torch" in sys.modules)
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    made = untrained(convscope.load("lenet5"))
    save_model(path, ModelFile(made.card, dict(made.network.state_dict())))
    return path


@pytest.fixture(scope="module")
def digit(tmp_path_factory):
    path = tmp_path_factory.mktemp("digit") / "digit.png"
    Image.fromarray(np.zeros((28, 28), np.uint8)).save(path)
    return path


# own modules without papers and families of layers, of which each is a file; whether torch is
# imported
BUDGETS = {
    "--help": (54, False),
    "list": (82, False),
    "list datasets": (72, False),
    "list recipes": (62, False),
    "list visuals": (63, False),
    "list filters": (82, False),
    "list labs": (60, False),
    "list layers": (60, False),
    "list weights": (88, False),
    "show resnet50": (79, False),
    "sample": (65, False),
    "sample digit -o RUN.png": (68, False),
    "sample shards -o RUN": (65, False),
    "serve --help": (58, False),
    "predict MODEL DIGIT": (110, True),
    "look saliency MODEL DIGIT --json": (166, True),
    "evaluate MODEL FOLDER": (169, True),
    "bench lenet5 --engine pytorch --batch 1 --seconds 0.01": (137, True),
    "train lenet5 FOLDER --set epochs=1 --output RUN": (293, True),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("folder")
    for label in range(10):
        for split in ("train", "val", "test"):
            (root / split / f"class {label}").mkdir(parents=True)
            for number in range(2):
                pixels = np.full((28, 28), 20 * label + number, np.uint8)
                Image.fromarray(pixels).save(root / split / f"class {label}" / f"{number}.png")
    return root


@pytest.mark.parametrize("command", BUDGETS)
def test_a_command_keeps_its_budget_of_own_modules(command, model, digit, folder, tmp_path):
    places = {"MODEL": model, "DIGIT": digit, "FOLDER": folder, "RUN": tmp_path / "run"}
    places["RUN.png"] = tmp_path / "digit.png"
    arguments = [str(places.get(word, word)) for word in command.split()]
    number, has_torch = python(COMMAND.format(arguments=arguments)).split()
    most, may_have_torch = BUDGETS[command]
    assert int(number) <= most
    assert (has_torch == "True") == may_have_torch


@pytest.mark.parametrize(
    ("module", "most", "has_torch"),
    [
        ("convscope.server.predictions.service", 115, True),  # beside the model that is opened
        ("convscope.server.predictions.decoder", 36, False),  # a process for each core
    ],
)
def test_the_service_keeps_its_budget_of_own_modules(module, most, has_torch):
    own = "len([n for n in sys.modules if n.split('.')[0] == 'convscope'])"
    line = python(f"import sys, {module}; print({own}, 'torch' in sys.modules)")
    number, torch = line.split()
    assert int(number) <= most
    assert (torch == "True") == has_torch
