"""All tasks of the worker: a name, and the function that computes it.

A function is named as text, so that the studio itself imports none of them, and no torch.
"""

TASKS: dict[str, str] = {
    "models.web": "convscope.server.studio.worker.web_folder:write",
    "worker.echo": "convscope.server.studio.worker.check:echo",
}
