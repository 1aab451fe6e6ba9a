"""The pages in wheel and sdist: built, fresh, and installable without Node."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
if not (ROOT / "hatch_build.py").exists():
    pytest.skip("the package is installed without its sources", allow_module_level=True)
PAGE = "convscope/export/web/page/"
STUDIO = "convscope/server/studio/page/"


def hook():
    """A fresh module of the build hook."""
    spec = importlib.util.spec_from_file_location("hook_under_test", ROOT / "hatch_build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def tree(tmp_path):
    """The hook on a small tree with pages that were built from it."""
    module = hook()
    module.WEB, module.PAGE = tmp_path / "web", tmp_path / "page"
    module.STUDIO = tmp_path / "studio"
    module.DIGEST = module.PAGE / "sources.sha256"
    for name in (*module.FILES, "src/a.ts", "src/b.test.ts", "build/c.ts", "kernels/d.ts"):
        (module.WEB / name).parent.mkdir(parents=True, exist_ok=True)
        (module.WEB / name).write_text("{}")
    for folder in (module.PAGE, module.PAGE / "single", module.STUDIO):
        folder.mkdir(parents=True)
        (folder / "index.html").write_text("<html>")
    module.DIGEST.write_text(module.digest())
    return module


def test_a_page_is_fresh_until_a_source_changes(tree):
    assert tree.is_fresh()
    (tree.WEB / "src" / "b.test.ts").write_text("a test")
    (tree.WEB / "node_modules").mkdir()
    (tree.WEB / "node_modules" / "x.js").write_text("x")
    assert tree.is_fresh()
    for name in ("src/a.ts", "build/c.ts", "kernels/d.ts", *tree.FILES):
        before = (tree.WEB / name).read_text()
        (tree.WEB / name).write_text("changed")
        assert not tree.is_fresh(), name
        (tree.WEB / name).write_text(before)
    (tree.WEB / "src" / "a.ts").rename(tree.WEB / "src" / "renamed.ts")
    assert not tree.is_fresh()


def test_pages_of_which_one_is_missing_are_not_fresh(tree):
    for folder in (tree.PAGE, tree.PAGE / "single", tree.STUDIO):
        (folder / "index.html").rename(folder / "gone.html")
        assert not tree.is_fresh(), folder
        (folder / "gone.html").rename(folder / "index.html")
    assert tree.is_fresh()


def test_node_is_a_requirement_only_where_the_page_must_be_built_without_one(tree, monkeypatch):
    def needed():
        return tree.PageHook.dependencies(None)

    monkeypatch.delenv(tree.SKIP, raising=False)
    tree.node_folder = lambda: None
    assert needed() == []
    (tree.WEB / "src" / "a.ts").write_text("changed")
    assert needed() == [tree.NODE_PACKAGE]
    monkeypatch.setenv(tree.SKIP, "1")
    assert needed() == []
    monkeypatch.setenv(tree.SKIP, "0")
    tree.node_folder = lambda: Path("/usr/bin")
    assert needed() == []


@pytest.mark.parametrize(
    ("version", "is_enough"),
    [("v20.18.3", False), ("v20.19.0", True), ("v24.1.0", True), ("nonsense", False), ("", False)],
)
def test_an_old_node_is_none(tmp_path, monkeypatch, version, is_enough):
    module = hook()
    node = tmp_path / "node"
    node.write_text(f"#!/bin/sh\necho {version}\n")
    node.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda _: None)
    assert (module.node_folder() == tmp_path) == is_enough


def test_packages_are_installed_if_their_versions_are_those_of_the_lock_file(tree):
    def write(path, packages):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"packages": packages}))

    lock, present = tree.WEB / "package-lock.json", tree.WEB / "node_modules/.package-lock.json"
    named = {"": {}, "node_modules/a": {"version": "1"}}
    write(lock, named | {"node_modules/b": {"version": "2", "optional": True}})
    assert not tree.is_installed()
    write(present, {"node_modules/a": {"version": "1"}})
    assert tree.is_installed()
    write(present, {"node_modules/a": {"version": "2"}})
    assert not tree.is_installed()
    write(present, {"node_modules/b": {"version": "2"}})
    assert not tree.is_installed()


def run(*words, cwd, **environment):
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env={"HOME": str(cwd), "CONVSCOPE_LANG": "en", **environment},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Sdist, the wheel that is built from it, and one without the page; there is no Node."""
    module = hook()
    if not module.is_fresh():
        pytest.skip("the page is not built: make web")
    place = tmp_path_factory.mktemp("packages")
    venv.create(place / "venv", with_pip=True)
    programs = place / "venv" / "bin"
    install = [programs / "python", "-m", "pip", "install", "-q", "hatchling"]
    subprocess.run(install, check=True, timeout=600)
    # the sources as they are here, without what git ignores, and with the built page
    source = place / "source"
    ignored = shutil.ignore_patterns("node_modules", ".venv", ".git", ".*_cache", "dist", "runs")
    shutil.copytree(ROOT, source, ignore=ignored, symlinks=True)
    alone = {"PATH": str(programs)}  # no Node there
    run(programs / "hatchling", "build", "-t", "sdist", "-d", place, cwd=source, **alone)
    (sdist,) = place.glob("*.tar.gz")
    with tarfile.open(sdist) as tar:
        tar.extractall(place / "unpacked", filter="data")
    (unpacked,) = (place / "unpacked").iterdir()
    for name, extra in (("whole", {}), ("bare", {module.SKIP: "1"})):
        words = (programs / "hatchling", "build", "-t", "wheel", "-d", place / name)
        run(*words, cwd=unpacked, **alone, **extra)
    return sdist, next((place / "whole").glob("*.whl")), next((place / "bare").glob("*.whl"))


