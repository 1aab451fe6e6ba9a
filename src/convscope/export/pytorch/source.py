"""Export of an architecture as one Python file that imports only torch.

Modules have our names, so that a state dict of ours loads as it is, and compute the same bits.
Parts that repeat become classes; a formatter changes nothing.
"""

import ast
import textwrap

from convscope.arch import Architecture
from convscope.export.pytorch import use
from convscope.export.pytorch.blocks import Constants, Plan, tree
from convscope.export.pytorch.carried import definitions
from convscope.export.pytorch.classes import ClassWriter
from convscope.export.pytorch.names import camel, unique
from convscope.export.pytorch.python_text import STEP, WIDTH, flat, literal, statement
from convscope.export.pytorch.use import Model, docstring_lines, preprocessing_class

IMPORTED = ("torch", "nn", "F", "Tensor")


def pytorch_source(architecture: Architecture, model: Model | None = None) -> str:
    """Return the text of a file whose last class is the network.

    `Lenet5().load_state_dict(state)` takes the weights of `convscope.network.build`; the
    outputs are equal to the last bit. With auxiliary heads, `forward(x, heads)` appends their
    logits to the list, as ours does.

    Args:
        model: adds preprocessing, labels, and functions that load the weights and classify.

    Raises:
        Unsupported: a composition without a row in `rows.py`, or an unknown module of a layer.
    """
    constants = Constants()
    root = tree(architecture.block, architecture.trace, constants)
    known = definitions()
    taken = {*known, *IMPORTED, *(use.NAMES if model else ())}
    name = unique(camel(architecture.name), taken)
    plan = Plan(root, taken={name, *taken})
    writer = ClassWriter(plan)
    written = [writer.block(block_class) for block_class in reversed(plan.classes)]
    if model is not None:
        written += preprocessing_class(architecture, model.card.preprocessing, constants, plan)
    written.append(writer.network(name, architecture))
    carried = _needed("\n".join(written), known)
    above = [_constant(label, value) for (_, value), label in constants.names.items()]
    body = "\n\n\n".join([*(known[need] for need in carried), *written])
    lines = docstring_lines(name, model)
    if model is not None:
        above.append(use.labels(model.card.labels))
        body += "\n\n\n" + use.functions(name, architecture, model)
    parts = [_docstring(architecture, lines), _imports(body, runs=model is not None), *above]
    return "\n\n".join(parts) + "\n\n\n" + body + "\n"


def _used(text: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}


def _needed(text: str, known: dict[str, str]) -> list[str]:
    """Return the definitions that a text uses, directly or through others, in their order."""
    needed: set[str] = set()
    queue = [text]
    while queue:
        new = (_used(queue.pop()) & set(known)) - needed
        needed |= new
        queue += [known[name] for name in new]
    return [name for name in known if name in needed]


def _imports(body: str, *, runs: bool) -> str:
    """Return the imports that the file uses."""
    used = _used(body)
    lines = ["import sys", ""] if runs else []
    lines += ["import torch"] if "torch" in used else []
    lines.append("from torch import Tensor, nn")
    if "F" in used:
        lines.append("from torch.nn import functional as F")
    return "\n".join(lines)


def _constant(name: str, value: object) -> str:
    """Return the statement of a table; long rows of numbers are not split one to a line."""
    assert isinstance(value, tuple)
    rows = [flat(literal(row)) + "," for row in value]
    if max(map(len, rows)) <= WIDTH - STEP:
        return "\n".join(statement(name, literal(value), indent=0))
    indent = " " * STEP
    wrapped = [
        textwrap.fill(row, WIDTH, initial_indent=indent, subsequent_indent=f"{indent} ")
        for row in rows
    ]
    return "\n".join(["# fmt: off", f"{name} = (", *wrapped, ")", "# fmt: on"])


def _docstring(architecture: Architecture, use: list[str]) -> str:
    """Return the docstring of the file: the paper, sizes, and the lines that load weights."""
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
    lines += [
        "",
        f"{total.parameters:,} parameters, {total.macs:,} multiply-accumulates per image.",
    ]
    if total.auxiliary_parameters:
        lines.append(f"Auxiliary heads, for training: {total.auxiliary_parameters:,} parameters.")
    lines += ["", *use]
    text = "\n".join(lines)
    return f'"""{text}\n"""'


def _wrapped(text: str, *, bullet: str = "") -> list[str]:
    """Return lines for a docstring, without characters that could end it."""
    safe = text.replace("\\", "/").replace('"', "'")
    safe = " ".join("".join(c if c.isprintable() else " " for c in safe).split())
    return textwrap.wrap(
        safe, WIDTH - 2, initial_indent=bullet, subsequent_indent=" " * len(bullet)
    )
