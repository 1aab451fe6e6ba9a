"""A model as a service: engine, batch size, decoding processes, and the application around them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from convscope.machine.cpus import available_cpus
from convscope.server.limits import Limits
from convscope.server.predictions.app import ROUTES, Service
from convscope.server.predictions.batching import Batcher, Preparer, Settings, measured_batch
from convscope.server.predictions.metrics import Metrics
from convscope.server.predictions.preparing import UploadPreparer
from convscope.server.predictions.schema import ModelCard

if TYPE_CHECKING:
    from convscope.engine.base import Engine
    from convscope.model import Model


class Plan(NamedTuple):
    """Settings of the computation.

    Attributes:
        level: of the engine: exact, fast or int8.
        max_batch: images that are computed together; None: by measurement.
        max_wait_s: time that an image may wait for others.
        threads: that decode and preprocess, each with a process; None: one per core, and one more.
        calibration: images for int8.
        max_loss: points of accuracy that int8 may lose.
    """

    level: str = "exact"
    max_batch: int | None = None
    max_wait_s: float = 0.005
    threads: int | None = None
    calibration: Any = None
    max_loss: float = 0.5


def build(
    model: "Model",
    limits: Limits,
    plan: Plan = Plan(),
    say: Callable[[str], None] = lambda _note: None,
) -> Service:
    """Return the service of a model, with its processes and threads running.

    Raises:
        InputError: the level of the engine does not exist, or is refused for this model.
    """
    engine = model.engine(plan.level, calibration=plan.calibration, max_loss=plan.max_loss, say=say)
    shape = tuple(model.architecture.input)
    max_batch = plan.max_batch or measured_batch(engine, shape)
    threads = plan.threads or max(2, available_cpus() + 1)
    metrics = Metrics(ROUTES)
    card = _card(model, engine, plan.level, max_batch)
    metrics.describe(
        architecture=card.architecture,
        engine=card.engine,
        level=card.level,
        max_batch=str(max_batch),
    )
    model.input_of_raw(torch.zeros(1, *shape, dtype=torch.uint8), source="")  # cached properties
    preparers: list[Preparer] = [
        UploadPreparer(model, max_pixels=limits.pixels, timeout_s=limits.answer_s)
        for _ in range(threads)
    ]
    settings = Settings(max_batch, plan.max_wait_s, threads, limits.queue)
    batcher = Batcher(engine, model.classes, preparers, settings, metrics.count_batch)
    return Service(card, batcher, metrics, limits)


def _card(model: "Model", engine: "Engine", level: str, max_batch: int) -> ModelCard:
    card = model.card
    data = card.model_dump(mode="json")
    return ModelCard(
        architecture=model.architecture.name,
        input=list(model.architecture.input),
        classes=len(model.labels),
        labels=list(model.labels),
        preprocessing=data["preprocessing"],
        results=data["results"],
        engine=engine.name,
        level=level,
        max_batch=max_batch,
    )
