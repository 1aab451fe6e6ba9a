"""All tasks of the worker: a name, and the function that computes it.

A function is named as text, so that the studio itself imports none of them, and no torch.
"""

TASKS: dict[str, str] = {
    "data.summary": "convscope.server.studio.pictures.tasks:summary",
    "data.labels": "convscope.server.studio.pictures.tasks:labels",
    "data.sheet": "convscope.server.studio.pictures.tasks:sheet",
    "data.image": "convscope.server.studio.pictures.tasks:image",
    "data.file": "convscope.server.studio.pictures.tasks:file",
    "data.facts": "convscope.server.studio.pictures.tasks:facts",
    "data.statistics": "convscope.server.studio.pictures.tasks:statistics",
    "data.means": "convscope.server.studio.pictures.tasks:means",
    "data.augmentations": "convscope.server.studio.pictures.augment:describe",
    "data.augmented": "convscope.server.studio.pictures.augment:draw",
    "evaluate.summary": "convscope.server.studio.pictures.tasks:evaluation",
    "evaluate.images": "convscope.server.studio.pictures.tasks:evaluated",
    "models.web": "convscope.server.studio.worker.web_folder:write",
    "worker.echo": "convscope.server.studio.worker.check:echo",
}
