"""Fixes of a draft's problems, as changes. Each was tried: the block fits after it.

Candidates come from the problem as data: the block, the shapes of its inputs, its fields by their
names. Layers are never told apart by their class.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from convscope.arch.draft.candidates import Candidate, candidates
from convscope.arch.draft.changes import Change, changed
from convscope.arch.draft.checking import Checked, Problem, check_draft
from convscope.arch.draft.reading import draft_of
from convscope.errors import ArchitectureError

MOST_TRIED = 40  # candidates of one problem; each is a trace of the whole network
MOST_FIXES = 4
MOST_ALIKE = 2  # that set the same field


class Fix(NamedTuple):
    """A fix of one problem.

    Attributes:
        path: of the problem.
        kind: what is done, for the text of a button: "set", "insert", "append", "remove",
            "projection", "unwrap", "replace", "rename", "drop", "reset",
            "input", "classes".
        values: names and numbers of that text.
        changes: what is done, as data.
        solves: whether the whole network fits after it.
    """

    path: str
    kind: str
    values: Mapping[str, str]
    changes: tuple[Change, ...]
    solves: bool

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return self._asdict() | {"changes": [change.to_dict() for change in self.changes]}


def fixes(checked: Checked, problem: Problem) -> tuple[Fix, ...]:
    """Return fixes of a problem that were tried, those that solve everything first."""
    fitting: list[Fix] = []
    seen: set[str] = set()
    for number, candidate in enumerate(candidates(checked, problem)):
        if number == MOST_TRIED or sum(fix.solves for fix in fitting) == MOST_FIXES:
            break
        key = json.dumps([change.to_dict() for change in candidate.changes])
        if key in seen or _is_alike(candidate, fitting):
            continue
        seen.add(key)
        result = _tried(checked, candidate)
        if result is not None and _better(checked, problem, result):
            fitting.append(Fix(problem.path, *candidate, solves=result.fits))
    return tuple(sorted(fitting, key=lambda fix: not fix.solves))[:MOST_FIXES]


def _is_alike(candidate: Candidate, fitting: list[Fix]) -> bool:
    """Return whether there are enough fixes of this kind, so that others have room."""
    if candidate.kind == "reset":
        return bool(fitting)  # the settings of an example replace all that was written
    kind, field = candidate.kind, candidate.values.get("field")
    alike = [fix for fix in fitting if (fix.kind, fix.values.get("field")) == (kind, field)]
    return len(alike) >= MOST_ALIKE


def _tried(checked: Checked, candidate: Candidate) -> Checked | None:
    """Return the draft after a candidate, checked; None if it is no draft."""
    draft = checked.draft
    data = {
        "name": draft.name,
        "input": list(draft.input),
        "num_classes": draft.num_classes,
        "block": draft.data,
    }
    try:
        return check_draft(draft_of(changed(data, candidate.changes)))
    except ArchitectureError:
        return None


def _better(before: Checked, problem: Problem, after: Checked) -> bool:
    """Return whether the problem is gone and no block fails that did not fail before."""
    if after.fits:
        return True
    known = {(each.path, each.stage) for each in before.problems}
    others = [each for each in after.problems if (each.path, each.stage) not in known]
    gone = all((each.path, each.stage) != (problem.path, problem.stage) for each in after.problems)
    # what failed behind the problem could not be seen before
    return gone and all(each.path not in before.shapes or not each.path for each in others)
