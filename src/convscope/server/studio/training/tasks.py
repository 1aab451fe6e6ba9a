"""Tasks of the worker: a run as it is planned, the recipes for it, and the time of a step.

Each takes {"root", "setup", "network", "data"}: the workspace, the form, and both names as the
command line takes them. What does not fit is a sentence beside its field, not an error.
"""

import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convscope import planning, recipes, zoo
from convscope.arch.memory import training_bytes
from convscope.data import is_known
from convscope.data import open as open_data
from convscope.data.loading.photos import PhotoLoader
from convscope.errors import ConvscopeError
from convscope.io import storage
from convscope.machine.devices import AUTO, choose_device
from convscope.planning import Plan
from convscope.recipes.entries import measured
from convscope.server.studio.training.curve import schedule
from convscope.server.studio.training.records import (
    Measured,
    RecipeEntry,
    Recipes,
    Schedule,
    Setup,
    TrainingPlan,
)
from convscope.server.studio.training.setup import arguments, command_line, fault
from convscope.training.checks import check_job
from convscope.training.prepare import make_job
from convscope.training.pretrained import initial_model
from convscope.training.process import Process
from convscope.training.recipe.recipe import Recipe
from convscope.training.run.environment import environment
from convscope.training.step_time import time_steps

if TYPE_CHECKING:
    from convscope.data import DataSet

Progress = Callable[..., None]

ESTIMATES = "estimates.json"
MOST_ESTIMATES = 300
KEPT_DATA = 3
DATA_S = 30.0  # a data set is opened again after this time: its folder may have changed
COPIES = 4  # of the weights: themselves, gradients, and two of the optimiser
WORKERS = 2  # that decode photos while steps are timed
EMPTY = Schedule(step=(), lr=())

_data: "OrderedDict[str, tuple[float, DataSet]]" = OrderedDict()


@dataclass
class _Planned:
    """A plan as far as it goes. `faults`: by field, see `setup.fault`."""

    setup: Setup
    faults: dict[str, str] = field(default_factory=dict)
    data: "DataSet | None" = None
    plan: Plan | None = None
    usual: Recipe | None = None


def plan(args: Mapping[str, Any], _: Progress) -> dict[str, Any]:
    """Return a `TrainingPlan`, whose faults have a line for each part."""
    whole = _planned(args)
    usual = whole.usual.model_dump(mode="json") if whole.usual else {}
    command = command_line("train", [*_command(args, whole.setup), "--watch"])
    answer = TrainingPlan(
        recipe=whole.plan.recipe_name if whole.plan else whole.setup.recipe or "",
        usual=usual,
        resolved=whole.plan.recipe.model_dump(mode="json") if whole.plan else usual,
        faults=whole.faults,
        notes=whole.plan.notes if whole.plan else (),
        reason=_reason(whole) if whole.plan else "",
        command=command,
        **_figures(whole, Path(args["root"])),
    )
    return answer.model_dump(mode="json")


def recipe_list(args: Mapping[str, Any], _: Progress) -> dict[str, Any]:
    """Return the `Recipes`, with the one that is chosen for network and data."""
    chosen = replace_recipe(args)
    whole = _planned(chosen)
    name = whole.plan.recipe_name if whole.plan else ""
    rows = tuple(
        RecipeEntry(
            name=own,
            summary=listed.purpose,
            measured=measured(own),
            data=listed.data,
            chosen=own == name,
        )
        for own, listed in recipes.RECIPES.items()
    )
    return Recipes(recipes=rows, reason=_reason(whole) if whole.plan else "").model_dump(
        mode="json"
    )


