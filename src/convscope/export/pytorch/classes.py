"""Writer of the classes of an exported file: `__init__` and `forward`."""

import keyword
import re

from convscope.arch import Architecture, Composition
from convscope.export.pytorch.blocks import BlockClass, Constant, Node, Parameter, Plan, relative
from convscope.export.pytorch.names import reserved
from convscope.export.pytorch.python_text import (
    STEP,
    WIDTH,
    Atom,
    Comprehension,
    Expression,
    Group,
    Part,
    call,
    flat,
    literal,
    render,
    statement,
)
from convscope.export.pytorch.rows import ROWS, Row
from convscope.layers import Layer
from convscope.layers.call import Argument

BODY = 2 * STEP
FEWEST_TO_LOOP = 3
DEEPEST_NEST = 3
HEADS = "heads: list[Tensor] | None = None"
HEADS_DOCSTRING = (
    "Auxiliary heads run if `heads` is a list: their logits are appended in order.",
    "`head_weights` are the factors of their losses.",
)


class ClassWriter:
    """Writes the classes of a plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def network(self, name: str, architecture: Architecture) -> str:
        """Return the class of the whole architecture."""
        root, image = self.plan.root, architecture.input
        docstring = [
            f'    """Images (N, {image.channels}, {image.height}, {image.width}) in, '
            f"logits (N, {architecture.num_classes}) out."
        ]
        if root.has_heads:
            docstring += ["", *(f"    {line}" for line in HEADS_DOCSTRING), '    """']
            weights = tuple(head.weight for head in architecture.trace.heads)
            docstring += ["", *statement("head_weights", literal(weights), indent=STEP)]
        else:
            docstring[-1] += '"""'
        shapes = {
            step.path: str(step.output_shape)
            for step in architecture.trace.steps
            if step.output_shape != step.input_shapes[0]
        }
        return self._class(name, root, None, docstring, shapes)

    def chain(self, name: str, docstring: str) -> str:
        """Return the class of the root of the plan, which is not a whole architecture."""
        return self._class(name, self.plan.root, None, [f'    """{docstring}"""'], {})

    def block(self, block_class: BlockClass) -> str:
        """Return the class of a part that repeats."""
        node = block_class.first
        sentence, names = _row(node).sentence, ", ".join(node.parts)
        docstring = [f'    """{sentence}: {names}."""']
        if len(docstring[0]) > WIDTH:
            docstring = [f'    """{sentence}."""']
        return self._class(block_class.name, node, block_class, docstring, {})

    def _class(
        self,
        name: str,
        node: Node,
        owner: BlockClass | None,
        docstring: list[str],
        shapes: dict[str, str],
    ) -> str:
        lines = [f"class {name}(nn.Module):", *docstring, ""]
        parameters = [Part(Atom("self"))]
        parameters += [Part(Atom(_declared(p))) for p in (owner.parameters if owner else ())]
        lines += _definition("__init__", parameters, "None")
        lines.append(f"{' ' * BODY}super().__init__()")
        lines += self._attributes(node, owner, shapes)
        inputs = [Part(Atom("self")), Part(Atom("x: Tensor"))]
        inputs += [Part(Atom(HEADS))] if node.has_heads else []
        lines += ["", *_definition("forward", inputs, "Tensor"), *self._forward(node, owner)]
        return "\n".join(lines)

    # __init__

    def _attributes(
        self, node: Node, owner: BlockClass | None, shapes: dict[str, str]
    ) -> list[str]:
        lines: list[str] = []
        for names, expression in self._runs(node, owner):
            if len(names) > 1:
                lines += _loop(names)
                added = call("self.add_module", Atom(_pattern(names)), expression)
                first, *rest = render(added, indent=BODY + STEP)
                lines += [" " * (BODY + STEP) + first, *rest]
                continue
            written = _assigned(names[0], expression)
            shape = shapes.get(node.parts[names[0]].path, "")
            commented = f"{written[0]}  # {shape}"
            if shape and len(written) == 1 and len(commented) <= WIDTH:
                written = [commented]
            lines += written
        return lines

    def _runs(self, node: Node, owner: BlockClass | None) -> list[tuple[list[str], Expression]]:
        """Return the parts with their expressions; equal ones under counted names together."""
        runs: list[tuple[list[str], Expression]] = []
        for name, part in node.parts.items():
            expression = self._expression(part, owner)
            if runs and _counted(runs[-1][0][-1], name) and flat(runs[-1][1]) == flat(expression):
                runs[-1][0].append(name)
            else:
                runs.append(([name], expression))
        split: list[tuple[list[str], Expression]] = []
        for names, expression in runs:
            loops = len(names) >= FEWEST_TO_LOOP and not node.parts[names[0]].has_heads
            if loops and _is_sequence(node):
                split.append((names, expression))
            else:
                split += [([name], expression) for name in names]
        return split

    def _expression(self, node: Node, owner: BlockClass | None) -> Expression:
        """Return the expression that makes the module of a node."""
        if node.path in self.plan.at:
            return self._instance(self.plan.at[node.path], node, owner)
        if node.call is not None:
            arguments = [
                Part(
                    self._placed(node.path, argument.name, argument, owner),
                    "" if argument.positional else f"{argument.name}=",
                )
                for argument in node.call.arguments
                if not self._left_out(node, argument, owner)
            ]
            callee = node.call.own_class or node.call.callee
            return Group(f"{callee}(", tuple(arguments), ")")
        parts = []
        for names, module in self._runs(node, owner):
            if len(names) > 1:
                spread = Comprehension(_pattern(names), module, _range(names))
                parts.append(Part(spread, "**"))
            elif keyword.iskeyword(names[0]):
                parts.append(Part(Group("{", (Part(module, f'"{names[0]}": '),), "}"), "**"))
            else:
                parts.append(Part(module, f"{names[0]}="))
        return Group(f"{node.block.type}(", tuple(parts), ")")

    def _instance(
        self, block_class: BlockClass, node: Node, owner: BlockClass | None
    ) -> Expression:
        """Return a call of a class, with the numbers of this place."""
        numbers = dict(node.numbers())
        parts = []
        for parameter in block_class.parameters:
            path, name = parameter.column
            argument = numbers[parameter.column]
            inner = f"{node.path}.{path}" if path else node.path
            value = self._placed(inner, name, argument, owner)
            if parameter.required or flat(value) != flat(literal(parameter.default)):
                parts.append(Part(value, "" if parameter.positional else f"{parameter.name}="))
        return Group(f"{block_class.name}(", tuple(parts), ")")

    def _placed(
        self, path: str, name: str, argument: Argument, owner: BlockClass | None
    ) -> Expression:
        parameter = self._parameter(path, name, owner)
        if parameter is not None:
            return Atom(parameter)
        if isinstance(argument.value, Constant):
            return Atom(argument.value.name)
        return literal(argument.value)

    def _parameter(self, path: str, name: str, owner: BlockClass | None) -> str | None:
        if owner is None:
            return None
        return owner.places.get((relative(path, owner.first.path), name))

    def _left_out(self, node: Node, argument: Argument, owner: BlockClass | None) -> bool:
        """Return whether the argument equals the default of the callable."""
        if self._parameter(node.path, argument.name, owner) is not None:
            return False
        return argument.value == argument.default and not argument.positional

    # forward

    def _forward(self, node: Node, owner: BlockClass | None) -> list[str]:
        if not _is_sequence(node):
            branches = [self._called(part, "x") for part in node.parts.values()]
            return _returned(_row(node).join(branches))
        lines: list[str] = []
        pending: Expression = Atom("x")
        nested = 0
        for names, _ in self._runs(node, owner):
            part = node.parts[names[0]]
            fits = BODY + len("x = ") + len(flat(self._called(part, flat(pending)))) <= WIDTH
            if len(names) > 1 or _begins(part) or nested == DEEPEST_NEST or not fits:
                lines += _assigned_x(pending)
                pending, nested = Atom("x"), 0
            if len(names) > 1:
                each = f"x = self.get_submodule({_pattern(names)})(x)"
                lines += [*_loop(names), " " * (BODY + STEP) + each]
            else:
                pending = self._called(part, flat(pending))
                nested += 1
        return lines + _returned(pending)

    def _called(self, node: Node, x: str) -> Expression:
        name = node.path.rsplit(".", 1)[-1]
        callee = f'self._modules["{name}"]' if reserved(name) else f"self.{name}"
        arguments = [Atom(x), Atom("heads")] if node.has_heads else [Atom(x)]
        return call(callee, *arguments)


