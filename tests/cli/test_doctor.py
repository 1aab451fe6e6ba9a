"""`convscope doctor`: what is missing has a command that gets it."""

import json
from importlib import metadata

from typer.testing import CliRunner

from convscope.cli import app
from convscope.extras import EXTRAS, install_command


def doctor(*arguments):
    result = CliRunner().invoke(app, ["doctor", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_everything_missing_has_a_command(monkeypatch, tmp_path):
    original = metadata.version

    def version(name):
        if name == EXTRAS["keras"].package:
            raise metadata.PackageNotFoundError(name)
        return original(name)

    monkeypatch.setattr(metadata, "version", version)
    monkeypatch.setenv("CONVSCOPE_DATA", str(tmp_path))
    facts = json.loads(doctor("--json"))
    rows = facts["extras"] + facts["data sets"]
    for row in rows:
        assert bool(row["get"]) == row["state"].startswith("not "), row
        assert row["for"]
    assert [row["name"] for row in facts["extras"]] == list(EXTRAS)
    text = doctor()
    assert install_command("keras") in text
    assert all(row["get"] in text for row in rows)
    assert "not installed" in text
