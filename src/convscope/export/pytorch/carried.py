"""Classes and functions of ours that an exported file carries, as text. Imports no torch."""

import ast
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable


@cache
def definitions() -> dict[str, str]:
    """Return the classes and functions that a file can carry, by name, in their order."""
    package = resources.files("convscope")
    files = [package / "export" / "pytorch" / "compositions.py"]
    families = (package / "layers" / "torch").iterdir()
    files += sorted((file for file in families if file.name.endswith(".py")), key=str)
    definitions: dict[str, str] = {}
    for file in files:
        definitions |= _defined(package, file)
    return definitions


def _defined(package: Traversable, file: Traversable) -> dict[str, str]:
    """Return the definitions of a module, and the functions that it imports from ours."""
    text = file.read_text("utf-8")
    definitions: dict[str, str] = {}
    for node in ast.parse(text).body:
        match node:
            case ast.ClassDef() | ast.FunctionDef():
                definitions[node.name] = ast.get_source_segment(text, node) or ""
            case ast.ImportFrom(module=str(module)) if module == "convscope.shapes":
                shapes = _defined(package, package / "shapes.py")
                definitions |= {alias.name: shapes[alias.name] for alias in node.names}
    return definitions