def replace_recipe(args: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments without a recipe, so that one is chosen."""
    return {**args, "setup": {**args["setup"], "recipe": None, "settings": {}}}


def measure(args: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Time steps of a planned run; return a `Measured`, which is kept for the next plan.

    Raises:
        ConvscopeError: the plan does not fit; out of memory; an image cannot be read.
    """
    whole = _planned(args)
    if whole.plan is None or whole.faults:
        place, text = next(iter(whole.faults.items()))
        raise ConvscopeError(text.replace("\n", "; "), where=place)
    planned = whole.plan
    device = choose_device(AUTO).name
    initial = None
    if planned.pretrained is not None:
        initial = initial_model(planned.pretrained, planned.data, planned.recipe)
    process = Process(device=device, workers=WORKERS)
    job = make_job(
        planned.architecture, planned.data, planned.recipe, initial=initial, process=process
    )

    def report(done: int, total: int) -> None:
        progress(done, total, "timing steps")

    try:
        times = time_steps(job, planned.recipe, progress=report)
    finally:
        if isinstance(job.batches, PhotoLoader):
            job.batches.close()
    count = len(times.seconds)
    own = Measured(
        step_s=round(times.median, 6),
        low_s=round(min(times.seconds), 6),
        high_s=round(max(times.seconds), 6),
        steps=count,
        source=f"{count} steps timed on this machine",
    )
    _keep(Path(args["root"]), _key(planned), own)
    return own.model_dump(mode="json")


def _planned(args: Mapping[str, Any]) -> _Planned:
    setup = Setup.model_validate(args["setup"], strict=False)
    whole = _Planned(setup, dict(args.get("faults", {})))
    if setup.recipe is not None and "recipe" not in whole.faults:
        whole.usual = _guarded(whole, "recipe", lambda: _named_recipe(args, setup))
    if "data" not in whole.faults:
        text = args["data"]
        source = text if is_known(text) else _located(args["root"], text)
        whole.data = _guarded(whole, "data", lambda: _opened(source))
    if whole.data is None or "network" in whole.faults or "recipe" in whole.faults:
        return whole
    dataset, network = whole.data, args["network"]
    if network not in zoo.list_architectures():
        network = _located(args["root"], network)

    varied = {"batch_size"} & set(setup.settings)  # else it is reduced for few images

    def planned(size: str) -> Plan:
        return planning.plan(
            network, dataset, recipe=whole.usual, input=size or None, varied=varied
        )

    try:
        first = planned(setup.input)
    except ConvscopeError as error:
        whole.faults["input" if setup.input else "network"] = fault(error)
        if not setup.input:
            return whole
        usual = _guarded(whole, "network", lambda: planned(""))
        if usual is None:
            return whole
        first = usual
    name = setup.recipe if setup.recipe is not None else first.recipe_name
    whole.usual = first.recipe
    recipe = _with_settings(whole, first.recipe)
    whole.plan = replace(first, recipe=recipe, recipe_name=name)
    _check(whole, whole.plan)
    return whole


def _named_recipe(args: Mapping[str, Any], setup: Setup) -> Recipe:
    name = setup.recipe or ""
    if not name.lower().endswith(".json"):
        return recipes.load_recipe(name)
    path = Path(_located(args["root"], args.get("recipe") or name))
    return Recipe.from_json(storage.read_bytes(path, most=1 << 20), where=name)


def _with_settings(whole: _Planned, usual: Recipe) -> Recipe:
    """Return the recipe with the settings that fit; the others become faults of their fields."""
    settings = whole.setup.settings
    try:
        return usual.override(settings)
    except ConvscopeError:
        recipe = usual
    for name in sorted(settings, key=lambda name: not name.endswith("type")):
        try:
            recipe = recipe.override({name: settings[name]})
        except ConvscopeError as error:
            whole.faults[name] = fault(error)
    return recipe


def _check(whole: _Planned, planned: Plan) -> None:
    """Check that network, data and recipe fit together, as the start of training does."""
    try:
        check_job(
            planned.architecture,
            planned.data,
            planned.recipe,
            pretrained=planned.pretrained is not None,
            device=choose_device(AUTO).name,
        )
    except ConvscopeError as error:
        whole.faults.setdefault(_place(whole.setup, error), fault(error))


def _place(setup: Setup, error: ConvscopeError) -> str:
    """Return the field of an error about a recipe: the setting that its fix changes."""
    for name in Recipe.model_fields:
        if f"--set {name}" in error.fix:
            is_own = name in setup.settings or name == "batch_size" or setup.recipe is None
            return name if is_own else "recipe"
    return "network"


def _guarded(whole: _Planned, place: str, work: Callable[[], Any]) -> Any:
    """Call a function; its error becomes a fault of a field."""
    try:
        return work()
    except ConvscopeError as error:
        whole.faults[place] = fault(error)
        return None


def _located(root: str, text: str) -> str:
    """Return a path of the command line from anywhere; names stay as they are."""
    path = Path(root, text)
    return str(path) if path.exists() else text


def _opened(source: str) -> "DataSet":
    """Return a data set, opened less than 30 s ago."""
    known = _data.get(source)
    if known is not None and time.monotonic() - known[0] < DATA_S:
        return known[1]
    dataset = open_data(source)
    dataset.split("train")
    dataset.split("val")
    _data[source] = (time.monotonic(), dataset)
    _data.move_to_end(source)
    while len(_data) > KEPT_DATA:
        _data.popitem(last=False)
    return dataset


def _reason(whole: _Planned) -> str:
    """Return why this recipe is used, in a sentence."""
    assert whole.plan is not None
    name = whole.plan.recipe_name
    if whole.setup.recipe is not None:
        return "chosen by you"
    pair = f"{whole.plan.architecture.name} on {whole.plan.data.name}"
    if name in (recipes.GENERAL, recipes.PHOTOS):
        return f"no recipe was tested for {pair}: this one is a starting point"
    if whole.plan.pretrained is not None:
        return "the network is trained already: this recipe fine-tunes it"
    return f"the recipe that was tested for {pair}"


def _command(args: Mapping[str, Any], setup: Setup) -> list[str]:
    network, data = args["network"] or setup.network, args["data"] or setup.data
    try:
        return arguments(network, data, setup)
    except ConvscopeError:
        return [network, data]


def _figures(whole: _Planned, root: Path) -> dict[str, Any]:
    """Return the numbers of a plan; zeros where it goes no further."""
    planned = whole.plan
    if planned is None:
        counts = _counts(whole.data)
        none = dict.fromkeys(("parameters", "memory", "steps_per_epoch", "total_steps"), 0)
        return {"architecture": "", "estimate": None, "schedule": EMPTY} | none | counts
    recipe, counts = planned.recipe, _counts(planned.data)
    trace = planned.architecture.trace
    per_epoch = counts["training_samples"] // recipe.batch_size
    total = recipe.total_steps(per_epoch)
    part = -(-recipe.batch_size // recipe.accumulate)
    parameters = sum(step.parameters for step in trace.steps)

    def lr(step: int) -> float:
        steps = {"total_steps": total, "steps_per_epoch": per_epoch}
        return recipe.lr * recipe.schedule.multiplier(step, **steps)

    return {
        "architecture": planned.architecture.name,
        "parameters": parameters,
        "memory": part * sum(training_bytes(trace).values()) + 4 * COPIES * parameters,
        "steps_per_epoch": per_epoch,
        "total_steps": total,
        "schedule": schedule(lr, total, per_epoch) if total else EMPTY,
        "estimate": _estimate(root, planned),
        **counts,
    }


def _counts(data: "DataSet | None") -> dict[str, Any]:
    if data is None:
        return {"training_samples": 0, "validation_samples": 0, "classes": (), "class_counts": ()}
    training = data.split("train")
    counts = training.labels_N.bincount(minlength=len(data.classes)).tolist()
    return {
        "training_samples": len(training),
        "validation_samples": len(data.split("val")),
        "classes": tuple(data.classes),
        "class_counts": tuple(counts),
    }


def _key(planned: Plan) -> str:
    """Return what the time of a step depends on, as digits: network, recipe, images, machine."""
    recipe = planned.recipe.model_dump(mode="json")
    for name in ("epochs", "lr", "schedule", "seed", "log_every", "checkpoint_every", "keep"):
        recipe.pop(name, None)
    shape = planned.data.shape
    parts = {
        "architecture": planned.architecture.to_json(),
        "recipe": recipe,
        "images": [planned.data.name, None if shape is None else list(shape)],
        "machine": environment(),
    }
    text = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _estimate(root: Path, planned: Plan) -> Measured | None:
    try:
        return Measured.model_validate(_kept(root)[_key(planned)], strict=False)
    except (KeyError, ValueError):
        return None


def _kept(root: Path) -> dict[str, Any]:
    try:
        raw = storage.read_bytes(root / ".convscope" / ESTIMATES, most=1 << 20, follow=False)
        value = json.loads(raw)
    except (ConvscopeError, OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _keep(root: Path, key: str, own: Measured) -> None:
    """Keep a measurement for later plans; a full disk costs only that."""
    kept = {**_kept(root), key: own.model_dump(mode="json")}
    newest = dict(list(kept.items())[-MOST_ESTIMATES:])
    try:
        storage.write_json(root / ".convscope" / ESTIMATES, newest)
    except ConvscopeError:
        return