def _definition(name: str, parts: list[Part], returns: str) -> list[str]:
    definition = Group(f"def {name}(", tuple(parts), ")")
    first, *rest = render(definition, indent=STEP, after=f" -> {returns}:")
    return [" " * STEP + first, *rest]


def _declared(parameter: Parameter) -> str:
    kinds = {_kind(value) for value in parameter.values}
    if kinds == {"int", "float"}:
        kinds = {"float"}
    text = f"{parameter.name}: {' | '.join(sorted(kinds, key=lambda kind: (kind == 'None', kind)))}"
    return text if parameter.required else f"{text} = {flat(literal(parameter.default))}"


def _kind(value: object) -> str:
    match value:
        case Constant():
            return value.type
        case tuple():
            inner = {type(number).__name__ for number in value}
            if inner == {"int"}:
                return f"tuple[{', '.join(['int'] * len(value))}]"
            return "tuple[float, ...]"
        case None:
            return "None"
        case _:
            return type(value).__name__


def _assigned(name: str, expression: Expression) -> list[str]:
    """Return `self.name = ...`, in a form that the name and the formatter allow."""
    if reserved(name):
        return statement(f'self._modules["{name}"]', expression, indent=BODY)
    head = expression.opening if isinstance(expression, Group) else flat(expression)
    written = statement(f"self.{name}", expression, indent=BODY)
    if len(written[0]) <= WIDTH and BODY + len(f"self.{name} = {head}") <= WIDTH:
        return written
    first, *rest = render(call("self.add_module", literal(name), expression), indent=BODY)
    return [" " * BODY + first, *rest]


