"""What is cheap stays cheap: no torch until a network is built."""

import subprocess
import sys

import pytest

HEAVY = ("torch", "fastapi", "numpy", "PIL", "scipy", "safetensors")


@pytest.mark.parametrize(
    "code",
    [
        "import convscope",
        "import convscope; convscope.__version__; dir(convscope)",
        "import convscope.arch, convscope.layers, convscope.shapes, convscope.io.storage",
        "import convscope.zoo; [convscope.zoo.load(n) for n in convscope.zoo.list_architectures()]",
        "import convscope; a = convscope.load('lenet5'); a.table().to_json(); a.to_json()",
        "from convscope import Architecture as A, load; A.from_json(load('lenet5').to_json())",
    ],
)
def test_nothing_heavy_is_imported(code):
    check = f"{code}; import sys; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, timeout=60)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
