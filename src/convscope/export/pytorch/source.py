"""An architecture as ONE Python file that needs torch and nothing else.

Modules stand under our names, so that a state dict of ours loads as it is, and compute the
same bits. Parts that repeat become classes; the formatter has nothing to change.
"""

import ast
import textwrap
from functools import cache
from importlib import resources

from convscope.arch import Architecture
from convscope.export.pytorch.blocks import Plan, tree
from convscope.export.pytorch.classes import ClassWriter
from convscope.export.pytorch.layers import Constants
from convscope.export.pytorch.names import camel, unique
from convscope.export.pytorch.python_text import WIDTH, literal, statement

NUMBERS_A_LINE = 12
IMPORTED = ("torch", "nn", "F", "Tensor")


def pytorch_source(architecture: Architecture) -> str:
    """The text of a file whose last class is the network.

    `Lenet5().load_state_dict(state)` takes the weights of `convscope.network.build`; the
    outputs are equal to the last bit. Where there are auxiliary heads, `forward(x, heads)`
    appends their logits to the list, as ours does.
    """
    constants = Constants()
    root = tree(architecture, constants)
    known = _definitions()
    name = unique(camel(architecture.name), {*known, *IMPORTED})
    plan = Plan(root, taken={name, *known, *IMPORTED})
    writer = ClassWriter(plan)
    written = [writer.block(found) for found in reversed(plan.classes)]
    written.append(writer.network(name, architecture))
    carried = _needed("\n".join(written), known)
    above = [_constant(label, value) for value, label in constants.names.items()]
    body = "\n\n\n".join([*(known[need] for need in carried), *written])
    parts = [_docstring(architecture, name), _imports(body), *above]
    return "\n\n".join(parts) + "\n\n\n" + body + "\n"


@cache
def _definitions() -> dict[str, str]:
    """The classes and functions of `standalone.py`, by name, in their order."""
    text = (resources.files("convscope.export.pytorch") / "standalone.py").read_text("utf-8")
    return {
        node.name: ast.get_source_segment(text, node) or ""
        for node in ast.parse(text).body
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
    }


def _used(text: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}


def _needed(text: str, known: dict[str, str]) -> list[str]:
    """The definitions that a text uses, and those that these use, in their order."""
    found: set[str] = set()
    queue = [text]
    while queue:
        new = (_used(queue.pop()) & set(known)) - found
        found |= new
        queue += [known[name] for name in new]
    return [name for name in known if name in found]


def _imports(body: str) -> str:
    """Only what the file uses."""
    used = _used(body)
    lines = ["import torch"] if "torch" in used else []
    lines.append("from torch import Tensor, nn")
    if "F" in used:
        lines.append("from torch.nn import functional as F")
    return "\n".join(lines)


def _constant(name: str, value: object) -> str:
    """A long literal; `CENTRES` as text, because a number a line would fill pages."""
    assert isinstance(value, tuple)
    if name.startswith("TABLE"):
        return "\n".join(statement(name, literal([list(row) for row in value]), indent=0))
    rows = [[_number(number) for number in row] for row in value]
    texts = []
    for row in rows:
        chunks = [row[i : i + NUMBERS_A_LINE] for i in range(0, len(row), NUMBERS_A_LINE)]
        texts.append("\n".join(" ".join(chunk) for chunk in chunks))
    return f'{name} = """\n' + ";\n\n".join(texts) + '\n"""'


def _number(value: float) -> str:
    return repr(value).removesuffix(".0")


def _docstring(architecture: Architecture, name: str) -> str:
    """What the file is, where the network comes from, and how the weights get in."""
    lines = [f"{architecture.name}: written by convscope, needs torch and nothing else."]
    if architecture.paper:
        paper = architecture.paper
        lines += ["", *_wrapped(f"Paper: {paper.authors} {paper.year}. {paper.title}.")]
        lines += _wrapped(paper.url)
    if architecture.differs_from_paper:
        lines += ["", "Differs from the paper:"]
        for remark in architecture.differs_from_paper:
            lines += _wrapped(remark, bullet="- ")
    total = architecture.table().totals
    lines += ["", f"{total.parameters:,} parameters, {total.macs:,} multiply-accumulates an image."]
    if total.auxiliary_parameters:
        lines.append(f"Auxiliary heads, for training: {total.auxiliary_parameters:,} parameters.")
    lines += ["", f"    network = {name}()", "    network.load_state_dict(state)"]
    text = "\n".join(lines)
    return f'"""{text}\n"""'


def _wrapped(text: str, *, bullet: str = "") -> list[str]:
    """Lines that can stand inside a docstring, whatever the text."""
    calm = text.replace("\\", "/").replace('"', "'")
    calm = " ".join("".join(c if c.isprintable() else " " for c in calm).split())
    return textwrap.wrap(
        calm, WIDTH - 2, initial_indent=bullet, subsequent_indent=" " * len(bullet)
    )
