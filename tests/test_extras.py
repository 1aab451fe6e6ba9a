"""The advice for an extra names one that exists, and a command that installs it."""

import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from convscope.extras import EXTRAS, install_command

ROOT = Path(__file__).parents[1]


def test_extras_are_those_of_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {
        k: v
        for k, v in project["optional-dependencies"].items()
        if k not in ("dev", "docs", "shots")
    }
    assert list(EXTRAS) == list(declared)
    for name, requirements in declared.items():
        packages = [requirement.split(">=")[0] for requirement in requirements]
        assert packages[0] == EXTRAS[name].package
        assert all(map(metadata.version, packages))


def test_the_command_names_the_folder_that_was_cloned(monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    assert install_command("heic").endswith(" install -e '.[heic]'")
    monkeypatch.chdir(tmp_path)
    assert install_command("heic").endswith(f" install -e '{ROOT}[heic]'")


def test_pip_is_that_of_this_environment(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    command = install_command("heic").split(" install ")[0]
    folder = Path(sys.executable).parent
    assert command in (f"{folder}/pip", f"{sys.executable} -m pip")
    monkeypatch.chdir(folder.parent)
    assert install_command("heic").startswith((f"{folder.name}/pip", f"{folder.name}/python"))
    pip = Path(sys.executable).parent / "pip"
    monkeypatch.setattr("shutil.which", lambda name: str(pip))
    assert install_command("heic").startswith("pip install ")


def test_pip_understands_the_command(monkeypatch, tmp_path):
    """pip resolves it to the folder; nothing is downloaded."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    requirement = install_command("heic").split(" -e ")[1].strip("'")
    folder, _, extra = requirement.removesuffix("]").partition("[")
    assert (Path(folder) / "pyproject.toml").is_file()
    assert extra in EXTRAS


def test_no_message_words_its_own_advice():
    for path in (ROOT / "src").rglob("*.py"):
        if path.name != "extras.py":
            assert "pip install 'convscope[" not in path.read_text(encoding="utf-8"), path


def test_the_module_is_light():
    code = "import convscope.extras, sys; print('torch' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
