"""Tasks of the worker: visuals described, estimated and computed."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from convscope.lang import spoken
from convscope.server.studio.looking.command import command_line
from convscope.server.studio.looking.records import Cost, Estimated, Seen, VisualRequest
from convscope.server.studio.looking.texts import translated
from convscope.server.studio.worker.child import Report
from convscope.server.studio.worker.models import opened

if TYPE_CHECKING:
    from convscope.model import Model
    from convscope.visuals.call import Inputs, Selection
    from convscope.visuals.described import Described


def described(args: dict[str, Any], _progress: Report) -> list[dict[str, Any]]:
    """Return all visuals with the JSON Schemas of their settings, in `args["language"]`."""
    from convscope.visuals.settings import all_described

    with spoken(args["language"]):
        return [_in_words(one) for one in all_described()]


def _in_words(one: "Described") -> dict[str, Any]:
    from convscope.lang import translate

    row = one.model_dump(mode="json")
    for name in ("group", "summary", "needs"):
        row[name] = translate(row[name])
    for setting in row["settings"]["properties"].values():
        setting["description"] = translate(setting["description"])
    return row


def estimate(args: dict[str, Any], _progress: Report) -> dict[str, Any]:
    """Return the cost of a visual, and its command line; see `look`."""
    from convscope.visuals.call import estimate as estimated
    from convscope.visuals.cost import in_budget

    request = VisualRequest.model_validate_json(args["request"])
    model = opened(args["model"])
    with in_budget(request.budget):
        cost = estimated(_inputs(model, args, []), request.visual, _selection(request))
    known = None
    if cost is not None:
        known = Cost(forward=cost.forward, backward=cost.backward, seconds=cost.seconds)
    answer = Estimated(cost=known, command=_command(request, model, args))
    return answer.model_dump(mode="json")


def look(args: dict[str, Any], progress: Report) -> bytes:
    """Return a computed visual as JSON.

    Args:
        args: `request`, a `VisualRequest` as JSON; `model`, `data` and `image`, to be opened;
            `shown`, the same as commands name them; `language` of titles and captions.
    """
    from convscope.visuals.call import look as compute
    from convscope.visuals.cost import in_budget

    request = VisualRequest.model_validate_json(args["request"])
    progress(0, None, "opening the model")
    model = opened(args["model"])
    notes: list[str] = []
    begin = time.perf_counter()
    with in_budget(request.budget), _reported(progress, notes):
        payload = compute(_inputs(model, args, notes), request.visual, _selection(request))
    seconds = time.perf_counter() - begin
    with spoken(args["language"]):
        seen = Seen(
            payload=translated(json.loads(payload.to_json())),
            command=_command(request, model, args),
            seconds=seconds,
            notes=tuple(translated(notes)),
        )
    return seen.model_dump_json().encode()


def _inputs(model: "Model", args: dict[str, Any], notes: list[str]) -> "Inputs":
    data = None if args["data"] is None else model.open_data(args["data"])
    split = json.loads(args["request"]).get("split")
    say = notes.append
    return model.visual_inputs(args["image"], data=data, split=split, digit=False, say=say)


def _selection(request: VisualRequest) -> "Selection":
    from convscope.visuals.call import Selection

    return Selection(
        layer=request.layer, unit=request.unit, target=request.target, settings=request.settings
    )


def _command(request: VisualRequest, model: "Model", args: dict[str, Any]) -> str:
    return command_line(
        request,
        **args["shown"],
        is_digit=model.prepares_digits(None),
    )


@contextmanager
def _reported(progress: Report, notes: list[str]) -> Iterator[None]:
    """Report steps of a visual to the page, and keep its notes."""
    from convscope.visuals.progress import reported_to

    def step(done: int, total: int) -> None:
        progress(done, total, "steps")

    with reported_to(step, note=notes.append):
        yield


def picture(args: dict[str, Any], _progress: Report) -> bytes:
    """Return a payload as a picture, SVG or PNG, as `convscope look -o` writes it.

    Args:
        args: `payload`, JSON; `format`, svg or png; `language` of axes and numbers.
    """
    from convscope.payload import from_json

    with spoken(args["language"]):
        payload = from_json(args["payload"])
        return payload.png() if args["format"] == "png" else str(payload.svg()).encode()
