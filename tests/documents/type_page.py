"""Type the lines of a page in the current folder, in order: bash, and one session of Python.

Called as `python type_page.py ITEMS.json RESULTS.json`; ends with 1 at the first line that fails.
"""

import json
import os
import subprocess
import sys
import time
import traceback
from pathlib import Path


def main():
    items = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    sys.path.insert(0, "")  # as in an interactive session
    results, session = [], {"__name__": "__main__"}
    for item in items:
        began = time.monotonic()
        run = _python if item["kind"] == "python" else _shell
        code, output = run(item["text"], session)
        seconds = round(time.monotonic() - began, 1)
        results.append({**item, "code": code, "output": output, "seconds": seconds})
        Path(sys.argv[2]).write_text(json.dumps(results), encoding="utf-8")
        if code:
            sys.exit(1)


def _shell(text, _session):
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail\n{text}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env={**os.environ, "PATH": programs},
    )
    return done.returncode, done.stdout


def _python(text, session):
    try:
        exec(compile(text, "page", "exec"), session)
    except Exception:
        return 1, traceback.format_exc()
    return 0, ""


if __name__ == "__main__":  # training starts processes that import this file
    main()
