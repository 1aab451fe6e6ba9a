"""`convscope look all`: every visual that applies to a model, and the page that shows them.

Axes: N batch (1), K classes.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from convscope import __version__
from convscope.cli.terminal.output import say
from convscope.cli.terminal.progress import visuals_bar
from convscope.cli.terminal.visuals import cost_sentence
from convscope.network.hooks import frozen
from convscope.payload import Payload, Sheet
from convscope.render.pages.inside_page import Group, InsidePage, Visual, inside_page
from convscope.text import counted
from convscope.visuals import GROUPS, VISUALS, in_reading_order, summary
from convscope.visuals.call import as_sheet, estimate, look_all
from convscope.visuals.cost import BUDGET_OF_ALL_S, NUM_SLOW, in_budget
from convscope.visuals.forward import compute_scores
from convscope.visuals.images import class_label
from convscope.visuals.progress import Estimate, reported_to

if TYPE_CHECKING:
    from convscope.model import Model
    from convscope.visuals.call import Inputs, Selection

ALL = "look_all"
TOP = 5  # classes in the head of the page


@dataclass(frozen=True)
class Seen:
    """Payloads of all visuals that apply, with their times, and the reasons of the others."""

    model: "Model"
    inputs: "Inputs"
    image: Path | None
    command: str
    payloads: dict[str, Payload]
    times_s: dict[str, float]
    omitted: dict[str, tuple[str, ...]]
    """Names by reason: each visual stands in it once."""

    @property
    def title(self) -> str:
        name = self.model.architecture.name
        return f"{name}: {self.image.name}" if self.image is not None else name

    @property
    def text(self) -> str:
        """The number of visuals, and how long they took."""
        return f"{counted(len(self.payloads), 'visual')} in {sum(self.times_s.values()):.1f} s"

    def sheet(self) -> Sheet:
        """Return all payloads on one sheet, in the order of the page.

        Raises:
            InputError: no visual applies.
        """
        reasons = {", ".join(names): reason for reason, names in self.omitted.items()}
        return as_sheet(self.payloads, reasons, title=self.title)

    def page(self) -> str:
        """Return the HTML page."""
        groups = tuple(
            Group(
                heading,
                tuple(
                    Visual(name, summary(name), payload, self.times_s[name])
                    for name, payload in self.payloads.items()
                    if VISUALS[name] == group
                ),
            )
            for group, heading in GROUPS.items()
        )
        content = InsidePage(
            self.title,
            groups,
            picture=self.inputs.underlay,
            picture_note=self.inputs.note,
            predictions=_predictions(self.inputs),
            figures=self._figures(),
            omitted=self.omitted,
            command=self.command,
            versions=f"convscope {__version__}, torch {torch.__version__}",
        )
        return inside_page(content)

    def _figures(self) -> tuple[tuple[str, str], ...]:
        """Return the names and values in the head of the page."""
        architecture = self.model.architecture
        table = architecture.table()
        return (
            ("input", str(architecture.input)),
            ("classes", f"{architecture.num_classes:,}"),
            ("parameters", f"{table.totals.parameters:,}"),
            ("visuals shown", f"{len(self.payloads)} / {len(VISUALS)}"),
            ("computed in", f"{sum(self.times_s.values()):.1f} s"),
        )


def everything(
    model: "Model",
    inputs: "Inputs",
    selection: "Selection",
    *,
    image: Path | None,
    command: str,
    budget_s: float | None = BUDGET_OF_ALL_S,
) -> Seen:
    """Compute all visuals that apply, with progress on stderr; those left out are said once.

    Args:
        budget_s: nominal seconds of all together; None for no limit.

    Raises:
        InputError: an unknown layer or class.
    """
    payloads: dict[str, Payload] = {}
    times_s: dict[str, float] = {}
    omitted: dict[str, list[str]] = {}
    methods = in_reading_order()
    bare = replace(inputs, note="")  # the page and the sheet say it once
    share_s = None if budget_s is None else budget_s / NUM_SLOW
    say(_cost_sentence(bare, methods, share_s))
    with visuals_bar(len(methods)) as begin, in_budget(share_s):
        for method in methods:
            start = time.perf_counter()
            with reported_to(begin(method), note=_say_note):
                computed, skipped = look_all(bare, selection, methods=[method])
            payloads |= computed
            times_s |= dict.fromkeys(computed, time.perf_counter() - start)
            for name, reason in skipped.items():
                omitted.setdefault(reason.removeprefix(f"{name} "), []).append(name)
    for reason, names in omitted.items():
        say(f"left out: {', '.join(names)}: {reason}")
    by_reason = {reason: tuple(names) for reason, names in omitted.items()}
    return Seen(model, inputs, image, command, payloads, times_s, by_reason)


def _say_note(sentence: str) -> None:
    say(f"note: {sentence}")


def _cost_sentence(inputs: "Inputs", methods: Sequence[str], share_s: float | None) -> str:
    """Return passes and time of all visuals in one line."""
    with in_budget(share_s):
        estimates = [estimate(inputs, method) for method in methods]
    known = [each for each in estimates if each is not None]
    times = [each.seconds for each in known if each.seconds is not None]
    return cost_sentence(
        Estimate(
            ALL,
            sum(each.forward for each in known),
            sum(each.backward for each in known),
            sum(times) if times else None,
        )
    )


def _predictions(inputs: "Inputs") -> tuple[tuple[str, float], ...]:
    """Return the most probable classes of the image."""
    if inputs.image_NCHW is None:
        return ()
    with frozen(inputs.network), torch.no_grad():
        probabilities_NK = compute_scores(inputs.network, inputs.image_NCHW).probabilities()
    best = probabilities_NK[0].topk(min(TOP, probabilities_NK.shape[1]))
    return tuple(
        (class_label(inputs.labels, index), share)
        for share, index in zip(best.values.tolist(), best.indices.tolist(), strict=True)
    )
