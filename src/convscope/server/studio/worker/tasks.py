"""All tasks of the worker: a name, and the function that computes it.

A function is named as text, so that the studio itself imports none of them, and no torch.
"""

TASKS: dict[str, str] = {
    "build.source": "convscope.server.studio.building.source_tasks:source",
    "data.augmentations": "convscope.server.studio.pictures.augment:describe",
    "data.augmented": "convscope.server.studio.pictures.augment:draw",
    "data.facts": "convscope.server.studio.pictures.tasks:facts",
    "data.file": "convscope.server.studio.pictures.tasks:file",
    "data.image": "convscope.server.studio.pictures.tasks:image",
    "data.labels": "convscope.server.studio.pictures.tasks:labels",
    "data.means": "convscope.server.studio.pictures.tasks:means",
    "data.sheet": "convscope.server.studio.pictures.tasks:sheet",
    "data.statistics": "convscope.server.studio.pictures.tasks:statistics",
    "data.summary": "convscope.server.studio.pictures.tasks:summary",
    "evaluate.images": "convscope.server.studio.pictures.tasks:evaluated",
    "evaluate.summary": "convscope.server.studio.pictures.tasks:evaluation",
    "look.estimate": "convscope.server.studio.looking.visual:estimate",
    "look.forward": "convscope.server.studio.looking.forward:forward",
    "look.manifest": "convscope.server.studio.looking.forward:manifest",
    "look.parameter": "convscope.server.studio.looking.forward:parameter",
    "look.picture": "convscope.server.studio.looking.visual:picture",
    "look.sample": "convscope.server.studio.looking.forward:sample",
    "look.visual": "convscope.server.studio.looking.visual:look",
    "look.visuals": "convscope.server.studio.looking.visual:described",
    "models.web": "convscope.server.studio.worker.web_folder:write",
    "training.measure": "convscope.server.studio.training.tasks:measure",
    "training.plan": "convscope.server.studio.training.tasks:plan",
    "training.schema": "convscope.server.studio.training.schema:schema",
    "training.recipes": "convscope.server.studio.training.tasks:recipe_list",
    "worker.echo": "convscope.server.studio.worker.check:echo",
    "zoo.source": "convscope.server.studio.zoo_list:source",
}
