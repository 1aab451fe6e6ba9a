"""Tests draw the same numbers in every order: no generator is shared between tests."""

import ast
from pathlib import Path

import numpy as np
import torch

GENERATORS = ("np.random.default_rng", "np.random.RandomState", "torch.Generator", "random.Random")
FILES = sorted(Path(__file__).parent.rglob("*.py"))


def shared_generators(tree: ast.Module) -> list[str]:
    """Return module-level generators that functions of the module draw from."""
    names = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        for target in node.targets
        if isinstance(target, ast.Name) and ast.unparse(node.value.func) in GENERATORS
    }
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return sorted(
        f"{function.name}: {node.id}"
        for function in functions
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and node.id in names
    )


def test_no_generator_is_shared_between_tests() -> None:
    shared = {path.name: shared_generators(ast.parse(path.read_text("utf-8"))) for path in FILES}
    assert {name: uses for name, uses in shared.items() if uses} == {}


def test_a_shared_generator_is_noticed() -> None:
    text = "RNG = np.random.default_rng(0)\ndef test_x():\n    RNG.random()\n"
    assert shared_generators(ast.parse(text)) == ["test_x: RNG"]


def test_a_test_starts_from_the_seed_of_its_name(request) -> None:
    import zlib

    seed = zlib.crc32(request.node.nodeid.encode())
    generator = torch.Generator().manual_seed(seed)
    assert torch.equal(torch.rand(3), torch.rand(3, generator=generator))
    assert np.random.rand() == np.random.RandomState(seed).rand()
