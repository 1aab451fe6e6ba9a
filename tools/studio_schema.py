"""Print the documentation of the studio's routes (OpenAPI), or write its types for the page.

python tools/studio_schema.py          print OpenAPI as JSON; starts no server
python tools/studio_schema.py --write  write web/src/api/schema.ts (needs Node)
python tools/studio_schema.py --check  exit with 1 if the file differs from what would be written
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from generated import keep

ROOT = Path(__file__).parents[1]
PATH = ROOT / "web" / "src" / "api" / "schema.ts"
HEAD = (
    "/** Types of the studio's routes. tools/studio_schema.py wrote this file from OpenAPI. */\n\n"
)


def openapi() -> str:
    """Return OpenAPI as JSON."""
    from convscope.server.studio.app import create

    return json.dumps(create().openapi(), indent=2, ensure_ascii=False) + "\n"


def types() -> str:
    """Return OpenAPI as TypeScript, formatted."""
    with tempfile.TemporaryDirectory() as folder:
        schema, written = Path(folder, "openapi.json"), Path(folder, "schema.ts")
        schema.write_text(openapi(), encoding="utf-8")
        _npx("openapi-typescript", str(schema), "--immutable", "-o", str(written))
        body = written.read_text(encoding="utf-8").partition("*/\n")[2]
        written.write_text(HEAD + body.lstrip(), encoding="utf-8")
        _npx("prettier", "--write", "--log-level", "warn", "--print-width", "100", str(written))
        return written.read_text(encoding="utf-8")


def _npx(*arguments: str) -> None:
    line = [sys.executable, str(ROOT / "hatch_build.py"), "npx", *arguments]
    done = subprocess.run(line, stdout=subprocess.DEVNULL)
    if done.returncode != 0:
        sys.exit(f"npx {arguments[0]} ended with exit code {done.returncode}")


if __name__ == "__main__":
    if "--write" in sys.argv or "--check" in sys.argv:
        keep({PATH: types()})
    else:
        print(openapi(), end="")
