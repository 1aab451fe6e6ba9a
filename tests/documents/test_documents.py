"""Every line that a page asks to type is valid, and every file that it names exists by then."""

import ast
import importlib
import importlib.util
import re
import shlex
from pathlib import Path, PurePosixPath

import pytest
from typer.main import get_command

import convscope
from convscope.cli import app
from convscope.cli.grammar.options import RENAMED
from convscope.cli.grammar.several import SEVERAL, spread
from convscope.extras import EXTRAS
from convscope.samples import SAMPLES

HERE = Path(__file__).parent


def _module(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


pages = _module(HERE / "pages.py")
stand_ins = _module(HERE / "stand_ins.py")
verbs = _module(HERE.parent / "cli" / "verbs.py")
COMMANDS = verbs.commands()
ROOT_PARAMS = get_command(app).params

WRITES = ("--output", "--save-dir", "--sheet", "--csv", "--weights-to")
FILE = re.compile(
    r".*\.(png|jpe?g|svg|json|csv|html|pth|txt|safetensors|py|npz|onnx|h5|heic)|.*/.*|\.\.?"
)


def all_items(kind):
    return [item for page in pages.pages() for item in pages.items(page) if isinstance(item, kind)]


def where(item):
    return f"{item.page}:{item.line}"


def parsed(command):
    """Return the words of the subcommand and the parameters that its parser finds."""
    words = command.words[1:]
    for length in (2, 1):
        name = " ".join(words[:length])
        if name in COMMANDS and not (name == "lab" and len(words) > 1):
            context = COMMANDS[name].make_context(name, spread(words)[length:])
            return name, context
    if words and words[0] in {option for p in ROOT_PARAMS for option in p.opts}:
        return "", None
    raise AssertionError(f"{where(command)}: no such command: {command}")


@pytest.mark.parametrize("page", pages.pages())
def test_every_command_is_one(page):
    for command in pages.items(page):
        if isinstance(command, pages.Command) and command.is_ours:
            parsed(command)


def test_pages_are_read():
    """The reader of pages finds what is there, so that nothing passes because it is not seen."""
    texts = [str(command) for command in all_items(pages.Command)]
    assert "convscope list recipes" in texts
    assert len(texts) > 80
    assert len(all_items(pages.Python)) > 8
    plain = "\n".join((pages.ROOT / page).read_text(encoding="utf-8") for page in pages.pages())
    called = "|".join({name.split()[0] for name in COMMANDS})
    lines = re.findall(rf"^(?: {{4}}|\$ )?(convscope (?:{called})\b.*)$", plain, re.MULTILINE)
    typed = {command.text.split("\n")[0] for command in all_items(pages.Command)}
    output = {line for command in all_items(pages.Command) for line in command.output}
    assert {line for line in lines if line not in typed | output} <= stand_ins.PRINTED.keys()


@pytest.mark.parametrize("page", pages.pages())
def test_every_file_that_a_line_reads_is_there(page):
    made = {_plain(name) for name in stand_ins.FILES}
    for item in pages.items(page):
        if isinstance(item, pages.Python):
            made |= set(re.findall(r"[\w/.-]+\.\w+|[\w-]+/[\w-]+", item.text))
            continue
        if stand_ins.why_not(str(item)) or not item.is_ours:
            made |= _targets(item)
            continue
        written = _written(item)
        for path in _paths(item):
            if path not in written:
                assert _exists(path, made), f"{where(item)}: nothing made {path}: {item}"
        made |= written


def _paths(command):
    words = [word for word in command.words[1:] if "=" not in word and "://" not in word]
    return {_plain(word) for word in words if FILE.fullmatch(word) and not _is_pattern(word)}


def _is_pattern(word):
    return any(letter in word for letter in "\\()*;,@ ")


def _plain(path):
    return str(PurePosixPath(path))


def _exists(path, made):
    parents = {str(parent) for parent in PurePosixPath(path).parents} - {"."}
    below = any(other.startswith(f"{path}/") for other in made)
    return path in made or bool(parents & made) or below


def _written(command):
    """Return the files and folders that a command writes."""
    name, context = parsed(command)
    made = {_plain(command.redirected)} if command.redirected else set()
    for parameter in context.command.params if context else ():
        value = context.params.get(parameter.name)
        if set(WRITES) & set(parameter.opts) and value is not None:
            made.add(_plain(str(value)))
    if name == "sample" and not context.params.get("output"):
        made.add(_plain(SAMPLES[context.params["name"]].path))
    if name in ("train", "demo"):
        made.add("runs")
    if name == "sweep":
        made.add("sweeps")
    return made


def _targets(command):
    """Return the paths named by a line of another program (mv a b), or by one that is not run."""
    words = shlex.split(command.text, comments=True)
    return {_plain(word) for word in words if FILE.fullmatch(word)}


def test_lines_of_other_programs_name_what_is_here():
    makefile = (pages.ROOT / "Makefile").read_text(encoding="utf-8")
    for command in all_items(pages.Command):
        words = shlex.split(command.text, comments=True)
        assert words[0] in pages.PROGRAMS, f"{where(command)}: {command}"
        if words[0] == "make":
            assert re.search(rf"^{words[1]}:", makefile, re.MULTILINE), where(command)
        if words[0] == "pip":
            named = re.findall(r"\[([\w,]+)\]", command.text)
            assert {name for group in named for name in group.split(",")} <= EXTRAS.keys() | {"dev"}
        if words[0] == "python" and words[1].endswith(".py"):
            assert (pages.ROOT / words[1]).is_file(), where(command)


NEEDS = {"sweep": "tune", "filter": "filters", "learnable_filter": "filters"}
NEEDS |= {"efficientnet_lite0@imagenet": "pretrained", "--tensorboard": "tensorboard"}


@pytest.mark.parametrize("page", pages.pages())
def test_extras_are_installed_before_they_are_needed(page):
    here = pages.installed_by_demo() | pages.installed_by(page)
    for item in pages.items(page):
        words = item.words if isinstance(item, pages.Command) and item.is_ours else ()
        assert {NEEDS[word] for word in words if word in NEEDS} <= here, f"{where(item)}: {item}"


@pytest.mark.parametrize("page", pages.pages())
def test_python_compiles_and_imports_what_exists(page):
    for block in pages.items(page):
        if isinstance(block, pages.Python):
            tree = ast.parse(block.text)
            for node in ast.walk(tree):
                _check_names(node, where(block))


def _check_names(node, place):
    if isinstance(node, ast.ImportFrom) and node.module.startswith("convscope"):
        module = importlib.import_module(node.module)
        missing = [alias.name for alias in node.names if not _has(module, alias.name)]
        assert not missing, f"{place}: {node.module} has no {missing}"
    is_ours = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    if is_ours and node.value.id == "convscope":
        assert hasattr(convscope, node.attr), f"{place}: convscope.{node.attr}"


def _has(module, name):
    if hasattr(module, name):
        return True
    return importlib.util.find_spec(f"{module.__name__}.{name}") is not None


def test_exceptions_are_used():
    """A line that is gone from the pages goes from the lists too."""
    texts = {str(command) for command in all_items(pages.Command)}
    assert not stand_ins.NOT_HERE.keys() - texts
    assert all(any(t.startswith(begin) for t in texts) for begin in stand_ins.NOT_HERE_STARTS)
    names = pages.pages()
    assert stand_ins.PARTIAL.keys() <= {Path(name).name for name in names}
    assert not stand_ins.SHORTER.keys() - texts
    named = {
        path for command in all_items(pages.Command) if command.is_ours for path in _paths(command)
    }
    code = "\n".join(block.text for block in all_items(pages.Python))
    unused = {f for f in stand_ins.FILES if _plain(f) not in named and f'"{f}"' not in code}
    assert not unused
    reasons = [*stand_ins.NOT_HERE.values(), *stand_ins.PRINTED.values()]
    assert all(len(reason) > 10 for reason in reasons)


def test_extras_are_named_as_they_are():
    text = "\n".join((pages.ROOT / p).read_text(encoding="utf-8") for p in pages.pages())
    assert "convscope[" not in text, "there is no published package: pip install -e '.[extra]'"


EVERY = [*pages.pages(), "README.zh.md", "CONTRIBUTING.md"]
EVERY += [
    path.relative_to(pages.ROOT).as_posix()
    for path in sorted((pages.ROOT / "docs/zh").rglob("*.md"))
]


@pytest.mark.parametrize("page", EVERY)
def test_commands_within_sentences_have_their_verbs_and_options(page):
    text = (pages.ROOT / page).read_text(encoding="utf-8")
    renamed = []
    for line in text.splitlines():
        own = [verb for verb in SEVERAL if verb in page or f"convscope {verb} " in line]
        former = set(RENAMED) - {name for verb in own for name in SEVERAL[verb]}
        renamed += [word for word in re.findall(r"(?<![\w-])--[a-z-]+", line) if word in former]
    assert not renamed, f"{page}: {renamed} has another name now"
    if Path(page).name in stand_ins.PARTIAL:
        return
    for inline in re.findall(r"`convscope ([^`]+)`", text):
        words = inline.split()
        name = " ".join(words[:2]) if " ".join(words[:2]) in COMMANDS else words[0]
        if name.startswith("-") or name in ("data", "lab"):
            continue
        assert name in COMMANDS, f"{page}: convscope {inline}"
        options = {option for p in COMMANDS[name].params for option in p.opts} | {"--help"}
        used = {word.split("=")[0] for word in words if re.match(r"--?[a-z]", word)}
        assert used <= options, f"{page}: convscope {inline}"