def names(wheel):
    with zipfile.ZipFile(wheel) as file:
        return {name for name in file.namelist() if name.startswith((PAGE, STUDIO))}


@pytest.mark.slow
def test_sdist_and_wheel_carry_the_pages_and_need_no_node(built):
    sdist, whole, bare = built
    source = ROOT / "src"
    pages = {
        path.relative_to(source).as_posix()
        for folder in (PAGE, STUDIO)
        for path in (source / folder).rglob("*")
        if path.is_file()
    }
    assert names(whole) == pages
    assert names(bare) == set()
    with tarfile.open(sdist) as tar:
        inside = {name.partition("/")[2] for name in tar.getnames()}
    assert {"hatch_build.py", "web/package-lock.json", "web/vite.config.ts"} <= inside
    assert {f"src/{name}" for name in pages} <= inside
    assert not any("node_modules" in name for name in inside)


@pytest.mark.slow
def test_a_wheel_has_the_files_of_onnx_runtime_once(built):
    _, whole, _ = built
    with zipfile.ZipFile(whole) as file:
        runtime = [Path(name).name for name in file.namelist() if "ort-wasm" in name]
    assert len(runtime) == len(set(runtime)) == 2  # WebAssembly and WebGPU


@pytest.mark.slow
def test_an_installed_wheel_exports_the_page_or_says_that_it_has_none(built, tmp_path):
    _, whole, bare = built
    words = ["-m", "convscope", "export", "lenet5", "--to", "web", "--no-training", "-o", "out"]
    for wheel, code in ((whole, 0), (bare, 2)):
        place = tmp_path / wheel.parent.name
        with zipfile.ZipFile(wheel) as file:
            file.extractall(place / "site")
        environment = {**os.environ, "PYTHONPATH": str(place / "site"), "CONVSCOPE_LANG": "en"}
        done = subprocess.run(
            [sys.executable, *words], cwd=place, env=environment, capture_output=True, text=True
        )
        assert done.returncode == code, done.stderr
        assert (place / "out" / "index.html").exists() == (code == 0)
        assert ("no page" in done.stderr) == (code == 2)