def _assigned_x(expression: Expression) -> list[str]:
    return [] if flat(expression) == "x" else statement("x", expression, indent=BODY)


def _returned(expression: Expression) -> list[str]:
    first, *rest = render(expression, indent=BODY, before="return ")
    return [" " * BODY + first, *rest]


def _begins(node: Node) -> bool:
    """Return whether a line of `forward` begins here: not at activations, norms and pooling."""
    if not isinstance(node.block, Layer):
        return True
    return node.block.role in ("convolution", "linear", "shape")


def _is_sequence(node: Node) -> bool:
    return isinstance(node.block, Composition) and node.block.flow == "sequence"


def _row(node: Node) -> Row:
    assert isinstance(node.block, Composition)
    return ROWS[node.block.type]


def _split(name: str) -> tuple[str, str]:
    match = re.fullmatch(r"(.*?)(0|[1-9][0-9]{0,8})", name)
    return (match[1], match[2]) if match else (name, "")


def _counted(before: str, name: str) -> bool:
    """Return whether `name` is `before` with the next number."""
    (stem, number), (next_stem, next_number) = _split(before), _split(name)
    if not number or not next_number or stem != next_stem or reserved(before):
        return False
    return int(next_number) == int(number) + 1 and not reserved(name)


def _pattern(names: list[str]) -> str:
    return f'f"{_split(names[0])[0]}{{i}}"'


def _range(names: list[str]) -> str:
    first, last = int(_split(names[0])[1]), int(_split(names[-1])[1])
    return f"for i in range({f'{first}, ' if first else ''}{last + 1})"


def _loop(names: list[str]) -> list[str]:
    return [" " * BODY + _range(names) + ":"]
