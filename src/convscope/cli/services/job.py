"""Process of a job of the studio: one verb, its progress and its exit code as files.

`python -m convscope.cli.services.job FOLDER HANDLE`; the handle is the lock of the folder, which
the process holds until it ends.
"""

import os
import sys
from pathlib import Path


def main() -> None:
    """Run the verb that `job.json` names."""
    folder, handle = Path(sys.argv[1]), int(sys.argv[2])
    os.set_inheritable(handle, False)
    from convscope.server.studio.jobs import files

    stored = files.read_stored(folder)
    if stored is None:
        files.write_exit(folder, 2)
        sys.exit(2)
    sys.argv = ["convscope", stored.verb, *stored.arguments]
    from convscope.cli import main as run
    from convscope.cli.terminal import failures
    from convscope.cli.terminal.progress import report_to
    from convscope.server.schema import Reason

    report_to(folder / files.PROGRESS)
    code = 1
    try:
        run()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        sys.exit(code)
    finally:
        error = failures.last_error
        reason = None
        if error is not None:
            reason = Reason(
                given=error.given, expected=error.expected, fix=error.fix, where=error.where
            )
        files.write_exit(folder, code, reason)


if __name__ == "__main__":
    main()
