"""Jobs: verbs of the command line in child processes that outlive the studio.

    job = studio.jobs.start("train", ["lenet5", "mnist", "--output", "runs/a"], kind="training",
                            run=folder)

A job is a folder `.convscope/jobs/ID` whose files are the truth (`files.py`); `queue.py` starts
those that wait. The child is `convscope.cli.services.job`: the verb itself, which writes its
progress and its exit code there. The answer of a verb is what it prints with `--json`.
"""
