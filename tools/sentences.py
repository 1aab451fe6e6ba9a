"""Collector of the English sentences of the source, as templates, for tools and tests.

A string literal or an f-string is a sentence for users if it has two words, or stands where a
label does: the head of a table, an axis, the noun of `counted`. Values in an f-string are
numbered holes. Code, patterns, markup and keys are not sentences; what the rules cannot tell
is listed in `NOT_SHOWN`.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from convscope.lang.template import HOLE
from convscope.listing import sentence

SOURCE = Path(__file__).parents[1] / "src" / "convscope"

OWN_DICTIONARY = (
    "lang/",
    *(
        f"report/{name}"
        for name in ("texts", "page", "style", "charts", "gather", "pictures", "tables")
    ),
)
"""Files with both languages inside, or with none."""

NO_SENTENCES = (
    *(
        f"export/pytorch/{name}.py"
        for name in (
            *("blocks", "callees", "carried", "classes", "compositions", "library_names"),
            *("names", "python_text", "rows", "source", "use", "reading/modules"),
        )
    ),
    "layers/torch/",
    *(f"lessons/quantities/{name}.py" for name in ("connections", "formats", "published")),
    "lessons/sources.py",
    "network/layer_info.py",
    "network/recorder.py",
    "payload/colour_scales.py",
    "render/fonts/",
    "render/svg.py",
    "server/folder.py",
    "weights/names/",
)
"""Files whose strings are source code, markup, headers, or names of operations."""

LABEL_ARGUMENTS = {
    "title", "caption", "x_label", "y_label", "label", "help", "fix", "expected", "columns",
    "labels", "head", "name_of", "names", "message", "unit", "noun", "action", "short_help",
    "epilog", "rich_help_panel",
}  # fmt: skip
LABEL_CALLS = {
    "table": (0,), "Column": (0,), "progress_bar": (0, 1), "tracked": (1,), "unknown_name": (0,),
    "styled": (0, 1, 2, 3), "Series": (), "show": (0, 1), "Curves": (),
}  # fmt: skip
ERRORS = re.compile(r"(Error|Unsupported|Warning)$")
SKIPPED_CALLS = {
    "compile", "match", "search", "fullmatch", "sub", "split", "import_module", "getattr",
    "hasattr", "setattr", "startswith", "endswith", "removeprefix", "removesuffix", "encode",
    "TypeVar", "NewType", "getenv", "isinstance", "cast",
}  # fmt: skip
"""Calls whose strings are patterns, names or types."""

SKIPPED_KEYWORDS = {"metavar", "where", "colours", "style", "encoding", "source", "authors", "url"}
"""Keywords whose values are names, places and citations."""

FIELD = re.compile(r"\{[a-z_]*(![rs])?\}")
WORDS = re.compile(r"[A-Za-z]{2,}")
PLAIN = re.compile(
    r"[A-Za-z][A-Za-z'`\-]*[,:;.]? +(\(|`|'|\{|--)?[A-Za-z\d{]|[\d}] [a-z]{3,}|[A-Za-z]{2,} \{"
)
CODE = re.compile(
    r"convscope-[a-z]+|"
    r"</|<[a-z]+ |/>|^<|\{\{|;\s*\}|^[.#@][\w-]+|^def |^import |^from \w+ import|^class \w+[(:]|"
    r"^\w+\[[\w, |\[\]]+\]$|^Callable\[|^Literal\[|^%|^[A-Z][A-Za-z]+ \| None$|"
    r"^(dict|list|tuple|set|frozenset|type|Sequence|Mapping|Iterable|Iterator)\[|"
    r"^([A-Z][A-Za-z0-9]+ )+[A-Z][A-Za-z0-9]+$|^default-src|^'Noto|^\| layer|"
    r"^self\.|^return |^[a-z_]+: [A-Z][A-Za-z]+$|NDArray\["
)
STYLES = re.compile(
    r"^(bold|dim|green|red|yellow|cyan)( (bold|dim|green|red|yellow|cyan|blue|magenta|\{0\}))?$"
)
COMMANDS = re.compile(
    r"^(convscope|pip|torchrun) [a-z-][^;]*$|^--?[a-z][\w-]*([ =][A-Z{\d][\w{}.]*)*$|"
    r"^\{0\} (sample|predict|look|train|evaluate|export) "
)
"""A command line or an option, which is the same in every language."""

LAYER_BASES = {f"layers/{name}.py" for name in ("base", "call", "emitter", "entries")}
"""Files of layers that are not layers; the docstrings of layers are descriptions."""

COMMAND = re.compile(r"[a-z]\w*_command")
"""Functions of subcommands, whose docstrings are their help."""

SKIPPED_NAMES = {"NAMES", "LABELS", "START", "_KNOWN", "_OTHER_ACTIVATIONS"}
"""Constants that hold lists of names, or code."""

NOT_SHOWN = frozenset(
    {
        "Noto Sans",
        "and so on",
        "network trash folder",
        "temporary items",
        "system volume information",
    }
)
"""Strings that look like sentences and are none."""


def templates(root: Path = SOURCE) -> dict[str, list[str]]:
    """Return every template, with the places of the source (`file:line`) that hold it."""
    places: dict[str, list[str]] = {}
    for path in sorted(root.rglob("*.py")):
        name = path.relative_to(root).as_posix()
        if name.startswith((*OWN_DICTIONARY, *NO_SENTENCES)):
            continue
        for template, line in _in_file(path.read_text(encoding="utf-8"), name):
            places.setdefault(template, []).append(f"{name}:{line}")
    return places


def _in_file(source: str, name: str) -> Iterator[tuple[str, int]]:
    tree = ast.parse(source)
    visitor = _Visitor(name)
    visitor.visit(tree)
    for template, line in visitor.sentences:
        text = " ".join(template.split(" ")).strip()
        for part in text.split("\n"):
            if (part := _renumbered(part.strip())) and part not in NOT_SHOWN and _has_words(part):
                yield part, line


def _has_words(template: str) -> bool:
    return bool(WORDS.search(HOLE.sub("", template)))


def _renumbered(template: str) -> str:
    """Number the holes from 0, with adjacent ones as one; none at the ends of spaces only."""
    template = re.sub(r"(\{\d+\})+", "{0}", template)
    count = iter(range(1000))
    return HOLE.sub(lambda _: f"{{{next(count)}}}", template)


class _Visitor(ast.NodeVisitor):
    """Collects templates; knows whether it is inside a place for labels."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.sentences: list[tuple[str, int]] = []
        self._is_label = False

    # -- what is not shown --

    def visit_Assert(self, node: ast.Assert) -> None:
        pass

    def visit_Compare(self, node: ast.Compare) -> None:
        for part in (node.left, *node.comparators):
            if not isinstance(part, ast.Constant):
                self.visit(part)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.visit(node.value)
        if _name(node.value) != "Literal" and not _is_text(node.slice):
            self.visit(node.slice)

    def visit_Dict(self, node: ast.Dict) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            if key is not None and not isinstance(key, ast.Constant):
                self.visit(key)
            self.visit(value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if (
            isinstance(node.annotation, ast.Subscript)
            and _name(node.annotation.value) == "Annotated"
        ):
            self.visit(node.annotation)
        if node.value is not None:
            self.visit(node.value)

    def visit_arg(self, node: ast.arg) -> None:
        if (
            isinstance(node.annotation, ast.Subscript)
            and _name(node.annotation.value) == "Annotated"
        ):
            self.visit(node.annotation)

    # -- docstrings --

    def visit_Module(self, node: ast.Module) -> None:
        is_visual = self.file.startswith("visuals/methods/") and "__" not in self.file
        self._body(node, is_shown=is_visual)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        is_layer = self.file.startswith("layers/") and self.file not in LAYER_BASES
        self._body(node, is_shown=is_layer and node.name[0] != "_")

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        if node.name in ("__repr__", "__getattr__"):  # for programmers
            return
        is_command = self.file.startswith("cli/") and bool(COMMAND.fullmatch(node.name))
        is_command |= self.file == "cli/__init__.py" and bool(node.decorator_list)
        is_shown = self.file.startswith("zoo/papers/") and node.name[0] != "_"
        for default in (*node.args.defaults, *(d for d in node.args.kw_defaults if d)):
            if not isinstance(default, ast.Constant):
                self.visit(default)
        for argument in (*node.args.args, *node.args.kwonlyargs):
            self.visit(argument)
        self._body(node, is_shown=is_shown, is_command=is_command)

    def _body(
        self,
        node: ast.Module | ast.ClassDef | ast.FunctionDef,
        *,
        is_shown: bool,
        is_command: bool = False,
    ) -> None:
        text = ast.get_docstring(node) or ""
        paragraphs = [" ".join(part.split()) for part in text.split("\n\n")]
        if text and is_command:
            self.sentences += [
                (part, node.body[0].lineno) for part in paragraphs if part[:10] != "convscope "
            ]
        elif text and is_shown and not text.startswith("Return "):
            self.sentences.append((sentence(text), node.body[0].lineno))
        for child in node.body:
            self.visit(child)

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # a docstring
            self.visit(node.value)

    # -- places --

    def visit_Call(self, node: ast.Call) -> None:
        name = _name(node.func)
        if name == "split" and isinstance(node.func, ast.Attribute) and _is_text(node.func.value):
            return  # a list of names
        if name in SKIPPED_CALLS:
            for part in node.args:
                if not _is_text(part):
                    self.visit(part)
            return
        if name == "counted" and len(node.args) == 2:
            self.visit(node.args[0])
            self._nouns(node.args[1])
            return
        self.visit(node.func)
        labels = LABEL_CALLS.get(name, range(9) if ERRORS.search(name) else ())
        for number, part in enumerate(node.args):
            self._visit_as(part, is_label=number in labels)
        for keyword in node.keywords:
            if keyword.arg in SKIPPED_KEYWORDS or name == "Paper":
                continue
            is_label = keyword.arg in LABEL_ARGUMENTS or (
                keyword.arg == "name" and name == "Series"
            )
            self._visit_as(keyword.value, is_label=is_label)

    def _visit_as(self, node: ast.AST, *, is_label: bool) -> None:
        before, self._is_label = self._is_label, is_label
        self.visit(node)
        self._is_label = before

    def _nouns(self, node: ast.AST) -> None:
        for part in ast.walk(node):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                self.sentences.append((f"{{0}} {part.value}(s)", part.lineno))

    def visit_Assign(self, node: ast.Assign) -> None:
        names = {_name(target) for target in node.targets}
        if names & SKIPPED_NAMES:
            return
        self._visit_as(node.value, is_label=bool(names & {"head", "columns", "HEAD", "COLUMNS"}))

    # -- text --

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if isinstance(node.op, ast.Add) and any(map(_is_text, _operands(node))):
            self._add("".join(map(_template, _operands(node))), node.lineno)
            for part in _operands(node):
                self._inside(part)
        else:
            self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self._add(_template(node), node.lineno)
        self._inside(node)

    def _inside(self, node: ast.AST) -> None:
        """Visit the values in the holes: they may hold other sentences, or single words."""
        if isinstance(node, ast.JoinedStr):
            for value in node.values:
                if isinstance(value, ast.FormattedValue):
                    self._visit_as(value.value, is_label=isinstance(value.value, ast.IfExp))
        elif not isinstance(node, ast.Constant):
            self.visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._visit_as(node.test, is_label=False)
        self.visit(node.body)
        self.visit(node.orelse)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self._add(_escaped(node.value), node.lineno)

    def _add(self, template: str, line: int) -> None:
        text = template.strip()
        if not _has_words(text) or CODE.search(text) or STYLES.search(text):
            return
        if COMMANDS.search(text):
            return
        if PLAIN.search(HOLE.sub("{0}", text)) or (self._is_label and _is_label(text)):
            self.sentences.append((text, line))


def _is_label(text: str) -> bool:
    """Return whether a word can be a label: it is no path, no option and no name of a field."""
    return bool(re.fullmatch(r"[A-Za-z][a-z]*(-[a-z]+)*[.:]?", text)) and not text.isupper()


def _operands(node: ast.AST) -> list[ast.AST]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [*_operands(node.left), *_operands(node.right)]
    return [node]


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _template(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _escaped(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(map(_template, node.values))
    return "{0}"


def _escaped(text: str) -> str:
    """Return a literal text; the fields of `str.format` are holes too."""
    return FIELD.sub("{0}", HOLE.sub(lambda hole: f"<{hole[1]}>", text))


def _is_annotated(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Subscript) and _name(node.value) == "Annotated"


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""
