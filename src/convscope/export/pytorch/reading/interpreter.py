"""Interpreter of a small part of Python on its syntax tree: no code of the file is executed.

It knows numbers, texts, lists, loops over known ranges, classes and functions of the file, and
names of torch. It counts steps, and limits depths, lengths and numbers, since the text may be
malicious. What it does not know is refused with its line.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any, final

from convscope.export.pytorch.reading import calls
from convscope.export.pytorch.reading.graph import Tensor
from convscope.export.pytorch.reading.values import (
    Composed,
    Function,
    Instance,
    Name,
    Opaque,
    Size,
    Super,
    refused,
)
from convscope.text import printable

MOST_STEPS = 400_000
MOST_DEPTH = 40
MOST_LENGTH = 20_000
LARGEST = 2**40

Env = dict[str, Any]


class _Returned(Exception):  # noqa: N818  control flow of the interpreted function
    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


class _Broken(Exception):  # noqa: N818
    pass


class _Continued(Exception):  # noqa: N818
    pass


NUMBERS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
COMPARED: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda one, many: one in many,
    ast.NotIn: lambda one, many: one not in many,
}
JOINS: Mapping[type[ast.operator], str] = {ast.Add: "Residual", ast.Mult: "Gate"}
PLAIN = (int, float, bool, str, type(None))


@final
class Interpreter:
    """State of one reading: names of the file, notes, and how much was done.

    Attributes:
        names: the names at the top of the file.
        notes: sentences about what was left out.
    """

    def __init__(self) -> None:
        self.names: Env = {}
        self.notes: list[str] = []
        self._steps = 0
        self._depth = 0

    def note(self, node: ast.AST, sentence: str) -> None:
        """Keep a sentence about a line, once."""
        text = f"line {getattr(node, 'lineno', 0)}: {sentence}"
        if text not in self.notes:
            self.notes.append(text)

    def _count(self, node: ast.AST) -> None:
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise refused(node, "the source takes too many steps to read", expected="fewer loops")

    # statements

    def run(self, body: list[ast.stmt], env: Env) -> None:
        """Run statements. A return leaves by an exception that `invoke` catches."""
        for statement in body:
            self._count(statement)
            rule = STATEMENTS.get(type(statement))
            if rule is None:
                raise refused(statement, f"`{_kind(statement)}` is not read")
            rule(self, statement, env)

    def invoke(self, function: Function, args: list[Any], named: Env, node: ast.AST) -> Any:
        """Call a function of the file."""
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise refused(node, "functions call each other too deeply")
        try:
            own = self._bound(function, args, named, node)
            env = {**function.scope, **own}
            if isinstance(function.node, ast.Lambda):
                return self.evaluate(function.node.body, env)
            self.run(function.node.body, env)
        except _Returned as returned:
            return returned.value
        finally:
            self._depth -= 1
        return None

    def _bound(self, function: Function, args: list[Any], named: Env, node: ast.AST) -> Env:
        """Bind arguments to the parameters of a function."""
        spec = function.node.args
        names = [each.arg for each in (*spec.posonlyargs, *spec.args)]
        values = list(args) if function.owner is None else [function.owner, *args]
        env: Env = dict(zip(names, values, strict=False))
        if len(values) > len(names):
            if spec.vararg is None:
                raise refused(node, f"{len(values)} arguments for {len(names)} parameters")
            env[spec.vararg.arg] = tuple(values[len(names) :])
        elif spec.vararg is not None:
            env[spec.vararg.arg] = ()
        keywords = {each.arg for each in spec.kwonlyargs}
        others: Env = {}
        for name, value in named.items():
            if name in names or name in keywords:
                env[name] = value
            else:
                others[name] = value
        if spec.kwarg is not None:
            env[spec.kwarg.arg] = others
        elif others:
            raise refused(node, f"there is no parameter {next(iter(others))!r}")
        defaults = zip(names[len(names) - len(spec.defaults) :], spec.defaults, strict=True)
        optional = [(k.arg, d) for k, d in zip(spec.kwonlyargs, spec.kw_defaults, strict=True) if d]
        for name, default in (*defaults, *optional):
            if name not in env:
                env[name] = self.evaluate(default, dict(function.scope))
        if missing := [name for name in (*names, *keywords) if name not in env]:
            raise refused(node, f"a value for {missing[0]!r} is missing")
        return env

    def assign(self, target: ast.expr, value: Any, env: Env) -> None:
        """Assign a value to a name, an attribute, an element, or several of them."""
        match target:
            case ast.Name(id=name):
                env[name] = value
            case ast.Attribute(value=owner, attr=name):
                instance = self.evaluate(owner, env)
                if not isinstance(instance, Instance):
                    raise refused(target, "only attributes of self can be set")
                calls.set_attribute(instance, name, value)
            case ast.Subscript(value=owner, slice=key):
                held = self.evaluate(owner, env)
                if isinstance(held, calls.Modules):
                    calls.set_attribute(held.owner, str(self.evaluate(key, env)), value)
                elif isinstance(held, dict | list):
                    try:
                        held[self.evaluate(key, env)] = value
                    except (IndexError, TypeError):
                        raise refused(target, "there is no such element") from None
                else:
                    raise refused(target, "only elements of lists and dictionaries can be set")
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                values = self.items(value, target)
                if len(values) != len(targets):
                    raise refused(target, f"{len(values)} values for {len(targets)} names")
                for each, part in zip(targets, values, strict=True):
                    self.assign(each, part, env)
            case _:
                raise refused(target, "this assignment is not read")

    # expressions

    def evaluate(self, node: ast.expr, env: Env) -> Any:
        """Return the value of an expression."""
        self._count(node)
        rule = EXPRESSIONS.get(type(node))
        if rule is None:
            raise refused(node, f"`{_kind(node)}` is not read")
        value = rule(self, node, env)
        if isinstance(value, int) and not -LARGEST < value < LARGEST:
            raise refused(node, "a number is too large", expected=f"below {LARGEST:,}")
        if isinstance(value, list | tuple | str | dict) and len(value) > MOST_LENGTH:
            raise refused(node, "a list or a text is too long", expected=f"at most {MOST_LENGTH:,}")
        return value

    def items(self, value: Any, node: ast.AST) -> list[Any]:
        """Return the elements of something that a loop can run over."""
        if isinstance(value, range):
            if len(value) > MOST_LENGTH:
                raise refused(node, "a loop is too long", expected=f"at most {MOST_LENGTH:,} steps")
            return list(value)
        if isinstance(value, dict | list | tuple | str):
            return list(value)
        if isinstance(value, Composed):
            return list(value.parts.values())
        if isinstance(value, Tensor):
            raise refused(node, "a loop over a tensor is not read")
        raise refused(node, "a loop over this is not read", expected="a range or a list")

    def truth(self, value: Any, node: ast.AST) -> bool:
        """Return whether a condition holds; training is off."""
        if isinstance(value, Opaque):
            if value.what != "training":
                raise refused(node, "this condition depends on something that is not known")
            self.note(node, "what runs in training only was left out")
            return False
        if isinstance(value, Tensor | Size):
            raise refused(
                node,
                "a condition on a tensor is not read",
                expected="a network that computes the same for every image",
            )
        return bool(value)


def _kind(node: ast.AST) -> str:
    return printable(ast.unparse(node).split("\n")[0], 60)


def _binary(interpreter: Interpreter, node: ast.BinOp, env: Env) -> Any:
    one, two = interpreter.evaluate(node.left, env), interpreter.evaluate(node.right, env)
    return combined(node.op, one, two, node)


def combined(sign: ast.operator, one: Any, two: Any, node: ast.AST) -> Any:
    """Return the result of an operator: of numbers, of lists, or of two tensors."""
    if isinstance(one, Tensor) or isinstance(two, Tensor):
        join = JOINS.get(type(sign))
        if join is None or not (isinstance(one, Tensor) and isinstance(two, Tensor)):
            raise refused(
                node,
                "this operation on a tensor is not read",
                expected="tensors that are added, multiplied or concatenated",
            )
        return Tensor(getattr(node, "lineno", 0), before=(one, two), join=join)
    rule = NUMBERS.get(type(sign))
    if isinstance(sign, ast.Pow) and isinstance(one, int | float) and isinstance(two, int | float):
        if abs(one) > 1e4 or abs(two) > 20:
            raise refused(node, "a power is too large")
        return one**two
    if isinstance(one, Opaque | Size) or isinstance(two, Opaque | Size):
        return Opaque("number")
    fits = rule is not None and isinstance(one, (*PLAIN, list, tuple))
    if not fits or not isinstance(two, (*PLAIN, list, tuple)):
        raise refused(node, "this operation is not read")
    for held, times in ((one, two), (two, one)):
        if not (isinstance(held, str | list | tuple) and isinstance(times, int)):
            continue
        if not isinstance(sign, ast.Mult) or len(held) * abs(times) > MOST_LENGTH:
            raise refused(node, "this operation is not read")
    if isinstance(one, str) and isinstance(sign, ast.Mod):
        raise refused(node, "this text is not read", expected='an f-string: f"block{i}"')
    assert rule is not None
    try:
        return rule(one, two)
    except (TypeError, ZeroDivisionError, OverflowError, ValueError):
        raise refused(node, "this cannot be computed") from None


def _compare(interpreter: Interpreter, node: ast.Compare, env: Env) -> Any:
    one = interpreter.evaluate(node.left, env)
    for sign, right in zip(node.ops, node.comparators, strict=True):
        two = interpreter.evaluate(right, env)
        if isinstance(one, Opaque | Size) or isinstance(two, Opaque | Size):
            return Opaque("comparison")
        rule = COMPARED[type(sign)]
        known = isinstance(sign, ast.Is | ast.IsNot) or not isinstance(one, Tensor)
        try:
            if not known or not rule(one, two):
                return False
        except TypeError:
            raise refused(node, "these values cannot be compared") from None
        one = two
    return True


def _boolean(interpreter: Interpreter, node: ast.BoolOp, env: Env) -> Any:
    value: Any = None
    for part in node.values:
        value = interpreter.evaluate(part, env)
        if interpreter.truth(value, node) != isinstance(node.op, ast.And):
            return value
    return value


def _unary(interpreter: Interpreter, node: ast.UnaryOp, env: Env) -> Any:
    value = interpreter.evaluate(node.operand, env)
    if isinstance(node.op, ast.Not):
        return not interpreter.truth(value, node)
    if isinstance(value, int | float):
        return -value if isinstance(node.op, ast.USub) else +value
    raise refused(node, "this operation is not read")


def _named(interpreter: Interpreter, node: ast.Name, env: Env) -> Any:
    for names in (env, interpreter.names):
        if node.id in names:
            value = names[node.id]
            if isinstance(value, Exception):
                raise value
            return value
    if node.id in calls.BUILTINS:
        return Name(f"builtins.{node.id}")
    raise refused(node, f"the name {node.id[:60]!r} is not known", expected="names of this file")


def _attribute(interpreter: Interpreter, node: ast.Attribute, env: Env) -> Any:
    owner = interpreter.evaluate(node.value, env)
    return calls.attribute(owner, node.attr, node)


def _call(interpreter: Interpreter, node: ast.Call, env: Env) -> Any:
    if isinstance(node.func, ast.Name) and node.func.id == "super":
        return Super(env["self"], env["__class__"]) if "__class__" in env else Opaque("super")
    function = interpreter.evaluate(node.func, env)
    args: list[Any] = []
    for part in node.args:
        if isinstance(part, ast.Starred):
            args += interpreter.items(interpreter.evaluate(part.value, env), part)
        else:
            args.append(interpreter.evaluate(part, env))
    named: Env = {}
    for keyword in node.keywords:
        value = interpreter.evaluate(keyword.value, env)
        if keyword.arg is not None:
            named[keyword.arg] = value
        elif isinstance(value, dict):
            named |= {str(key): each for key, each in value.items()}
        else:
            raise refused(node, "these arguments are not read")
    return calls.call(interpreter, function, args, named, node)


def _subscript(interpreter: Interpreter, node: ast.Subscript, env: Env) -> Any:
    held = interpreter.evaluate(node.value, env)
    if isinstance(held, Tensor):
        return calls.sliced(interpreter, held, node, env)
    if isinstance(node.slice, ast.Slice):
        bounds = [
            None if part is None else interpreter.evaluate(part, env)
            for part in (node.slice.lower, node.slice.upper, node.slice.step)
        ]
        if isinstance(held, list | tuple | str) and all(
            b is None or isinstance(b, int) for b in bounds
        ):
            return held[slice(*bounds)]
        raise refused(node, "this part of a value is not read")
    key = interpreter.evaluate(node.slice, env)
    if isinstance(held, Composed):
        held = list(held.parts.values())
    if isinstance(held, calls.Modules):
        return calls.attribute(held.owner, str(key), node)
    if isinstance(held, calls.Shape) and isinstance(key, int):
        return Size(key % 4)
    try:
        return held[key] if isinstance(held, list | tuple | dict | str) else held.what[key]
    except (IndexError, KeyError, TypeError, AttributeError):
        raise refused(node, "there is no such element") from None


def _text(interpreter: Interpreter, node: ast.JoinedStr, env: Env) -> str:
    parts = []
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            value = interpreter.evaluate(part.value, env)
            parts.append(str(value)[:200] if isinstance(value, PLAIN) else "?")
        elif isinstance(part, ast.Constant):
            parts.append(str(part.value))
    return "".join(parts)


def _elements(interpreter: Interpreter, parts: list[ast.expr], env: Env) -> list[Any]:
    values: list[Any] = []
    for part in parts:
        if isinstance(part, ast.Starred):
            values += interpreter.items(interpreter.evaluate(part.value, env), part)
        else:
            values.append(interpreter.evaluate(part, env))
    return values


def _dictionary(interpreter: Interpreter, node: ast.Dict, env: Env) -> dict[Any, Any]:
    values: dict[Any, Any] = {}
    for key, part in zip(node.keys, node.values, strict=True):
        value = interpreter.evaluate(part, env)
        if key is None:
            values |= value if isinstance(value, dict) else {}
            continue
        name = interpreter.evaluate(key, env)
        if not isinstance(name, (*PLAIN, tuple)):
            raise refused(node, "this key is not read")
        values[name] = value
    return values


def _comprehension(
    interpreter: Interpreter, generators: list[ast.comprehension], env: Env
) -> list[Env]:
    scopes = [dict(env)]
    for generator in generators:
        inner: list[Env] = []
        for scope in scopes:
            values = interpreter.items(interpreter.evaluate(generator.iter, scope), generator.iter)
            for value in values:
                own = dict(scope)
                interpreter.assign(generator.target, value, own)
                if all(interpreter.truth(interpreter.evaluate(t, own), t) for t in generator.ifs):
                    inner.append(own)
            if len(inner) > MOST_LENGTH:
                raise refused(generator.iter, "a list is too long")
        scopes = inner
    return scopes


def _listed(interpreter: Interpreter, node: Any, env: Env) -> list[Any]:
    scopes = _comprehension(interpreter, node.generators, env)
    return [interpreter.evaluate(node.elt, scope) for scope in scopes]


def _mapped(interpreter: Interpreter, node: ast.DictComp, env: Env) -> dict[Any, Any]:
    scopes = _comprehension(interpreter, node.generators, env)
    return {
        interpreter.evaluate(node.key, scope): interpreter.evaluate(node.value, scope)
        for scope in scopes
    }


def _constant(_interpreter: Interpreter, node: ast.Constant, _env: Env) -> Any:
    if isinstance(node.value, PLAIN):
        return node.value
    return Opaque("constant")


def _choice(interpreter: Interpreter, node: ast.IfExp, env: Env) -> Any:
    holds = interpreter.truth(interpreter.evaluate(node.test, env), node)
    return interpreter.evaluate(node.body if holds else node.orelse, env)


EXPRESSIONS: Mapping[type[ast.AST], Callable[[Interpreter, Any, Env], Any]] = {
    ast.Constant: _constant,
    ast.Name: _named,
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _boolean,
    ast.Compare: _compare,
    ast.IfExp: _choice,
    ast.Subscript: _subscript,
    ast.JoinedStr: _text,
    ast.Tuple: lambda i, node, env: tuple(_elements(i, node.elts, env)),
    ast.List: lambda i, node, env: _elements(i, node.elts, env),
    ast.Dict: _dictionary,
    ast.ListComp: _listed,
    ast.GeneratorExp: _listed,
    ast.DictComp: _mapped,
    ast.Lambda: lambda _i, node, env: Function(node, None, dict(env)),
}


def _assign(interpreter: Interpreter, node: ast.Assign, env: Env) -> None:
    value = interpreter.evaluate(node.value, env)
    for target in node.targets:
        interpreter.assign(target, value, env)


def _declare(interpreter: Interpreter, node: ast.AnnAssign, env: Env) -> None:
    if node.value is not None:
        interpreter.assign(node.target, interpreter.evaluate(node.value, env), env)


def _augment(interpreter: Interpreter, node: ast.AugAssign, env: Env) -> None:
    target = node.target
    before = interpreter.evaluate(target, env)
    value = combined(node.op, before, interpreter.evaluate(node.value, env), node)
    interpreter.assign(target, value, env)


def _branch(interpreter: Interpreter, node: ast.If, env: Env) -> None:
    holds = interpreter.truth(interpreter.evaluate(node.test, env), node)
    interpreter.run(node.body if holds else node.orelse, env)


def _loop(interpreter: Interpreter, node: ast.For, env: Env) -> None:
    iterated = interpreter.evaluate(node.iter, env)
    if isinstance(iterated, Opaque):
        return  # initial values of `self.modules()`: no part of the architecture
    for value in interpreter.items(iterated, node):
        interpreter.assign(node.target, value, env)
        try:
            interpreter.run(node.body, env)
        except _Continued:
            continue
        except _Broken:
            return
    interpreter.run(node.orelse, env)


def _while(interpreter: Interpreter, node: ast.While, env: Env) -> None:
    while interpreter.truth(interpreter.evaluate(node.test, env), node):
        try:
            interpreter.run(node.body, env)
        except _Continued:
            continue
        except _Broken:
            return


def _return(interpreter: Interpreter, node: ast.Return, env: Env) -> None:
    raise _Returned(None if node.value is None else interpreter.evaluate(node.value, env))


def _leave(kind: type[Exception]) -> Callable[[Interpreter, Any, Env], None]:
    def rule(_interpreter: Interpreter, _node: Any, _env: Env) -> None:
        raise kind

    return rule


def _raise(_interpreter: Interpreter, node: ast.Raise, _env: Env) -> None:
    raise refused(node, "the network raises an error here, with these arguments")


def _expression(interpreter: Interpreter, node: ast.Expr, env: Env) -> None:
    if not isinstance(node.value, ast.Constant):  # a docstring
        interpreter.evaluate(node.value, env)


def _with(interpreter: Interpreter, node: ast.With, env: Env) -> None:
    interpreter.run(node.body, env)


def _function(_interpreter: Interpreter, node: ast.FunctionDef, env: Env) -> None:
    env[node.name] = Function(node, None, env)


def _import(_interpreter: Interpreter, node: ast.Import, env: Env) -> None:
    for alias in node.names:
        path = alias.name if alias.asname else alias.name.split(".")[0]
        env[alias.asname or path] = Name(path)


def _import_from(_interpreter: Interpreter, node: ast.ImportFrom, env: Env) -> None:
    for alias in node.names:
        env[alias.asname or alias.name] = Name(f"{node.module or ''}.{alias.name}")


def _class(interpreter: Interpreter, node: ast.ClassDef, env: Env) -> None:
    env[node.name] = calls.class_of(interpreter, node, env)


def _nothing(_interpreter: Interpreter, _node: Any, _env: Env) -> None:
    pass


STATEMENTS: Mapping[type[ast.AST], Callable[[Interpreter, Any, Env], None]] = {
    ast.Assign: _assign,
    ast.AnnAssign: _declare,
    ast.AugAssign: _augment,
    ast.If: _branch,
    ast.For: _loop,
    ast.While: _while,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Expr: _expression,
    ast.With: _with,
    ast.FunctionDef: _function,
    ast.ClassDef: _class,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.Break: _leave(_Broken),
    ast.Continue: _leave(_Continued),
    ast.Assert: _nothing,
    ast.Pass: _nothing,
    ast.Delete: _nothing,
}
