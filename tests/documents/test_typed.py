"""Every line of README.md and docs/ is typed in an empty folder, in order, and none fails."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from convscope.extras import EXTRAS

HERE = Path(__file__).parent


def _module(name):
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


pages = _module("pages")
stand_ins = _module("stand_ins")
VARIES = ("train", "sweep", "lr-range", "evaluate", "demo")  # figures differ between machines


def typed_items(page):
    """Return what is typed: commands of convscope that run here, and Python."""
    found = []
    for item in pages.items(page):
        if isinstance(item, pages.Python):
            found.append({"kind": "python", "text": item.text, "line": item.line})
        elif item.is_ours and not stand_ins.why_not(str(item)):
            text = stand_ins.SHORTER.get(str(item), (item.text, ""))[0]
            found.append(
                {"kind": "shell", "text": text, "line": item.line, "expected": item.output}
            )
    return found


def absent_modules(page):
    """Return the modules of the extras that neither `make demo` nor the page installs."""
    extras = set(EXTRAS) - pages.installed_by_demo() - pages.installed_by(page)
    packages = {EXTRAS[name].package for name in extras}
    owners = metadata.packages_distributions()
    return sorted(module for module, names in owners.items() if packages & set(names))


PAGES = [page for page in pages.pages() if typed_items(page)]


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_every_line_of_a_page_works(page, tmp_path):
    place = tmp_path / "here"
    place.mkdir()
    items = typed_items(page)
    text = json.dumps(items)
    for name, (_why, code) in stand_ins.FILES.items():
        if name in text:
            subprocess.run([sys.executable, "-c", code], cwd=place, check=True, timeout=600)
    (tmp_path / "items.json").write_text(text, encoding="utf-8")
    files = [str(tmp_path / "items.json"), str(tmp_path / "results.json")]
    # read by each Python at its start: what a reader has not installed cannot be imported
    hidden = f"import sys\nsys.modules.update(dict.fromkeys({absent_modules(page)}))\n"
    (tmp_path / "sitecustomize.py").write_text(hidden, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    typing = [sys.executable, str(HERE / "type_page.py"), *files]
    subprocess.run(typing, cwd=place, check=False, env=environment)
    results = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    last = results[-1]
    assert not last["code"], f"{page}:{last['line']}: {last['text']}\n{last['output'][-3000:]}"
    assert len(results) == len(items)
    for result in results:
        assert "Traceback" not in result["output"], result
        if result.get("expected"):
            check_output(result, f"{page}:{result['line']}")


def check_output(result, where):
    """Compare the output that a page shows with what was printed; "..." stands for any lines."""
    is_loose = result["text"].split()[1] in VARIES
    expected, printed = (_lines(text, is_loose) for text in (result["expected"], result["output"]))
    parts = [re.escape(line) if line != "..." else r"(?:.*\n)*?.*" for line in expected]
    assert re.search("\n".join(parts), "\n".join(printed)), (
        f"{where}: the page shows\n{chr(10).join(expected)}\nbut this is printed\n"
        f"{chr(10).join(printed)}"
    )


def _lines(text, is_loose):
    lines = text if isinstance(text, list) else text.splitlines()
    if is_loose:
        lines = [re.sub(r"  best so far$", "", re.sub(r"\d+([.,]\d+)*", "#", t)) for t in lines]
    return [line.rstrip() for line in lines if line.strip()]
