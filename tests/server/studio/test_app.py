"""The application as a whole: what its process imports, and what its documentation says."""

import subprocess
import sys

from convscope.server.studio.app import create

CODE = """
import sys
from convscope.server.studio.app import create
from convscope.server.studio.worker.worker import Worker
create().openapi()
print([name for name in ("torch", "scipy", "cv2", "onnx", "onnxruntime") if name in sys.modules])
"""


def test_the_studio_itself_imports_no_torch():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "[]", done.stderr


def test_every_route_of_the_documentation_has_a_sentence_and_a_unique_name():
    names = []
    for path, methods in create().openapi()["paths"].items():
        assert path.startswith("/api/")
        for method, route in methods.items():
            assert route.get("description"), f"{method} {path}"
            names.append(route["operationId"])
    assert len(names) == len(set(names))
